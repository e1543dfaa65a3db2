"""Encoder-decoders: what they learn, write and measure."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import elman
from elman import Transducer
from elman.data import reversals, sortings
from elman.errors import ElmanWarning, InputError, ModelFolderError, NotFittedError
from elman.estimators import Perplexity, Transductions, evaluate
from elman.text import Vocabulary

QUICK: dict[str, Any] = {
    "level": "token",
    "units": 24,
    "embedding_dim": 12,
    "learning_rate": 0.02,
    "batch_size": 32,
    "epochs": 14,
    "threads": 1,
}
TINY: dict[str, Any] = QUICK | {"units": 4, "embedding_dim": 3, "epochs": 1}
SHORT: dict[str, Any] = {"longest": 5, "symbols": "abcd"}


@pytest.fixture(scope="module")
def reverser() -> Transducer:
    return Transducer(**QUICK).fit(*reversals(700, 1, **SHORT))


class TestLearning:
    def test_reverses(self, reverser: Transducer) -> None:
        sources, targets = reversals(300, 2, **SHORT)
        assert reverser.score(sources, targets) > 0.95
        assert reverser.predict(["a b c d", "d"]) == ["d c b a", "d"]

    @pytest.mark.parametrize(
        "settings",
        [
            {"attention": False, "epochs": 20},
            {"cell": "gru", "bidirectional": False},
            {"teacher_forcing": 0.5},
            {"layers": 2, "dropout": 0.05},
        ],
        ids=str,
    )
    def test_every_kind_sorts(self, settings: dict[str, Any]) -> None:
        model = Transducer(**QUICK | settings).fit(*sortings(700, 1, longest=4, symbols="abc"))
        assert model.score(*sortings(300, 2, longest=4, symbols="abc")) > 0.9

    def test_all_begins_without_early_stopping(self) -> None:
        model = Transducer(**TINY, early_stopping=False).fit(["a b", "b a"], ["b", "a"])
        assert len(model.history_.epochs) == 1
        assert model.longest_ == 2

    def test_pairs_may_come_one_by_one(self) -> None:
        sources, targets = reversals(20, 1, **SHORT)
        model = Transducer(**TINY).fit(iter(sources), iter(targets))
        assert (model.gives_, model.longest_) == ("texts", 10)

    def test_what_can_be_read_once_is_read_whole(self, reverser: Transducer) -> None:
        sources, targets = reversals(20, 3, **SHORT)
        written, measured = reverser.predict(sources), reverser.measure(sources, targets)
        assert reverser.predict(iter(sources)) == reverser.predict(map(str.split, sources)) == written
        assert reverser.predict([iter(source.split()) for source in sources]) == written
        assert reverser.measure(iter(sources), iter(targets)) == measured
        assert evaluate(reverser, iter(sources), (target for target in targets)) == measured
        assert reverser.score(iter(sources), iter(targets)) == measured.exact_match
        plain = Transducer(**TINY).fit(sources, targets, dev=(sources, targets))
        other = Transducer(**TINY).fit(map(iter, map(str.split, sources)), targets, dev=(iter(sources), iter(targets)))
        assert other.history_.epochs[0].dev_loss == plain.history_.epochs[0].dev_loss

    def test_a_dev_part_chooses_the_epoch(self) -> None:
        pairs = reversals(60, 1, **SHORT)
        model = Transducer(**TINY | {"epochs": 2}).fit(*pairs, dev=tuple(reversals(20, 2, **SHORT)))
        assert all(epoch.dev_loss is not None for epoch in model.history_.epochs)


class TestSameBits:
    def test_threads_change_none(self) -> None:
        pairs = reversals(80, 1, **SHORT)
        settings = TINY | {"epochs": 2, "teacher_forcing": 0.5, "dropout": 0.2}
        models = [Transducer(**settings | {"threads": threads}).fit(*pairs) for threads in (1, 2, 4)]
        for other in models[1:]:
            for name, value in models[0].network_.parameters.items():
                assert (value == other.network_.parameters[name]).all(), name

    def test_a_text_alone_is_a_text_among_others(self, reverser: Transducer) -> None:
        sources = [*reversals(300, 3, **SHORT).sources, "", "a z b"]
        together = reverser.predict(sources)
        assert [reverser.predict([text])[0] for text in sources[-20:]] == together[-20:]

    def test_saving_changes_none(self, reverser: Transducer, tmp_path: Path) -> None:
        reverser.save(tmp_path / "m")
        loaded = elman.load(tmp_path / "m")
        pairs = reversals(50, 4, **SHORT)
        assert loaded.measure(*pairs) == reverser.measure(*pairs)
        assert loaded.predict(pairs.sources, beam=3) == reverser.predict(pairs.sources, beam=3)
        assert (loaded.longest_, loaded.gives_, repr(loaded)) == (
            10,
            "texts",
            repr(reverser).replace(", threads=1", ""),
        )
        assert str(loaded.network_) == str(reverser.network_)


class TestDecoding:
    def test_a_beam_of_one_is_greedy(self) -> None:
        sources, targets = reversals(150, 5, longest=8)
        model = Transducer(**TINY | {"epochs": 2}).fit(sources, targets)  # unsure of everything
        sources = sources[:30]
        greedy = model.predict(sources)
        for penalty in (0.0, 1.0):
            assert model.predict(sources, beam=1, length_penalty=penalty) == greedy

    def test_a_beam_finds_likelier_outputs(self) -> None:
        sources, targets = sortings(150, 5, longest=8)
        model = Transducer(**QUICK | {"epochs": 3}).fit(sources, targets)
        sources = sources[:60]
        wide = model.predict(sources, beam=5, length_penalty=0.0)
        narrow = model.predict(sources, beam=1)
        losses = [model.measure(sources, rows) for rows in (wide, narrow)]
        totals = [measured.loss * measured.tokens for measured in losses]
        assert totals[0] < totals[1]

    def test_outputs_are_no_longer_than_longest(self) -> None:
        pairs = reversals(40, 1)
        model = Transducer(**TINY, longest=3).fit(*pairs)
        assert all(len(text.split()) <= 3 for text in model.predict(pairs.sources))
        assert all(len(text.split()) <= 3 for text in model.predict(pairs.sources, beam=2))
        assert Transducer(**TINY).fit(*pairs).longest_ == 40

    def test_the_unknown_token_is_never_written(self) -> None:
        sources, targets = reversals(100, 1, longest=6)
        model = Transducer(**TINY | {"epochs": 3}, max_vocabulary=2).fit(sources, targets)
        assert "<unk>" not in " ".join(model.predict(sources))
        assert len(model.vocabulary_) == 3
        assert model.measure(sources, targets).exact_match < 0.5

    @pytest.mark.parametrize(
        ("targets", "kind"),
        [([["b", "a"], ["c"]], "tokens"), ([[2, 1], [30]], "numbers"), (["b a", "c"], "texts")],
    )
    def test_outputs_are_what_targets_were(self, targets: Any, kind: str) -> None:
        sources = [["a", "b"], ["c"]] * 20
        model = Transducer(**QUICK | {"epochs": 60, "batch_size": 8}).fit(sources, targets * 20)
        assert model.gives_ == kind
        assert model.predict(sources[:2]) == targets
        assert model.score(sources[:2], targets) == 1.0

    def test_arrays_of_numbers(self) -> None:
        rows = np.array([[1, 2, 3], [4, 5, 6]])
        model = Transducer(**TINY).fit(rows, [row[::-1] for row in rows])
        assert model.gives_ == "numbers"
        assert model.source_vocabulary_.words == ("1", "2", "3", "4", "5", "6")

    def test_characters(self) -> None:
        words = ["ab c", "c", "ba", "abc"] * 10
        model = Transducer(**QUICK | {"level": "char", "epochs": 40}).fit(words, [word[::-1] for word in words])
        assert model.predict(["ab c", "abc"]) == ["c ba", "cba"]


DATES = ["june the 12 of 2003", "may the 1 of 1999", "june the 1 of 1999", "may the 12 of 2003"]
ISO = ["2003-06-12", "1999-05-01", "1999-06-01", "2003-05-12"]


class TestWrittenAsGiven:
    def test_what_is_measured_is_what_is_written(self) -> None:
        with pytest.warns(ElmanWarning):
            model = Transducer(**QUICK | {"level": "word", "epochs": 30}).fit(DATES * 20, ISO * 20)
        assert model.predict(DATES[:1]) == ["2003 - 06 - 12"]
        assert model.measure(DATES, ISO).exact_match == 0
        assert model.measure(DATES, [text.replace("-", " - ") for text in ISO]).exact_match == 1
        assert model.measure(DATES, [text.replace("-", " - ").split() for text in ISO]).exact_match == 1

    @pytest.mark.parametrize(
        ("level", "targets", "message"),
        [
            (
                "word",
                ISO,
                "^level='word' writes 4 of 4 .*'2003 - 06 - 12' for '2003-06-12': .*; give .*'char' or .*'token'$",
            ),
            ("word", [*["fine."] * 8, "a-b"], "writes 1 of 9 targets"),
            ("token", ["a  b", " a"], "'a b' for 'a  b': .*; give level='char'$"),
            ("char", ["a\r\nb"], "write line breaks as"),
        ],
    )
    def test_training_warns_of_targets_that_it_cannot_write(self, level: str, targets: list[str], message: str) -> None:
        with pytest.warns(ElmanWarning, match=message) as found:
            Transducer(**TINY | {"level": level}).fit(["a b"] * len(targets), targets)
        assert len(found) == 1
        assert found[0].filename == __file__

    @pytest.mark.parametrize(
        ("level", "targets"),
        [
            ("word", [*["It's fine, (really)."] * 9, "a-b"]),
            ("token", ISO),
            ("char", ["2003-06-12", " a  b\n"]),
            ("word", [["a", "-", "b"]]),
            ("word", [[1, 2]]),
        ],
    )
    def test_it_does_not_where_few_are_lost_or_none(self, level: str, targets: list[Any]) -> None:
        Transducer(**TINY | {"level": level}).fit(["a b"] * len(targets), targets)


class TestSpecialTokens:
    def test_an_end_within_a_target_is_unknown(self) -> None:
        ended = Transducer(**TINY).fit(["a b", "c"], ["x <eos> y", "z z"])
        unknown = Transducer(**TINY).fit(["a b", "c"], ["x <unk> y", "z z"])
        assert ended.vocabulary_.words == unknown.vocabulary_.words == ("z", "x", "y", "<eos>")
        for name, value in ended.network_.parameters.items():
            assert (value == unknown.network_.parameters[name]).all(), name
        assert ended.measure(["a"], ["x <eos> y"]) == ended.measure(["a"], ["x <unk> y"])
        assert ended.measure(["a"], ["x <eos> y"]).unknown == 1


class TestMeasuring:
    def test_figures(self, reverser: Transducer) -> None:
        sources, targets = reversals(100, 6, **SHORT)
        found = evaluate(reverser, sources, targets)
        assert isinstance(found, Transductions)
        assert found.n == 100
        assert found.tokens == 100 + sum(len(text.split()) for text in targets)
        written = reverser.predict(sources)
        assert found.exact_match == sum(a == b for a, b in zip(written, targets, strict=True)) / 100
        assert found.perplexity == pytest.approx(np.exp(found.loss))
        assert set(found.figures()) == {"exact_match", "perplexity"}
        json.dumps(found.to_json())

    def test_unknown_tokens_are_counted(self, reverser: Transducer) -> None:
        found = reverser.measure(["a b", "c"], ["b z", "q <eos> c"])
        assert (found.tokens, found.unknown) == (7, 3)
        assert found.figures()["unknown"] == found.to_json()["unknown"] / 7 == 3 / 7

    def test_a_perplexity_beyond_all_numbers_is_none_in_json(self) -> None:
        for figures in (Transductions(1, 0.5, 2, 0, 1000.0), Perplexity(1, 2, 3, 0, 1000.0)):
            assert figures.perplexity == np.inf
            assert json.loads(json.dumps(figures.to_json(), allow_nan=False))["perplexity"] is None

    def test_an_empty_target_is_the_end_alone(self) -> None:
        model = Transducer(**QUICK | {"epochs": 60}).fit(["a", "b"] * 20, ["", "x"] * 20)
        assert model.predict(["a", "b"]) == ["", "x"]
        assert model.measure(["a"], [""]).tokens == 1


class TestRefused:
    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            ({"level": "letter"}, "level must be one of char, token, word"),
            ({"teacher_forcing": 1.5}, "teacher_forcing must be a number from 0 to 1, got 1.5"),
            ({"attention": 1}, "attention must be True or False"),
            ({"longest": 0}, "longest must be a positive integer"),
            ({"layers": 0}, "layers must be 1 or more"),
            ({"units": 0}, "units must be a positive integer"),
            ({"min_count": 0}, "min_count must be"),
        ],
    )
    def test_settings(self, settings: dict[str, Any], message: str) -> None:
        with pytest.raises(InputError, match=message):
            Transducer(**settings).fit(["a"], ["b"])

    @pytest.mark.parametrize(
        ("x", "y", "message"),
        [
            ("ab", ["b"], "x must be a list, got str"),
            (["a", "b"], ["b"], "2 sources and 1 targets"),
            ([], [], "got 0 sources"),
            (["", ""], ["b", "c"], "x must hold tokens, but there are none: give sources that are not empty"),
            (["b", "c"], ["", ""], "y must hold tokens, but there are none: give targets that are not empty"),
            (["<unk>"], [["<eos>"]], "x must hold tokens, but there are none"),
            (["a"], None, "y must be a list, got NoneType"),
            ([["a", ""]], ["b"], "text 0 must be a string or a list of tokens"),
            ([[1, 2], ["a"]], ["b", "c"], "rows must all hold whole numbers"),
            ([[1.5]], ["b"], "text 0 must be a string or a list of tokens"),
        ],
    )
    def test_data(self, x: Any, y: Any, message: str) -> None:
        with pytest.raises(InputError, match=message):
            Transducer(**TINY).fit(x, y)

    def test_a_vocabulary_of_nothing(self) -> None:
        for x, y, message in (
            (
                ["a", "b", "c"],
                ["d"] * 3,
                "x must hold tokens that come 3 times or more, .*: lower min_count, or give s",
            ),
            (
                ["d"] * 3,
                ["a", "b", "c"],
                "y must hold tokens that come 3 times or more, .*: lower min_count, or give t",
            ),
        ):
            with pytest.raises(InputError, match=message):
                Transducer(**TINY, min_count=3).fit(x, y)

    def test_dev_parts(self) -> None:
        for dev, message in ((["a"], "dev must be a pair"), ((["a"], []), "dev x and y must hold")):
            with pytest.raises(InputError, match=message):
                Transducer(**TINY).fit(["a"], ["b"], dev=dev)

    def test_calls(self, reverser: Transducer) -> None:
        with pytest.raises(NotFittedError, match="call fit"):
            Transducer().predict(["a"])
        for settings, message in (
            ({"beam": 0}, "beam must be"),
            ({"beam": 2, "length_penalty": -1}, "length_penalty must be"),
            ({"length_penalty": "x"}, "length_penalty must be a number from 0 to 10, got 'x'"),
            ({"beam": 2, "length_penalty": 99}, "length_penalty must be"),
        ):
            for sources in (["a"], []):
                with pytest.raises(InputError, match=message):
                    reverser.predict(sources, **settings)
        with pytest.raises(InputError, match="for one text give"):
            reverser.predict("a b")

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"gives": "words"}, '"gives" must be one of texts, tokens, numbers'),
            ({"longest": 0}, '"longest" must be a positive integer'),
            ({"network": {"layers": []}}, "with a list of encoder"),
        ],
    )
    def test_damaged_folders(self, reverser: Transducer, tmp_path: Path, change: dict[str, Any], message: str) -> None:
        reverser.save(tmp_path / "m")
        path = tmp_path / "m" / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | change))
        with pytest.raises(ModelFolderError, match=message):
            elman.load(tmp_path / "m")

    @pytest.mark.parametrize("word", ["d", "007", "1.5", "-0", "٣"])
    def test_folders_whose_words_are_no_numbers(self, word: str, tmp_path: Path) -> None:
        model = Transducer(**TINY).fit([[1, 2], [3, 4]], [[-2], [30]])
        model.save(tmp_path / "m")
        assert elman.load(tmp_path / "m").gives_ == "numbers"
        model.vocabulary_ = Vocabulary([word, *model.vocabulary_.words[1:]])
        model.save(tmp_path / "m")
        with pytest.raises(ModelFolderError, match=f'"gives" is numbers, but vocabulary.txt holds {word!r}'):
            elman.load(tmp_path / "m")

    def test_folders_without_a_vocabulary(self, reverser: Transducer, tmp_path: Path) -> None:
        reverser.save(tmp_path / "m")
        (tmp_path / "m" / "source_vocabulary.txt").unlink()
        with pytest.raises(ModelFolderError, match=r"source_vocabulary\.txt: cannot be read"):
            elman.load(tmp_path / "m")


def test_scikit_learn_clones_and_searches_it() -> None:
    from sklearn.base import clone
    from sklearn.model_selection import GridSearchCV

    sources, targets = reversals(30, 1, **SHORT)
    search = GridSearchCV(Transducer(**TINY), {"attention": [True, False]}, cv=2).fit(sources, targets)
    assert set(search.best_params_) == {"attention"}
    assert clone(search.best_estimator_).get_params() == search.best_estimator_.get_params()


def test_a_network_that_is_not_finite_keeps_its_weights() -> None:
    def spoil(progress: Any) -> None:
        if progress.finished and progress.epoch == 1:
            model.network_.parameters["encoder/embedding/embeddings"][:] = np.inf

    model = Transducer(**TINY | {"epochs": 2}, report=spoil, early_stopping=False)
    with pytest.raises(elman.ElmanError, match="layer encoder/embedding is not finite"):
        model.fit(*reversals(20, 1, **SHORT))
    assert all(np.isfinite(value).all() for value in model.network_.parameters.values())
