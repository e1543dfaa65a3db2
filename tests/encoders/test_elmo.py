"""ELMo: what its language model learns, what it may see, what a network makes of its layers."""

import json
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from elman.encoders import ELMo
from elman.engine import GRU, ContextualEmbedding, Dense, Network
from elman.engine.optimizers import Adam
from elman.engine.packing import SHARD_ROWS
from elman.errors import InputError, ModelFolderError
from elman.modelfolder import read_model_folder, write_model_folder
from elman.training import Data, Recipe, train

WORDS = [f"{letter}{ending}" for letter in "abcdefghjk" for ending in ("ix", "oz")]
"""Twenty words, which stand on a ring."""


def walks(count: int, seed: int) -> list[list[str]]:
    """Texts that go around the ring, each word being one or two after the one before it."""
    draw, texts = np.random.default_rng(seed), []
    for _ in range(count):
        places = (draw.integers(20) + np.cumsum(draw.integers(1, 3, draw.integers(3, 14)))) % 20
        texts.append([WORDS[place] for place in places])
    return texts


LEARNED, HELD = walks(300, seed=0), walks(60, seed=1)
LEVELS = ("word", "character")
SETTINGS: dict[str, Any] = {
    "units": 24, "epochs": 10, "learning_rate": 0.02, "batch_size": 16, "filters": ((1, 8), (2, 16), (3, 16)),
    "threads": 2, "word_dropout": 0.02,
}  # fmt: skip
EDGES = [[], ["aix"], ["never", "seen"], ["👩‍🚀", "טוב", "שלום", "boz", "é" * 60], LEARNED[0], ["\ud800"], [""]]


@pytest.fixture(scope="module")
def fitted() -> dict[str, ELMo]:
    return {level: ELMo(level=level, **SETTINGS).fit(LEARNED) for level in LEVELS}


@pytest.fixture(params=LEVELS)
def elmo(request: pytest.FixtureRequest, fitted: dict[str, ELMo]) -> ELMo:
    return fitted[request.param]


def unigram_perplexity(learned: list[list[str]], held: list[list[str]]) -> float:
    """Of the words by their shares in what was learned, and of the end of each text, once for either direction."""
    counts = dict.fromkeys([*WORDS, "<eos>"], 0)
    for text in learned:
        for word in [*text, "<eos>"]:
            counts[word] += 1
    logarithms = [np.log(counts[word] / sum(counts.values())) for text in held for word in [*text, "<eos>"]]
    return float(np.exp(-np.mean(logarithms)))


