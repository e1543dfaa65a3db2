"""Attributions: sums that hold, what is reused as what is read anew, what has no meaning refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import elman
from elman.errors import InputError, NotFittedError
from elman.estimators.reading import read_tokens, tokens_of
from elman.inspection import Attribution, attribute
from elman.inspection.attribution import METHODS, rows

TEXTS, LABELS = ["movie was good", "movie was bad", "movie was not good"] * 4, ["good", "bad", "bad"] * 4
FEW = {"units": 5, "epochs": 4}
READ_FORWARD: dict[str, dict[str, Any]] = {
    "last": {"pooling": "last"},
    "backwards": {"pooling": "last", "go_backwards": True},
    "lstm": {"pooling": "last", "cell": "lstm", "layers": 2, "hidden": 3, "initial_state": "learned"},
    "max": {},
    "gru-pooled": {"cell": "gru", "pooling": ("max", "mean", "last"), "layers": 2},
    "attention": {"cell": "lstm", "pooling": "attention", "affixes": 0},
    "bidirectional": {"bidirectional": True, "pooling": "last", "cell": "gru"},
    "stacked-bidirectional": {"bidirectional": True, "layers": 2, "cell": "lstm", "merge": "sum"},
    "without-memory": {"layers": 0},
    "one-hot": {"encoder": "one-hot", "pooling": "last"},
    "tfidf": {"encoder": "tfidf"},
    "elmo": {"encoder": elman.ELMo(units=4, layers=1, epochs=1)},
    "elmo-by-characters": {"encoder": elman.ELMo(level="character", units=4, layers=1, epochs=1), "pooling": "last"},
}
AS_A_WHOLE: dict[str, dict[str, Any]] = {
    "bag": {"encoder": "tfidf", "layers": 0},
    "doc2vec": {"encoder": "doc2vec", "layers": 0},
    "means": {"encoder": elman.MeanOfVectors(encoder=elman.Word2Vec(dimensions=4, min_count=1, epochs=1)), "layers": 0},
    "doc2vec-beside": {"encoder": "doc2vec", "pooling": "last"},
}
SENTENCES = ["movie was zzz not good", "", "good", "xyzzy", "Movie 🙂 was שלום GOOD!", "not " * 40]
_models: dict[str, elman.TextClassifier] = {}


def model_of(name: str) -> elman.TextClassifier:
    if name not in _models:
        _models[name] = elman.TextClassifier(**FEW, **(READ_FORWARD | AS_A_WHOLE)[name]).fit(TEXTS, LABELS)
    return _models[name]


def logits(model: Any, tokens: list[list[str]]) -> Any:
    """Give the logits of rows of tokens, each read by itself."""
    return [float(model.network_.logits(read_tokens(model, [row]))[0, 0]) for row in tokens]


@pytest.mark.parametrize("text", SENTENCES)
@pytest.mark.parametrize("name", READ_FORWARD)
def test_telescoping_adds_up_to_the_logit(name: str, text: str) -> None:
    model = model_of(name)
    found, tokens = attribute(model, text, answer="good"), tokens_of(model, text)
    assert found.base + found.scores.sum() == found.logit and found.error == 0
    along = logits(model, [tokens[:end] for end in range(len(tokens) + 1)])  # the very prefixes
    assert found.base == along[0] and (found.scores == np.diff(along)).all() and found.logit == along[-1]
    assert found.probability == model.predict_proba([text])[0, 1]


@pytest.mark.parametrize("text", SENTENCES)
@pytest.mark.parametrize("name", [*READ_FORWARD, *AS_A_WHOLE])
def test_leave_one_out_from_kept_states_is_that_afresh(name: str, text: str) -> None:
    model = model_of(name)
    found, tokens = attribute(model, text, "leave-one-out", answer="good"), tokens_of(model, text)
    without = logits(model, [tokens[:i] + tokens[i + 1 :] for i in range(len(tokens))])
    assert (found.scores == found.logit - np.array(without)).all()
    assert found.base == logits(model, [[]])[0] and found.error is None


@pytest.mark.parametrize("method", ["telescoping", "leave-one-out"])
@pytest.mark.parametrize("name", ["max", "gru-pooled", "bidirectional", "lstm"])
def test_groups_of_rows_change_no_bit(name: str, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_of(name)
    whole = attribute(model, SENTENCES[-1], method).scores
    cut, groups = list[int](), rows.groups

    def counted(lengths: Any, at_once: int | None = None) -> Any:
        cut.append(len(list(groups(lengths, at_once))))
        return groups(lengths, at_once)

    monkeypatch.setattr(rows, "AT_ONCE", 7)
    monkeypatch.setattr(rows, "groups", counted)
    assert (attribute(model, SENTENCES[-1], method).scores == whole).all()
    once = (name, method) == ("lstm", "telescoping")  # a last state: one reading gives all
    assert not cut if once else cut and cut[0] > 1


@pytest.mark.parametrize("baseline", ["zero", "unknown"])
@pytest.mark.parametrize("name", READ_FORWARD)
def test_integrated_gradients_miss_what_they_say(name: str, baseline: str) -> None:
    found = attribute(model_of(name), SENTENCES[0], "integrated-gradients", baseline=baseline)
    gap = found.logit - found.base
    assert found.error == abs(found.base + found.scores.sum() - found.logit)
    assert found.error <= 0.011 * abs(gap) or found.steps == 1024
    assert found.baseline == baseline
    rough = attribute(model_of(name), SENTENCES[0], "integrated-gradients", baseline=baseline, steps=1)
    assert rough.steps == 1 and rough.base == found.base


def test_of_a_linear_network_gradients_give_everything() -> None:
    model = elman.TextClassifier(layers=0, pooling="mean", epochs=4).fit(TEXTS, LABELS)
    for method in ("gradient-x-input", "integrated-gradients"):
        found = attribute(model, "movie was not good", method)
        assert found.base + found.scores.sum() == pytest.approx(found.logit, abs=1e-6)


def test_an_unknown_baseline_leaves_nothing_to_explain_of_unknown_words() -> None:
    model = model_of("attention")  # words have no affixes here
    found = attribute(model, "zzz yyy", "integrated-gradients", baseline="unknown")
    assert found.base == found.logit and not found.scores.any()


@pytest.mark.parametrize("method", METHODS)
def test_the_other_class_has_the_other_sign(method: str) -> None:
    model = model_of("last")
    good, bad = (attribute(model, SENTENCES[0], method, answer=answer) for answer in ("good", "bad"))
    assert (good.scores == -bad.scores).all() and good.logit == -bad.logit and good.base == -bad.base
    p = model.predict_proba([SENTENCES[0]])[0]
    assert (bad.probability, good.probability) == tuple(p)
    assert attribute(model, SENTENCES[0], method).answer == model.predict([SENTENCES[0]])[0]


def test_many_classes() -> None:
    model = elman.TextClassifier(**FEW, pooling="last").fit(TEXTS, ["a", "b", "c"] * 4)
    network = model.network_.logits(read_tokens(model, [["movie", "was", "not"]]))[0]
    for number, answer in enumerate("abc"):
        found = attribute(model, "movie was not", answer=answer)
        assert found.logit == network[number] and found.base + found.scores.sum() == found.logit
        assert found.probability == model.predict_proba(["movie was not"])[0, number]


def test_a_long_text_is_read_in_bounded_memory() -> None:
    text = "movie was not good zzz " * 400
    for name in ("last", "max"):
        for method in METHODS:
            assert len(attribute(model_of(name), text, method).scores) == 2000


def test_in_float64_to_twelve_digits() -> None:
    draw = np.random.default_rng(1)
    data = [draw.normal(size=(length, 3)) for length in (4, 6, 3, 5)]
    for settings in (
        {"pooling": "last"},
        {"pooling": ("max", "mean")},
        {"cell": "lstm", "bidirectional": True, "pooling": "last"},
    ):
        model = elman.SequenceClassifier(epochs=3, units=4, **settings).fit(data, [0, 1, 0, 1])
        assert model.network_.dtype == np.float64
        found = attribute(model, data[1])
        assert abs(found.base + found.scores.sum() - found.logit) < 1e-12
        tolerance = 1e-3 if "max" in settings["pooling"] else 1e-6  # a maximum bends the way
        fine = attribute(model, data[1], "integrated-gradients", tolerance=tolerance)
        assert fine.error <= tolerance * abs(fine.logit - fine.base) * 1.01


@pytest.fixture(scope="module")
def tagger() -> elman.Tagger:
    words = [["the", "cat", "sat"], ["a", "dog", "ran"]] * 3
    return elman.Tagger(units=4, embedding_dim=4, epochs=3, affixes=0).fit(words, [["D", "N", "V"]] * 6)


def test_a_tagger_is_explained_word_by_word(tagger: elman.Tagger) -> None:
    words = ["the", "zzz", "sat", "ran"]
    for position in range(4):
        found = attribute(tagger, words, "leave-one-out", position=position, answer="N")
        unknown = [[*words[:i], "never seen", *words[i + 1 :]] for i in range(4)]
        network = [float(tagger.network_.logits(read_tokens(tagger, [row]))[position, 1]) for row in [words, *unknown]]
        assert found.logit == network[0] and (found.scores == network[0] - np.array(network[1:])).all()
        assert found.scores[1] == 0 and found.replaced and found.position == position
        assert found.probability == tagger.predict_proba([words])[0][position, 1]
        assert attribute(tagger, words, "integrated-gradients", position=position).error is not None


def test_a_taggers_words_with_affixes_become_wholly_unknown() -> None:
    tagger = elman.Tagger(units=4, embedding_dim=4, epochs=1).fit([["walked", "talked"]] * 3, [["A", "B"]] * 3)
    words = ["walked", "tasked"]
    found = attribute(tagger, words, "leave-one-out", position=0, answer="B")
    assert tagger.classes_.tolist() == ["A", "B"]
    strange = [words, ["日", "tasked"], ["walked", "日"]]  # which shares no affix with a known word
    logits = [float(tagger.network_.logits(read_tokens(tagger, [row]))[0, 0]) for row in strange]
    assert (found.scores == logits[0] - np.array(logits[1:])).all() and found.scores.all()
    assert attribute(tagger, ["walked", "tasked"], "integrated-gradients", position=0, baseline="unknown").steps


@pytest.mark.parametrize("vectors", [False, True])
def test_numbers_with_an_answer_at_each_time_step(vectors: bool) -> None:
    data: list[Any] = (
        [[[0.5, 1.0], [0.2, 3.0]], [[0.1, 1.0], [2.0, 0.0], [1.0, 1.0]]] if vectors else [[0, 1], [2, 1, 0]]
    )
    model = elman.SequenceClassifier(units=3, epochs=2, return_sequences=True, bidirectional=True)
    model.fit(data, [[0, 1], [1, 0, 1]])
    row = np.array(data[1], float if vectors else int)
    found = attribute(model, row, "leave-one-out", position=1, answer=1)
    silent = [np.where(np.arange(3).reshape(-1, *[1] * vectors) == i, 0 if vectors else 3, row) for i in range(3)]
    logits = [float(model.network_.logits([one])[1, 0]) for one in [row, *silent]]
    assert found.logit == logits[0] and (found.scores == logits[0] - np.array(logits[1:])).all()
    assert len(attribute(model, row, "integrated-gradients", position=1).scores) == 3


def test_vectors_that_are_made_before_the_network_are_made_anew(real_data: Path) -> None:
    folder = real_data / "elmo_fixture"
    elmo = elman.PublishedELMo(options_file=f"{folder}/options.json", weight_file=f"{folder}/lm_weights.hdf5")
    model = elman.TextClassifier(**FEW, encoder=elmo.fit(), pooling="last").fit(TEXTS, LABELS)
    tokens = tokens_of(model, "movie was good")
    without = attribute(model, "movie was good", "leave-one-out", answer="good")
    anew = logits(model, [tokens[:i] + tokens[i + 1 :] for i in range(3)])
    assert (without.scores == without.logit - np.array(anew)).all()
    story = attribute(model, "movie was good", answer="good")
    assert (story.scores == np.diff(logits(model, [tokens[:end] for end in range(4)]))).all() and story.error == 0
    assert attribute(model, "movie was good", "integrated-gradients").steps


def test_a_language_model_says_what_comes_next() -> None:
    model = elman.TextGenerator(units=6, embedding_dim=6, epochs=2).fit(TEXTS)
    found = attribute(model, "movie was", answer="good")
    network = model.network_.logits(read_tokens(model, [["<eos>", "movie", "was"]]))[-1]
    column = model.vocabulary_.words.index("good")
    assert found.logit == network[column] and found.base + found.scores.sum() == found.logit
    assert found.tokens == ("<eos>", "movie", "was") and found.lead == 1
    at_two = attribute(model, "movie was good", position=2)
    assert at_two.answer == "good" and at_two.tokens == found.tokens and (at_two.scores == found.scores).all()
    assert attribute(model, "movie zzz", position=1).answer == "<unk>"
    for method in METHODS:
        assert len(attribute(model, "", method).scores) == 1


def test_led_by_a_label() -> None:
    model = elman.TextGenerator(units=6, embedding_dim=6, epochs=1).fit(TEXTS, LABELS)
    found = attribute(model, "movie was good", "leave-one-out", about="bad", position=0)
    assert found.tokens == ("<about bad>",) and found.answer == "movie"


@pytest.mark.parametrize(
    "above",
    [
        [elman.Bidirectional(elman.GRU(3))],
        [elman.GRU(3, go_backwards=True)],
        [elman.Bidirectional(elman.GRU(3, return_sequences=True)), elman.Pooling("max")],
    ],
    ids=["both", "backwards", "pooled"],
)
def test_a_layer_that_reads_from_the_end_above_one_that_does_not(above: list[Any]) -> None:
    below = [elman.Embedding(20, 4), elman.LSTM(4, return_sequences=True)]
    network = elman.Network([*below, *above, elman.Dense(3, "softmax")], random_state=3)
    row = np.random.default_rng(0).integers(0, 21, 17)
    found = attribute(network, row, "leave-one-out", answer=0)
    without = [network.logits([np.delete(row, number)])[0, 0] for number in range(17)]
    assert (found.scores == found.logit - np.array(without, np.float64)).all()


def test_a_network_by_itself() -> None:
    layers = [elman.OneHot(5), elman.SimpleRNN(3), elman.Dense(1, "sigmoid")]
    network = elman.Network(layers, dtype="float64")
    found = attribute(network, [0, 1, 4, 2], tokens=["movie", "was", "not", "good"], answer=1)
    assert found.tokens[2] == "not" and found.logit == network.logits([[0, 1, 4, 2]])[0, 0]
    assert abs(found.base + found.scores.sum() - found.logit) < 1e-12
    numbers = elman.Network([elman.Input(2), elman.GRU(3), elman.Dense(2)])
    assert attribute(numbers, np.ones((3, 2)), answer=1).probability is None
    with pytest.raises(InputError, match="answer must be one of 0, 1, got 2"):
        attribute(numbers, np.ones((3, 2)), answer=2)
    with pytest.raises(InputError, match="no unknown word"):
        attribute(numbers, np.ones((3, 2)), "integrated-gradients", baseline="unknown")


def test_a_word_that_is_left_out_of_a_bag_takes_its_weight_along() -> None:
    found = attribute(model_of("bag"), "movie was zzz good", "leave-one-out")
    assert found.scores[2] == 0 and found.scores[[0, 1, 3]].all()


@pytest.mark.parametrize("text", SENTENCES)
def test_telescoping_beside_a_vector_of_all_words(text: str) -> None:
    model = model_of("doc2vec-beside")
    found, tokens = attribute(model, text, answer="good"), tokens_of(model, text)
    along = logits(model, [tokens[:end] for end in range(len(tokens) + 1)])
    assert found.method == "telescoping" and found.error == 0 and found.logit == along[-1]
    assert found.base == along[0] and (found.scores == np.diff(along)).all()
    for method in ("gradient-x-input", "integrated-gradients"):
        with pytest.raises(InputError, match="all words at once beside them: take leave-one-out"):
            attribute(model, text, method)


@pytest.mark.parametrize("name", ["bag", "doc2vec", "means"])
def test_the_method_is_one_that_has_a_meaning(name: str, tagger: elman.Tagger) -> None:
    assert attribute(model_of(name), "movie was").method == "leave-one-out"
    assert attribute(tagger, ["the"], position=0).method == "leave-one-out"
    assert attribute(model_of("last"), "movie was").method == "telescoping"


@pytest.mark.parametrize("method", sorted(set(METHODS) - {"leave-one-out"}))
@pytest.mark.parametrize("text", ["good", "movie was good"])
@pytest.mark.parametrize("name", ["bag", "doc2vec", "means"])
def test_one_vector_of_all_words_has_no_parts(name: str, text: str, method: str) -> None:
    with pytest.raises(InputError, match="one vector of all words at once: take leave-one-out"):
        attribute(model_of(name), text, method)


def test_refuses(tagger: elman.Tagger) -> None:
    model = model_of("last")
    cases: list[tuple[Any, Any, dict[str, Any], str]] = [
        (model, "good", {"method": "magic"}, "method must be one of"),
        (model, "good", {"answer": "great"}, "answer must be one of bad, good, got 'great'"),
        (model, "good", {"position": 0}, "position=0 has no effect on a model that answers once"),
        (model, "good", {"steps": 3}, "steps=3 has no effect with method='telescoping'"),
        (model, "good", {"method": "integrated-gradients", "steps": 0}, "steps must be a positive integer"),
        (model, "good", {"method": "integrated-gradients", "steps": 2, "tolerance": 0.1}, "beside steps"),
        (model, "good", {"method": "integrated-gradients", "tolerance": 2}, "between 0 and 1"),
        (model, "good", {"method": "integrated-gradients", "baseline": "mean"}, "baseline must be one of"),
        (model, 3, {}, "text 0 is int"),
        (tagger, ["a"], {}, "position must say which word's answer is explained, from 0 to 0, got None"),
        (tagger, ["a"], {"position": 1}, "got 1"),
        (tagger, [], {"position": 0}, "no word to explain"),
        (tagger, ["a"], {"position": 0, "method": "telescoping"}, "each word has its own"),
        (elman.Transducer(), "a", {}, "got a Transducer"),
    ]
    for given, text, more, message in cases:
        with pytest.raises(InputError, match=message):
            attribute(given, text, **more)
    with pytest.raises(NotFittedError):
        attribute(elman.TextClassifier(), "a")


def test_strong_words_are_marked() -> None:
    found = attribute(model_of("last"), SENTENCES[0])
    size = np.abs(found.scores) / np.abs(found.scores).max()
    assert (np.abs(found.marks) == (size >= 1 / 3).astype(int) + (size >= 2 / 3)).all()
    assert (np.sign(found.marks[found.marks != 0]) == np.sign(found.scores[found.marks != 0])).all()
    assert isinstance(found, Attribution) and len(attribute(model_of("last"), "").marks) == 0
