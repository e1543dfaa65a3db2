"""Write docs/pictures.md and the pictures that it shows, from seeds alone: `make pictures`.

tests/docs holds the page, this list and the files together. The pictures are those of the matplotlib that is pinned.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PAGE = Path(__file__).parent / "pictures.md"
FOLDER = Path(__file__).parent / "pictures"
TEXT = "honestly , the story was never dull and always moving"


@cache
def lecture() -> Any:
    """Give the lecture's network, 31 parameters, which has learned its three reviews."""
    import elman

    settings = {"units": 3, "pooling": "last", "affixes": 0, "word_dropout": 0, "dropout": 0, "batch_size": 3}
    model = elman.TextClassifier(encoder="one-hot", epochs=150, learning_rate=0.03, random_state=1, **settings)
    return model.fit(*elman.lecture_reviews())


@cache
def ordered(cell: str = "simple-rnn", **more: Any) -> Any:
    """Give a classifier of reviews that are told by the order of their words alone."""
    import elman

    settings = {"units": 16, "embedding_dim": 16, "pooling": "last", "word_dropout": 0, "dropout": 0} | more
    return elman.TextClassifier(cell=cell, learning_rate=0.02, **settings).fit(*elman.order_reviews(600, 0))


@cache
def tagger() -> Any:
    """Give a tagger that learned two sentences."""
    import elman

    sentences = [["the", "cat", "sat", "on", "a", "mat"], ["a", "man", "saw", "it"]] * 20
    tags = [["DET", "NOUN", "VERB", "ADP", "DET", "NOUN"], ["DET", "NOUN", "VERB", "PRON"]] * 20
    return elman.Tagger(units=16, embedding_dim=16, learning_rate=0.02, dropout=0).fit(sentences, tags)


def drawn(kind: str, model: Any, dark: bool = False, **fields: Any) -> "Figure":
    """Draw a kind of picture, as `elman plot` does."""
    from elman.inspection.pictures import Subject, picture

    return picture(kind, Subject(model=model, **fields), dark)


def measured(kind: str) -> "Figure":
    """Draw how good a half-trained classifier is, since a good one has nothing to show."""
    import elman

    rows, labels = elman.order_reviews(400, 9)
    return drawn(kind, ordered(epochs=4), rows=rows, labels=labels)


def many_classes() -> "Figure":
    """Draw the confusion of 20 classes, made up."""
    import numpy as np

    from elman.inspection.figures import confusion_matrix

    draw = np.random.default_rng(0)
    counts = np.diag(draw.integers(5, 60, 20)) + draw.integers(0, 5, (20, 20)) * (draw.random((20, 20)) < 0.15)
    return confusion_matrix(counts, [f"class {number}" for number in range(1, 21)])


@dataclass(frozen=True)
class Shown:
    """A picture of the page: its file's name, heading, what to see, and how it is made."""

    name: str
    heading: str
    said: str
    call: str
    draw: Callable[[], "Figure"]