class TestLearning:
    def test_perplexity_falls_to_a_third_of_the_unigrams(self, elmo: ELMo) -> None:
        assert unigram_perplexity(LEARNED, HELD) > 15
        assert elmo.perplexity(HELD) < unigram_perplexity(LEARNED, HELD) / 3
        shuffled = [list(np.random.default_rng(0).permutation(text)) for text in HELD]
        assert elmo.perplexity(shuffled) > 3 * elmo.perplexity(HELD)
        assert elmo.score(HELD) == pytest.approx(-np.log(elmo.perplexity(HELD)))

    def test_perplexity_is_the_mean_of_both_directions(self, elmo: ELMo) -> None:
        """Against the logits of the layers, word by word."""
        text = HELD[0]
        data = elmo._data([text])
        network, ids = elmo.network_, data.targets
        (shard,) = network.shards(data.sequences)
        steps = network.begin()
        h = network.forward(shard, steps)[0].dense()
        kernel, bias, losses = steps[-1].weights.kernel.value, steps[-1].weights.bias, []
        for t, word in enumerate(ids):
            for place, half in ((t - 1, slice(None, 24)), (t + 1, slice(24, None))):
                if 0 <= place < len(ids):
                    logits = h[place, half] @ kernel + bias
                    losses.append(np.log(np.exp(logits).sum()) - logits[word])
        assert len(losses) == 2 * (len(text) + 1)
        assert elmo.perplexity([text]) == pytest.approx(np.exp(np.mean(losses)), rel=1e-5)

    def test_a_text_is_the_same_cut_or_given_as_words(self, elmo: ELMo) -> None:
        assert (elmo.transform([" ".join(HELD[0])]).values == elmo.transform([HELD[0]]).values).all()

    @pytest.mark.parametrize("level", LEVELS)
    def test_threads_change_no_bit(self, level: str) -> None:
        settings = SETTINGS | {"epochs": 2, "level": level, "samples": 9, "batch_size": 4 * SHARD_ROWS}
        one, *others = (ELMo(**settings | {"threads": threads}).fit(LEARNED[:80]) for threads in (1, 2, 4))
        for name, value in one.network_.parameters.items():
            for other in others:
                assert value.tobytes() == other.network_.parameters[name].tobytes(), name
        other = ELMo(**settings, random_state=1).fit(LEARNED[:80])
        assert any((value != other.network_.parameters[name]).any() for name, value in one.network_.parameters.items())

    def test_long_texts_are_learned_from_in_pieces(self) -> None:
        seen: list[Any] = []
        text = [word for walk in LEARNED for word in walk]
        elmo = ELMo(**SETTINGS | {"epochs": 1, "truncation": 30, "report": seen.append}).fit([text, ["aix"]])
        data = elmo._data([text, ["aix"], []], 30)
        lengths = data.sequences.lengths
        assert lengths[:-2].sum() == len(text) + 2
        assert lengths[:-2].max() <= 30 and np.ptp(lengths[:-2]) <= 1
        assert data.weights.sum() == (lengths - 1).sum()
        assert seen[-1].finished is not None
        assert elmo._data([["aix"] * 29], 30).weights.tolist() == [0.5] + [1.0] * 13 + [0.5, 0.5] + [1.0] * 14 + [0.5]
        assert elmo._data([["aix"]], 2).weights.tolist() == [0.0, 0.5, 0.5]

    @pytest.mark.parametrize(("most", "epochs"), [(10**6, 10), (1300, 6), (1500, 8), (300, 2), (1, 1)])
    def test_large_texts_are_read_less_often(self, most: int, epochs: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("elman.encoders.elmo.TOKENS", most)
        settings = SETTINGS | {"epochs": "auto", "units": 4}
        assert len(ELMo(**settings).fit([["ba"] * 150, ["di"] * 50]).history_.epochs) == epochs

    def test_frequent_words_stand_first_and_the_end_among_them(self, fitted: dict[str, ELMo]) -> None:
        words = fitted["word"].vocabulary_.words
        counts = {word: sum(text.count(word) for text in LEARNED) for word in WORDS} | {"<eos>": len(LEARNED)}
        assert sorted(counts, key=lambda word: -counts[word])[0] == words[0]
        assert [counts[word] for word in words] == sorted(counts.values(), reverse=True)

    def test_rare_words_are_unknown(self) -> None:
        settings = SETTINGS | {"epochs": 1, "min_count": 2, "max_vocabulary": 3}
        elmo = ELMo(**settings).fit([["a", "a", "b", "b", "b", "c", "<unk>", "<unk>"]])
        assert set(elmo.vocabulary_.words) == {"a", "b", "<eos>"}


class TestVectors:
    def test_the_forward_half_never_sees_what_comes_later(self, elmo: ELMo) -> None:
        text = LEARNED[3][:3] + LEARNED[4][:3]
        other = [*text[:3], next(word for word in WORDS if word != text[3]), *text[4:]]
        words, *layers = [a[0] == b[0] for a, b in zip(elmo.layers_of([text]), elmo.layers_of([other]), strict=True)]
        assert words[[0, 1, 2, 4, 5]].all() and not words[3].all()
        assert len(layers) == 2
        for same in layers:
            assert same[:3, :24].all() and same[4:, 24:].all()
            assert not same[3:, :24].all(axis=1).any() and not same[:4, 24:].all(axis=1).any()

    def test_a_vector_is_the_mean_of_the_layers(self, elmo: ELMo) -> None:
        layers, mean = elmo.layers_of(EDGES), elmo.transform(EDGES)
        assert mean.values.dtype == np.float32
        assert mean.lengths.tolist() == [len(text) for text in EDGES]
        assert mean.values.shape[1] == elmo.features_ == 48 == len(elmo.get_feature_names_out())
        np.testing.assert_allclose(mean.values, np.mean([layer.values for layer in layers], axis=0), atol=1e-6)
        assert (layers[0].values[:, :24] == layers[0].values[:, 24:]).all()

    def test_same_bits_in_any_company_and_with_any_threads(self, elmo: ELMo) -> None:
        texts = [*EDGES, *HELD]
        together, perplexity = elmo.transform(texts), elmo.perplexity(HELD)
        for threads in (1, 4, 2):
            assert (elmo.set_params(threads=threads).transform(texts).values == together.values).all()
            assert elmo.perplexity(HELD) == perplexity
        for i in (1, 2, 3, 20, 41):
            assert (elmo.transform([texts[i]])[0] == together[i]).all()

    def test_unknown_words_are_one_unless_they_are_spelled(self, fitted: dict[str, ELMo]) -> None:
        texts = [["aix", "never", "boz"], ["aix", "seen", "boz"]]
        assert (fitted["word"].transform(texts)[0] == fitted["word"].transform(texts)[1]).all()
        found = fitted["character"].transform(texts)
        assert (found[0][1] != found[1][1]).any()

    def test_no_texts_and_empty_ones(self, elmo: ELMo) -> None:
        assert elmo.transform([]).values.shape == (0, 48)
        assert elmo.transform(["", []]).lengths.tolist() == [0, 0]
        assert elmo.perplexity([""]) > 0
        with pytest.raises(InputError, match="must hold texts to measure by"):
            elmo.perplexity([])

    @pytest.mark.slow
    def test_a_long_text_needs_no_memory_for_all_words(self) -> None:
        draw = np.random.default_rng(0)
        text = [f"w{number}" for number in draw.integers(0, 20_000, 100_000)]
        elmo = ELMo(units=8, layers=1, epochs=1, batch_size=8, threads=1, samples=500)
        tracemalloc.start()
        elmo.fit([text])
        assert elmo.transform([text]).values.shape == (100_000, 16)
        assert elmo.perplexity([text]) > 1
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 0.1 * 100_000 * len(elmo.vocabulary_) * 4


class TestInANetwork:
    def network(self, elmo: ELMo, dtype: str = "float32", word_dropout: float = 0.1) -> Network:
        network = Network([elmo.layer(word_dropout), GRU(12), Dense(1, "sigmoid")], dtype=dtype)
        for name, value in elmo.weights().items():
            network.parameters[f"contextual_embedding/{name}"][...] = value
        return network

    def test_begins_with_the_vectors_of_transform(self, elmo: ELMo) -> None:
        network, texts = self.network(elmo), [*HELD, *EDGES]
        assert isinstance(network.layers[0], ContextualEmbedding)
        assert network.ledger()[0].count == 4  # three layers and their scale; the language model is not trained
        sequences = network.accept(elmo.numbers(texts))
        out, step = np.empty((len(sequences.values), 48), np.float32), network.begin()[0]
        for shard in network.shards(sequences):
            out[shard.places] = step.layer.forward(step.weights, shard.values, shard, step.run)[0].dense()
        assert (out == elmo.transform(texts).values).all()

    def test_a_word_that_is_dropped_is_an_unknown_one_or_has_no_characters(self, elmo: ELMo) -> None:
        network = self.network(elmo, word_dropout=0.999999)
        sequences, step = network.accept(elmo.numbers([LEARNED[0]])), network.begin()[0]
        (shard,) = network.shards(sequences)
        made = step.layer.forward(step.weights, shard.values, shard, replace(step.run, noise=7))[0].dense()
        assert (made == elmo.transform([[""] * len(LEARNED[0])])[0]).all()

    def test_learns_a_mix_and_leaves_the_language_model_alone(self, elmo: ELMo) -> None:
        """Texts that go around the ring, from those whose words are in no order."""
        texts = [*LEARNED[:150], *(list(np.random.default_rng(i).permutation(LEARNED[i])) for i in range(150))]
        network, labels = self.network(elmo), np.repeat([1, 0], 150)
        data = Data(network.accept(elmo.numbers(texts)), labels, np.ones(300))
        history = train(network, data, Adam(0.02), Recipe(15, 16, "linear", 1.0, 15, False, 0, 2))
        assert history.epochs[-1].loss < 0.5 * history.epochs[0].loss
        kept = {f"contextual_embedding/{name}": value for name, value in elmo.weights().items()}
        assert all((network.parameters[name] == value).all() for name, value in kept.items())
        assert np.ptp(network.parameters["contextual_embedding/mix"]) > 0.01
        again = Network.from_config(json.loads(json.dumps(network.to_config())), network.parameters)
        together = network.predict(elmo.numbers(texts))
        assert (again.predict(elmo.numbers(texts)) == together).all()
        assert (network.predict(elmo.numbers(texts[7:8]), threads=1)[0] == together[7]).all()
        assert (network.freeze().predict(elmo.numbers(texts)) == together).all()

    def test_is_not_read_in_pieces(self, elmo: ELMo) -> None:
        network = Network([elmo.layer(), GRU(3, return_sequences=True), Dense(2, "softmax")])
        data = Data(network.accept(elmo.numbers(HELD[:1])), np.zeros(len(HELD[0]), np.int64), np.ones(len(HELD[0])))
        with pytest.raises(InputError, match="contextual_embedding begins at the end of the row"):
            train(network, data, Adam(0.02), Recipe(1, 16, "linear", 1.0, 15, False, 0, 1, truncation=2))

    def test_in_float64(self, elmo: ELMo) -> None:
        narrow, wide = (self.network(elmo, dtype) for dtype in ("float32", "float64"))
        for name, value in narrow.parameters.items():
            wide.parameters[name][...] = value
        found = wide.predict(elmo.numbers(HELD))
        assert found.dtype == np.float64
        np.testing.assert_allclose(found, narrow.predict(elmo.numbers(HELD)), atol=1e-4)


class TestSaving:
    def test_gives_the_same_bits_again(self, elmo: ELMo, tmp_path: Path) -> None:
        elmo.report = print  # type: ignore[assignment]
        elmo.save(tmp_path / "model")
        loaded = ELMo.load(tmp_path / "model")
        assert (loaded.transform(EDGES).values == elmo.transform(EDGES).values).all()
        assert loaded.perplexity(HELD) == elmo.perplexity(HELD)
        kept = {"threads": 2, "report": print, "filters": SETTINGS["filters"]}  # which JSON gives as lists
        assert loaded.get_params() | kept == elmo.get_params()
        loaded.save(tmp_path / "again")
        for name in ("config.json", "model.safetensors", "vocabulary.txt"):
            assert (tmp_path / "model" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()
        elmo.report = None

    @pytest.mark.parametrize(
        "damage",
        [
            lambda folder: folder.arrays.popitem(),
            lambda folder: folder.arrays.update({"bidirectional/forward_bias": np.zeros(7, np.float32)}),
            lambda folder: folder.config["facts"].pop("network"),
            lambda folder: folder.config["facts"].update(network=[]),
            lambda folder: folder.config["facts"]["network"]["layers"].pop(0),
            lambda folder: folder.config["facts"]["network"]["layers"][2].update(layer=3),
            lambda folder: folder.config["facts"]["network"].update(dtype="float16"),
            lambda folder: folder.lists.update(vocabulary=folder.lists["vocabulary"][1:]),
            lambda folder: folder.lists.update(vocabulary=tuple(w.strip("<>") for w in folder.lists["vocabulary"])),
        ],
        ids=["missing", "shape", "facts", "kind", "layers", "cell", "dtype", "words", "end"],
    )
    def test_damaged_folders_are_refused(self, fitted: dict[str, ELMo], tmp_path: Path, damage: Any) -> None:
        fitted["word"].save(tmp_path / "model")
        folder = read_model_folder(tmp_path / "model")
        damage(folder)
        write_model_folder(tmp_path / "other", folder)
        with pytest.raises(ModelFolderError, match="language model of an ELMo"):
            ELMo.load(tmp_path / "other")

    def test_characters_that_it_does_not_know_are_refused(self, fitted: dict[str, ELMo], tmp_path: Path) -> None:
        fitted["character"].save(tmp_path / "model")
        folder = read_model_folder(tmp_path / "model")
        folder.config["facts"]["network"]["layers"][0]["characters"] = 99
        name = "character_convolution/characters"
        folder.arrays[name] = folder.arrays[name][:100]
        write_model_folder(tmp_path / "other", folder)
        with pytest.raises(ModelFolderError, match="language model of an ELMo does not go with the 21 words"):
            ELMo.load(tmp_path / "other")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"level": "subword"}, "level must be one of word, character"),
        ({"units": 0}, "units must be a positive integer"),
        ({"truncation": 1}, "truncation must be 2 or more"),
        ({"layers": 1.5}, "layers must be a positive integer"),
        ({"filters": ((99, 3),)}, "filters must be pairs"),
        ({"level": "character", "tied": True}, "tied=True needs a vector of each word"),
        ({"samples": -1}, "samples must be an integer, 0 or more"),
        ({"samples": 900}, "samples must be at most the number of words, 21"),
        ({"learning_rate": 0}, "learning_rate must be a positive number"),
        ({"clip_norm": -1}, "clip_norm must be positive"),
        ({"schedule": "cosine"}, "schedule must be one of"),
        ({"dropout": 1}, "dropout must be a number from 0"),
        ({"report": 3}, "report must be a function"),
        ({"min_count": 999_999}, "lower min_count"),
    ],
)
def test_settings_are_checked(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        ELMo(**settings).fit(LEARNED)


@pytest.mark.parametrize("texts", [[], [""], [[]]])
def test_nothing_to_learn_from(texts: list[Any]) -> None:
    with pytest.raises(InputError, match="texts must hold words to learn from"):
        ELMo().fit(texts)


def read_texts(path: Path) -> list[list[str]]:
    """Give the longer lines as words in lower case."""
    texts = [line.lower().split() for line in path.read_text("utf-8").splitlines()]
    return [text for text in texts if len(text) > 20]


@pytest.mark.slow
def test_perplexity_of_real_text(real_data: Path) -> None:
    """A part of WikiText-2, words that come three times or more."""
    learned, held = (read_texts(real_data / "wikitext2" / f"wiki.{part}.tokens") for part in ("train", "valid"))
    elmo = ELMo(epochs=4, min_count=3, samples=1000).fit(learned[:4000])
    data, measured = elmo._data(learned[:4000]), elmo._data(held[:100])
    counts = np.bincount(data.targets, weights=data.weights, minlength=len(elmo.vocabulary_) + 1)
    shares = np.maximum(counts, 1) / np.maximum(counts, 1).sum()
    unigram = float(np.exp(-np.average(np.log(shares[measured.targets]), weights=measured.weights)))
    assert elmo.perplexity(held[:100]) < unigram / 3
