"""`elman demo`: the lecture in a minute."""

from typing import TYPE_CHECKING

from ._options import Json, Seed, Threads

if TYPE_CHECKING:
    from ..estimators.demo import LectureDemo, OrderDemo

__all__ = ["demo"]


def demo(json: Json = False, seed: Seed = 0, threads: Threads = None) -> None:
    """Show the lecture in a minute. Three reviews, 31 parameters, and what memory is for."""
    from ..estimators.demo import demonstrate_lecture, demonstrate_order
    from ._console import print_json, say

    say("training the lecture's network on its three reviews ...")
    lecture = demonstrate_lecture(seed, threads)
    if not json:
        _print_lecture(lecture)
    say("training two networks on reviews in which only the order of the words tells the label ...")
    order = demonstrate_order(seed, threads)
    if not json:
        _print_order(order)
        return
    print_json(
        {
            "words": lecture.words,
            "shapes": [array.shape for array in lecture.encoded],
            "parameters": lecture.network.count_params(),
            "probabilities": lecture.probabilities.tolist(),
            "without_memory": order.without_memory,
            "recurrent": order.recurrent,
        }
    )


def _print_lecture(lecture: "LectureDemo") -> None:
    print("1. Reviews are sequences; words become numbers.")
    print(f"   vocabulary, by falling frequency: {', '.join(lecture.words)}")
    for text, array in zip(lecture.texts, lecture.encoded, strict=True):
        print(f'   "{text}"  {array.shape}')
        for word, row in zip(text.split(), array, strict=True):
            print(f"      {word:<6} {row.astype(int).tolist()}")
    print("\n2. A recurrent network reads word by word and feeds its hidden state back.")
    for line in str(lecture.network).splitlines():
        print(f"   {line}")
    print("\n3. Backpropagation through time; the sigmoid says how sure of a good review.")
    print(f"   {'review':<20} {'label':>5} {'before':>8} {'after':>8}")
    rows = zip(lecture.texts, lecture.labels, lecture.untrained, lecture.probabilities, strict=True)
    for text, label, before, after in rows:
        print(f"   {text:<20} {label:>5} {before:>8.3f} {after:>8.3f}")


def _print_order(order: "OrderDemo") -> None:
    print(f"\n4. Does order matter? {order.train_rows} reviews to learn from, {order.test_rows} new ones.")
    print("   Every bag of words is there with both labels: only the order tells them.")
    print(f"   without memory (mean of word vectors): {order.without_memory:6.1%} right, as a coin")
    print(f"   recurrent:                             {order.recurrent:6.1%} right")
    print(f"   {'truth':>5} {'bag':>5} {'rnn':>5}  review")
    for text, truth, bag, recurrent in order.examples:
        print(f"   {truth:>5} {bag:>5} {recurrent:>5}  {text}")