PICTURES = (
    Shown(
        "network",
        "The network, folded",
        "The network of the lecture: five words, three hidden neurons, one answer. Each hidden neuron feeds all three "
        "at the next time step, by curves of its own colour: orange, red and blue, as in the lecture. Below each layer "
        "stand the products of the parameter ledger. Of wide layers two neurons and the last are drawn.",
        "elman plot model network --out network.svg",
        lambda: drawn("network", lecture()),
    ),
    Shown(
        "network-stacked",
        "A deeper one, on dark ground",
        "Two bidirectional layers: each direction has a feedback of its own.",
        "elman plot deep network --dark --out network.svg",
        lambda: drawn("network", ordered("gru", bidirectional=True, layers=2, epochs=1), dark=True),
    ),
    Shown(
        "unrolled",
        "The network, unrolled through time",
        "The same layers at each word, with the same weights; the state begins with zeros, and goes from word to word.",
        'elman plot model unrolled "movie was not good" --out unrolled.svg',
        lambda: drawn("unrolled", lecture(), text="movie was not good"),
    ),
    Shown(
        "unrolled-tagger",
        "Both ways, with an answer at each word",
        "A tagger. Of more than eight words the first and the last ones are drawn.",
        'elman plot tagger unrolled "the man sat on a cat" --out unrolled.svg',
        lambda: drawn("unrolled", tagger(), text="the man sat on a cat"),
    ),
    Shown(
        "states",
        "Hidden states",
        "Each unit after each word: orange below zero, blue above. Small ones have their numbers written in.",
        'elman plot model states "movie was not good" --out states.svg',
        lambda: drawn("states", lecture(), text="movie was not good"),
    ),
    Shown(
        "states-long",
        "Hidden states of a long text",
        "Long texts stand in several rows, and very long ones in one, which names some of its words.",
        f'elman plot model states "{TEXT} \\\n    and {TEXT}" \\\n    --out states.svg',
        lambda: drawn("states", ordered(), text=" and ".join([TEXT] * 4)),
    ),
    Shown(
        "running",
        "The running answer",
        "What the model would answer if the text ended after each word. Of more than two classes the likeliest five.",
        f'elman plot model running "{TEXT}" \\\n    --out running.svg',
        lambda: drawn("running", ordered(), text=TEXT),
    ),
    Shown(
        "gradient",
        "Gradient flow",
        "The norm of dL/dh at each time step on a scale of powers of ten, as the signal goes back: what an LSTM and a "
        "SimpleRNN, as they begin, leave of it after 60 words. `--beside` adds other models.",
        f'elman plot model gradient "{TEXT}" \\\n    --beside deep --out gradient.svg',
        lambda: long_gradients(),
    ),
    Shown(
        "explain",
        "What each word did to the answer",
        "Blue spoke for it, orange against it; the methods are those of `elman explain`.",
        f'elman plot model explain "{TEXT}" \\\n    --out explain.svg',
        lambda: drawn("explain", ordered(), text=TEXT),
    ),
    Shown(
        "training",
        "Training curves",
        "Loss and accuracy by the epoch, and the epoch that was kept. A model folder remembers them.",
        "elman plot model training --out training.svg",
        lambda: drawn("training", ordered()),
    ),
    Shown(
        "confusion",
        "Confusion matrix",
        "Counts, coloured by the share of the row.",
        "elman plot model confusion --data more_reviews.csv --out confusion.svg",
        lambda: measured("confusion"),
    ),
    Shown(
        "confusion-many",
        "Many classes",
        "Of more than 30 the rarest are counted together.",
        "elman plot tagger confusion --data more_chunks.txt --out confusion.svg",
        many_classes,
    ),
    Shown(
        "calibration",
        "Calibration",
        "Whether answers that are 80 % sure are right 80 % of the time: ten bins of equal width, each with its 95 % "
        "interval, and how many answers there are of each.",
        "elman plot model calibration --data more_reviews.csv --out calibration.svg",
        lambda: measured("calibration"),
    ),
    Shown(
        "precision-recall",
        "Precision and recall",
        "As the probability falls from which on a class is answered, with the average precision of each class.",
        "elman plot model precision-recall --data more_reviews.csv --out curves.svg",
        lambda: measured("precision-recall"),
    ),
    Shown(
        "words",
        "Words in two dimensions",
        "The first two principal components of the vectors; the most frequent words, or those that are given. A name "
        "that finds no free place is left out.",
        "elman plot model words --neighbors 1 --out words.svg",
        lambda: drawn("words", ordered(), neighbors=1),
    ),
    Shown(
        "shapes",
        "What flows in and out",
        "One to many, many to one, many to many in its two kinds, and stacked.",
        "elman plot model shapes --out shapes.svg",
        lambda: drawn("shapes", lecture()),
    ),
)


def long_gradients() -> "Figure":
    """Draw the way back through 60 words, in networks with first weights, whose recurrent kernels are scaled down."""
    import numpy as np

    from elman.engine import LSTM, Dense, Input, Network, SimpleRNN
    from elman.inspection import bptt
    from elman.inspection.figures import gradient_flow

    x = np.random.default_rng(0).standard_normal((60, 8))
    norms = {}
    for layer in (SimpleRNN(16, recurrent_gain=0.7), LSTM(16, recurrent_gain=0.7)):
        network = Network([Input(8), layer, Dense(1, "sigmoid")])
        norms[type(layer).__name__] = bptt(network, x, 1).layers[0].norms
    return gradient_flow(norms)


HEADER = """# Pictures

`elman plot MODEL KIND` draws a model, what it does with a text, or how good it is on labelled data, as .svg or .png, on
light or dark ground (`--dark`); `pip install "elman[plot]"`. Colours are told apart by colour-blind eyes (Okabe & Ito
2008), no text lies over another, and the same picture has the same bytes. In Python each is a function of
`elman.inspection.figures` that takes plain arrays and gives a matplotlib `Figure`, without pyplot:

```python
>>> from elman.inspection.figures import hidden_states, save_figure
>>> figure = hidden_states(["movie", "was", "good"], [[0.1, -0.6], [0.2, -0.7], [0.9, 0.4]])
>>> save_figure(figure, "states.svg")                                                        # doctest: +SKIP

```

`elman.inspection.pictures.picture(kind, Subject(model=model, text="..."))` gives what the command writes.

The commands on this page are for three models, with files of your own:

```sh
elman train reviews.csv --pooling last --out model
elman train reviews.csv --cell gru --layers 2 --bidirectional --out deep
elman train chunks.txt --task tag --out tagger
```

The pictures are of networks so small, or so chosen, that there is something to see; `make pictures` draws them anew
and writes this page, by `docs/make_pictures.py`.
"""


def page() -> str:
    """Give the whole page."""
    parts = [
        f"## {p.heading}\n\n{p.said}\n\n```sh\n{p.call}\n```\n\n![{p.heading}](pictures/{p.name}.svg)\n"
        for p in PICTURES
    ]
    return "\n".join([HEADER, *parts])


def write() -> None:
    """Write the page and all pictures, and take away those that are no longer shown."""
    from elman.inspection.figures import save_figure

    FOLDER.mkdir(exist_ok=True)
    for old in set(FOLDER.iterdir()) - {FOLDER / f"{shown.name}.svg" for shown in PICTURES}:
        old.unlink()
    for shown in PICTURES:
        save_figure(shown.draw(), FOLDER / f"{shown.name}.svg")
    PAGE.write_text(page(), "utf-8")


if __name__ == "__main__":
    write()
