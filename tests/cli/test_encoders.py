"""Encoders on the command line: `train --encoder`, `compare`, `embed`, `neighbors`."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import elman
from elman.cli import _options
from elman.cli.compare import _alike
from elman.encoders import NAMED, MeanOfVectors, OneHotEncoder, Pretrained, Word2Vec, WordVectors
from elman.estimators import EncoderFigures
from elman.estimators._encoding import ENCODERS

from .conftest import Run

FAST = ("--epochs", 2, "--units", 4, "--no-baseline")


def test_the_names_are_the_estimators() -> None:
    assert _options.ENCODERS == ENCODERS == ("embedding", *NAMED)


class TestTrain:
    @pytest.mark.parametrize(
        "encoder", [*_options.ENCODERS[1:-1], pytest.param(_options.ENCODERS[-1], marks=pytest.mark.slow)]
    )
    def test_an_encoder_is_one_flag(self, encoder: str, run: Run, files: Path, tmp_path: Path) -> None:
        more = () if encoder == "one-hot" else ("--unlabelled", files / "dev.jsonl")
        options = (*FAST, "--encoder", encoder, *more)
        result = run("train", files / "train.csv", "--out", tmp_path / "m", *options)
        assert result.status == 0
        assert (f"{encoder} learns from the texts first, and from " in result.err) == NAMED[encoder].slow
        assert (f"{encoder} knows " in result.err) == NAMED[encoder].slow
        assert ("texts without labels besides" in result.err) == (encoder == "tfidf")
        assert ("elmo: epoch 1/10" in result.err) == (encoder == "elmo")
        assert elman.load(tmp_path / "m").encoder == encoder
        answers = run("predict", tmp_path / "m", "the movie was good", "", "zzz")
        assert answers.status == 0
        assert answers.out.count("\n") == 3
        assert run("evaluate", tmp_path / "m", files / "dev.jsonl").status == 0

    def test_more_texts_make_more_words_known(self, run: Run, files: Path, tmp_path: Path) -> None:
        (tmp_path / "more.txt").write_text("a wondrous word\n" * 6)
        options = (*FAST, "--encoder", "word2vec", "--embedding-dim", 4)
        for name, more in (("a", ()), ("b", ("--unlabelled", tmp_path / "more.txt"))):
            assert run("train", files / "train.csv", "--out", tmp_path / name, *options, *more).status == 0
        assert "wondrous" not in elman.load(tmp_path / "a").vocabulary_
        assert "wondrous" in elman.load(tmp_path / "b").vocabulary_

    def test_vectors_of_a_file_begin_the_embedding(self, run: Run, files: Path, tmp_path: Path) -> None:
        WordVectors(["the", "movie", "unheard"], np.eye(3)).save(tmp_path / "v.vec")
        (tmp_path / "more.txt").write_text("unheard of\n")
        given = ("--vectors", tmp_path / "v.vec", "--frozen", "--affixes", 0, "--unlabelled", tmp_path / "more.txt")
        result = run("train", files / "train.csv", "--out", tmp_path / "m", *FAST, *given)
        assert result.status == 0
        model = elman.load(tmp_path / "m")
        assert (
            f"2 of the {len(model.vocabulary_) - 1} words of the data have a vector in {tmp_path / 'v.vec'}"
            in result.err
        )
        table = model.network_.parameters["side_by_side/1/embeddings"]
        assert (table[model.vocabulary_.to_ids(["the", "movie", "unheard"])] == np.eye(3)).all()

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (("--unlabelled", "x"), "--unlabelled has no effect with --encoder embedding"),
            (("--unlabelled", "x", "--encoder", "one-hot"), "--unlabelled has no effect with --encoder one-hot"),
            (("--frozen",), "--frozen has no effect without vectors or an encoder"),
            (("--encoder", "tfidf", "--vectors", "x"), "--vectors x has no effect with --encoder tfidf"),
            (("--encoder", "elmoo"), "'elmoo' is not one of embedding, one-hot"),
            (("--encoder", "doc2vec", "--task", "tag"), "gives one vector a text, where a Tagger needs one a word"),
            (("--encoder", "tfidf", "--task", "generate"), "--encoder has no effect with --task generate"),
            (("--unlabelled", "x", "--task", "translate"), "--unlabelled has no effect with --task translate"),
            (("--encoder", "one-hot", "--frozen"), "--frozen has no effect with --encoder one-hot"),
            (("--encoder", "doc2vec", "--frozen"), "--frozen has no effect with --encoder doc2vec"),
            (("--encoder", "elmo", "--frozen"), "--frozen has no effect with --encoder elmo"),
            (("--encoder", "one-hot", "--affixes", "3"), "--affixes 3 has no effect with --encoder one-hot"),
            (("--encoder", "tfidf", "--layers", "0", "--embedding-dim", "9"), "--embedding-dim 9 has no effect"),
            (("--encoder", "tfidf", "--layers", "0", "--pooling", "max"), "--pooling max has no effect"),
            (("--vectors", "x", "--embedding-dim", "9"), "--embedding-dim 9 has no effect with --vectors x"),
            (("--hidden", "-1"), "--hidden must be widths of layers, 0 for none"),
        ],
    )
    def test_what_has_no_effect_is_refused(
        self, options: tuple[str, ...], message: str, run: Run, tmp_path: Path
    ) -> None:
        result = run("train", tmp_path / "absent", "--out", tmp_path / "m", *options)
        assert (result.status, result.out) == (2, "")
        assert message in result.err

    def test_a_damaged_file_of_vectors_writes_no_model(self, run: Run, files: Path, tmp_path: Path) -> None:
        (tmp_path / "v.vec").write_text("3 2\nthe 1 2\nmovie 1\n")
        result = run("train", files / "train.csv", "--out", tmp_path / "m", *FAST, "--vectors", tmp_path / "v.vec")
        assert result.status == 1
        assert "v.vec" in result.err
        assert "line 3" in result.err
        assert not (tmp_path / "m").exists()


class TestCompare:
    def test_a_row_for_each_encoder(self, run: Run, files: Path) -> None:
        options = (
            "--encoders",
            "one-hot,tfidf",
            "--epochs",
            1,
            "--units",
            4,
            "--seeds",
            2,
            "--test",
            files / "dev.jsonl",
        )
        result = run("compare", files / "train.csv", *options)
        assert result.status == 0
        lines = result.out.splitlines()
        assert lines[0].startswith("measured on 100 texts, ")
        assert lines[0].endswith("dev.jsonl")
        assert lines[1].split() == ["encoder", "accuracy", "std", "error", "spread", "seconds", "MB"]
        assert [line.split()[0] for line in lines[2:4]] == ["one-hot", "tfidf"]

    @pytest.mark.parametrize("options", [(), ("--json",)])
    def test_encoders_that_the_texts_do_not_tell_apart_are_named(
        self, options: tuple[str, ...], run: Run, tmp_path: Path
    ) -> None:
        (tmp_path / "few.csv").write_text("text,label\nmovie was good,1\nmovie was bad,0\n")
        given = ("--encoders", "one-hot,glove", "--epochs", 10, "--units", 4)
        result = run("compare", tmp_path / "few.csv", *given, *options)
        assert result.status == 0
        said = result.err if options else result.out
        sentence = "these texts do not tell one-hot from glove, the best: the difference may be chance"
        assert " ".join(said.split()).endswith(sentence)
        assert options or max(map(len, result.out.splitlines())) <= 80
        measured_on = "the training data itself (too little to hold back)"
        if options:
            assert [json.loads(line)["measured_on"] for line in result.out.splitlines()] == [measured_on] * 2
        else:
            assert f"measured on 2 texts, {measured_on}\n" in result.out

    def test_what_is_more_than_chance_is_not_called_chance(self) -> None:
        def figures(encoder: str, right: Any) -> EncoderFigures:
            return EncoderFigures(encoder, float(np.mean(right)), 0.0, None, 0.0, 0, len(right), "", np.array(right))

        best, worse = figures("glove", [1.0] * 40), figures("one-hot", [1.0] * 20 + [0.0] * 20)
        assert _alike([best]) is None
        assert _alike([worse, best]) is None
        near = figures("tfidf", [1.0] * 36 + [0.5] * 4)
        assert "do not tell tfidf from glove" in str(_alike([worse, best, near]))
        # Four of four: the interval of the difference lies above 0, but a fair coin does that in one of eight times.
        assert "do not tell one-hot from glove" in str(
            _alike([figures("one-hot", [0.0] * 4), figures("glove", [1] * 4)])
        )

    def test_figures_are_those_of_the_models(self, run: Run, files: Path) -> None:
        result = run("compare", files / "train.csv", "--encoders", "one-hot", "--dev", files / "dev.jsonl", "--json",
                     "--epochs", 2, "--units", 4, "--seed", 3)  # fmt: skip
        figures = json.loads(result.out)
        train, dev = elman.read_labelled(files / "train.csv"), elman.read_labelled(files / "dev.jsonl")
        model = elman.TextClassifier(encoder="one-hot", epochs=2, units=4, random_state=3)
        model.fit(*train, dev=(dev.texts, dev.labels))
        assert figures["accuracy"] == (p := model.score(*dev))
        assert figures["standard_error"] == pytest.approx((p * (1 - p) / 100) ** 0.5)
        assert figures["bytes"] > 4 * model.network_.count_params()

    def test_one_that_fails_leaves_the_figures_of_the_others(self, run: Run, tmp_path: Path) -> None:
        lines = [f"a{number},{number % 2}" for number in range(40)]
        (tmp_path / "rare.csv").write_text("text,label\n" + "\n".join(lines) + "\n")
        options = ("--encoders", "one-hot,glove,tfidf", "--epochs", 1, "--units", 2)
        result = run("compare", tmp_path / "rare.csv", *options)
        assert result.status == 1
        assert [line.split()[0] for line in result.out.splitlines()[1:4]] == ["encoder", "one-hot", "tfidf"]
        assert "Warning: glove: texts must hold known words that stand near each other" in result.err

    @pytest.mark.parametrize("options", [(), ("--json",)])
    def test_ctrl_c_leaves_what_was_measured(
        self, options: tuple[str, ...], run: Run, files: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fit = elman.TextClassifier.fit

        def stopped(self: Any, *given: Any, **more: Any) -> Any:
            if self.encoder == "tfidf":
                raise KeyboardInterrupt
            return fit(self, *given, **more)

        monkeypatch.setattr(elman.TextClassifier, "fit", stopped)
        given = ("--encoders", "one-hot,tfidf,glove", "--epochs", 1, "--units", 4)
        result = run("compare", files / "train.csv", *given, *options)
        assert result.status == 130
        assert "one-hot" in result.out
        assert result.out.count("\n") == 3 - 2 * len(options)
        assert "stopped; not measured: tfidf, glove" in result.err

    @pytest.mark.parametrize("command", [("compare",), ("train", "--no-baseline", "--out")])
    def test_what_to_do_where_no_row_can_be_held_back(self, command: tuple[str, ...], run: Run, tmp_path: Path) -> None:
        lines = [f"a{number},{number}" for number in range(1200)]
        (tmp_path / "rare.csv").write_text("text,label\n" + "\n".join(lines) + "\n")
        result = run(*command, *([tmp_path / "m"] if command[1:] else []), tmp_path / "rare.csv")
        assert (result.status, result.out) == (1, "")
        assert "so none can be held back: give --dev, rows to choose the epoch by\n" in result.err

    def test_an_unknown_encoder_is_refused(self, run: Run, files: Path) -> None:
        result = run("compare", files / "train.csv", "--encoders", "one-hot,bert")
        assert (result.status, result.out) == (2, "")
        assert "--encoders must be all, or some of embedding, one-hot" in result.err
        assert "got 'bert'; see" in result.err
        assert "got 'all' beside others" in run("compare", files / "train.csv", "--encoders", "all,glove").err

    def test_more_texts_that_no_encoder_learns_from_are_refused(self, run: Run, tmp_path: Path) -> None:
        result = run("compare", tmp_path / "absent", "--encoders", "embedding", "--unlabelled", "x")
        assert (result.status, result.out) == (2, "")
        assert "--unlabelled has no effect with --encoders embedding: add word2vec or another" in result.err


class TestEmbed:
    def test_words_texts_and_folders(self, run: Run, files: Path, tmp_path: Path) -> None:
        learn = ("--encoder", "word2vec", "--dimensions", 5, "--epochs", 2, "--min-count", 1)
        for name in ("v.vec", "v.npy", "e"):
            assert run("embed", files / "train.csv", *learn, "--out", tmp_path / name).status == 0
        encoder = elman.load(tmp_path / "e")
        assert isinstance(encoder, Word2Vec)
        assert (WordVectors.load(tmp_path / "v.vec").vectors == encoder.vectors_).all()
        assert np.load(tmp_path / "v.npy").shape == (400, 5)
        saved = ("embed", files / "train.csv", "--encoder", tmp_path / "e", "--out", tmp_path / "w.npy")
        assert run(*saved).status == 0
        assert (np.load(tmp_path / "w.npy") == np.load(tmp_path / "v.npy")).all()
        for option in ("--epochs", "--seed"):
            refused = run(*saved, option, 7)
            assert refused.status == 2
            assert f"{option} has no effect on an encoder that has learned: leave it out" in refused.err

    def test_a_seed_is_the_encoders(self, run: Run, files: Path, tmp_path: Path) -> None:
        learn = ("--encoder", "word2vec", "--dimensions", 5, "--epochs", 1, "--min-count", 1, "--seed", 7)
        assert run("embed", files / "train.csv", *learn, "--out", tmp_path / "v.vec").status == 0
        texts = elman.read_labelled(files / "train.csv").texts
        expected, other = (
            Word2Vec(dimensions=5, epochs=1, min_count=1, random_state=seed).fit(texts).vectors_ for seed in (7, 0)
        )
        assert (WordVectors.load(tmp_path / "v.vec").vectors == expected).all()
        assert (expected != other).any()

    def test_the_mean_of_vectors_that_was_saved(self, run: Run, files: Path, tmp_path: Path) -> None:
        encoder = MeanOfVectors(encoder=OneHotEncoder()).fit(["movie was good", "bad"])
        encoder.save(tmp_path / "e")
        given = ("--encoder", tmp_path / "e", "--threads", 1, "--out", tmp_path / "x.npy")
        assert run("embed", files / "dev.jsonl", *given).status == 0
        texts = elman.read_labelled(files / "dev.jsonl").texts
        assert (np.load(tmp_path / "x.npy") == encoder.transform(texts)).all()

    def test_vectors_of_a_file_are_those_of_texts(self, run: Run, files: Path, tmp_path: Path) -> None:
        known = WordVectors(["the", "movie", "unheard"], np.eye(3))
        known.save(tmp_path / "v.vec")
        given = ("--vectors", tmp_path / "v.vec", "--out", tmp_path / "x.npy")
        result = run("embed", files / "dev.jsonl", *given)
        texts = elman.read_labelled(files / "dev.jsonl").texts
        expected = MeanOfVectors(encoder=Pretrained(vectors=known)).fit(texts)
        assert (np.load(tmp_path / "x.npy") == expected.transform(texts)).all()
        assert f" words of the texts have a vector in {tmp_path / 'v.vec'}\n2 words, 3 features\n" in result.err
        assert result.err.startswith("2 of the ")

    def test_epochs_of_a_language_model_are_shown(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "few.txt").write_text("a good movie\na bad movie\n")
        given = ("--encoder", "elmo", "--epochs", 2, "--min-count", 1, "--out", tmp_path / "x.npy")
        result = run("embed", tmp_path / "few.txt", *given)
        assert result.status == 0
        assert "ELMo learns from 2 texts\nelmo: epoch 1/2  loss " in result.err

    def test_what_is_read_is_not_written_over(self, run: Run, files: Path, tmp_path: Path) -> None:
        texts, linked, vectors = tmp_path / "w.txt", tmp_path / "l.vec", tmp_path / "v.vec"
        texts.write_text("a good movie\n" * 9)
        linked.symlink_to(texts)
        WordVectors(["movie", "good"], np.eye(2)).save(vectors)
        (tmp_path / "t.html").write_bytes((files / "tagged.txt").read_bytes())
        (tmp_path / "t.svg").write_bytes((files / "tagged.txt").read_bytes())
        before = {path: path.read_bytes() for path in tmp_path.iterdir()}
        for *arguments, out in (
            ("embed", texts, "--encoder", "word2vec", "--min-count", 1, texts),
            ("embed", texts, "--encoder", "word2vec", "--min-count", 1, linked),
            ("embed", texts, "--vectors", vectors, vectors),
            ("report", files / "tagger", tmp_path / "t.html", tmp_path / "t.html"),
            ("plot", files / "tagger", "confusion", "--data", tmp_path / "t.svg", tmp_path / "t.svg"),
        ):
            result = run(*arguments, "--out", out)
            assert (result.status, result.out) == (2, "")
            assert f"{out}: is what the command reads, and would be lost; name another file to write" in result.err
        assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before

    def test_an_encoders_folder_that_is_read_is_not_written(self, run: Run, files: Path, tmp_path: Path) -> None:
        Word2Vec(min_count=1, dimensions=3, epochs=1).fit(["movie was good"] * 3).save(tmp_path / "e")
        result = run("embed", files / "dev.jsonl", "--vectors", tmp_path / "e", "--out", tmp_path / "e")
        assert result.status == 2
        assert "e: is what the command reads" in result.err
        assert type(elman.load(tmp_path / "e")) is Word2Vec

    def test_a_warning_of_more_vectors_than_memory_may_hold(
        self, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "few.txt").write_text("a good movie\na bad movie\n")
        monkeypatch.setattr("elman.cli.embed.LARGE", 31)
        for name, warned in (("x.npy", True), ("e", False)):
            result = run("embed", tmp_path / "few.txt", "--encoder", "one-hot", "--out", tmp_path / name)
            assert result.status == 0
            assert ("x.npy: 2 vectors of 4 numbers take 0.0 GB, in memory, too; --max-v" in result.err) == warned

    @pytest.mark.parametrize(
        ("options", "status", "message"),
        [
            (("--encoder", "bert", "--out", "x.npy"), 2, "--encoder must be one of one-hot, tfidf"),
            (("--encoder", "embedding", "--out", "x.npy"), 2, "--encoder must be one of one-hot, tfidf"),
            (("--encoder", "one-hot", "--dimensions", "3", "--out", "x.npy"), 2, "--dimensions has no effect"),
            (("--encoder", "tfidf", "--out", "x.vec"), 2, "has no vector of its own for each word"),
            (("--encoder", "word2vec", "--out", "x.vec.gz"), 2, "x.vec.gz: must be a name that ends in .vec, .txt"),
            (("--encoder", "word2vec", "--out", "a.csv"), 2, "a.csv: must be a name that ends in .vec, .txt"),
            (("--encoder", "word2vec", "--out", "-"), 2, "-: must be a name that ends in .vec, .txt"),
            (("--encoder", "word2vec", "--out", ".vec"), 2, ".vec: must be a name that ends in .vec, .txt"),
            (("--encoder", "elmo", "--out", "x.vec"), 2, "x.vec: ELMo has no vector of its own for each word"),
            (
                ("--encoder", "one-hot", "--seed", "3", "--out", "x.npy"),
                2,
                "--seed has no effect with --encoder one-hot",
            ),
            (("--vectors", "v", "--epochs", "3", "--out", "x.npy"), 2, "--epochs has no effect with --vectors: leave"),
            (("--vectors", "v", "--encoder", "glove", "--out", "x.npy"), 2, "and not both"),
            (("--out", "x.npy"), 2, "give --encoder, what makes vectors, or --vectors"),
            (("--encoder", "glove", "--min-count", "999", "--out", "x.vec"), 1, "in the texts: lower --min-count\n"),
        ],
    )
    def test_mistakes(
        self, options: tuple[str, ...], status: int, message: str, run: Run, files: Path, tmp_path: Path
    ) -> None:
        *others, name = options
        result = run("embed", files / "train.csv", *others, tmp_path / name)
        assert (result.status, result.out) == (status, "")
        assert message in result.err
        assert ("learns" in result.err) == ("--min-count" in options)
        assert list(tmp_path.iterdir()) == []

    def test_what_cannot_be_written_is_said_before_it_learns(self, run: Run, files: Path, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        (tmp_path / "v.npy").mkdir()
        (tmp_path / "notes").mkdir()
        (tmp_path / "notes" / "n").write_text("")
        before = sorted(tmp_path.rglob("*"))
        for name, message in (
            ("file/x.npy", "cannot be written: Not a directory"),
            ("file/x.vec", "cannot be written: Not a directory"),
            ("v.npy", "is a folder; name a file"),
            ("notes", "is a folder, but not of an Elman model"),
            ("file", "is a file; name a folder to be made"),
        ):
            result = run("embed", files / "train.csv", "--encoder", "word2vec", "--out", tmp_path / name)
            assert (result.status, result.out) == (1, "")
            assert message in result.err
            assert "learns" not in result.err
        assert sorted(tmp_path.rglob("*")) == before

    def test_an_encoder_and_a_model_do_not_replace_each_other(self, run: Run, files: Path, tmp_path: Path) -> None:
        OneHotEncoder().fit(["a b"]).save(tmp_path / "e")
        for arguments, message in (
            (
                ("embed", files / "train.csv", "--encoder", "one-hot", "--out", files / "model"),
                "a model, TextClassifier",
            ),
            (("train", files / "train.csv", "--out", tmp_path / "e"), "an encoder, OneHotEncoder"),
        ):
            result = run(*arguments)
            assert (result.status, result.out) == (1, "")
            assert f"holds {message}, which" in result.err
            assert result.err.count("\n") == 1
        assert run("embed", files / "train.csv", "--encoder", "tfidf", "--out", tmp_path / "e").status == 0

    def test_a_model_is_no_encoder_nor_an_encoder_a_model(self, run: Run, files: Path, tmp_path: Path) -> None:
        given = ("embed", files / "train.csv", "--encoder", files / "model", "--out", tmp_path / "x.npy")
        OneHotEncoder().fit(["a b"]).save(tmp_path / "e")
        for arguments, message in (
            (given, "holds a TextClassifier, which is no encoder"),
            (("predict", tmp_path / "e", "a"), "holds an encoder, OneHotEncoder, and no model; `elman embed"),
            (("evaluate", tmp_path / "e", files / "dev.jsonl"), "holds an encoder, OneHotEncoder, and no model"),
        ):
            result = run(*arguments)
            assert (result.status, result.out) == (1, "")
            assert message in result.err


class TestNeighbors:
    @pytest.fixture
    def vectors(self, tmp_path: Path) -> Path:
        words = ["king", "queen", "man", "woman", "apple"]
        WordVectors(words, [[1, 1, 0], [1, 0, 1], [0, 1, 0], [0, 0, 1], [-1, 0, 0]]).save(tmp_path / "v.txt")
        return tmp_path / "v.txt"

    def test_the_nearest_with_cosines(self, run: Run, vectors: Path) -> None:
        result = run("neighbors", vectors, "king", "--count", 2)
        assert (result.status, result.err) == (0, "")
        assert result.out == "man\t0.7071\nqueen\t0.5000\n"
        (first, *_) = run("neighbors", vectors, "king", "woman", "--less", "man", "--json").out.splitlines()
        assert json.loads(first)["word"] == "queen"

    def test_models_and_encoders_have_vectors_too(self, run: Run, files: Path, tmp_path: Path) -> None:
        assert run("neighbors", files / "model", "good", "--count", 3).out.count("\n") == 3
        assert run("neighbors", files / "tagger", "cat", "--count", 1).status == 0
        model: Any = elman.TextClassifier(encoder="one-hot", epochs=1).fit(["a b", "b c"] * 3, [0, 1] * 3)
        model.save(tmp_path / "m")
        result = run("neighbors", tmp_path / "m", "a")
        assert result.status == 1
        assert "has no vectors of words" in result.err

    def test_mistakes_are_one_line(self, run: Run, vectors: Path) -> None:
        for arguments, message in (
            ((vectors, "kinng"), "the nearest spellings are 'king'"),
            ((vectors, "QUEEN"), "the nearest spellings are 'queen'"),
            ((vectors.with_name("absent"), "a"), "no such file"),
        ):
            result = run("neighbors", *arguments)
            assert (result.status, result.out) == (1, "")
            assert message in result.err
            assert result.err.count("\n") == 1
