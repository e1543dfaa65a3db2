"""`elman translate`, and the other commands with transducers."""

import json
from pathlib import Path

import pytest

import elman
from elman.data import reversals

from .conftest import Run

FAST = ("--task", "translate", "--level", "token", "--epochs", 2, "--units", 6, "--embedding-dim", 4)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """pairs.tsv, and a model folder, reverser."""
    folder = tmp_path_factory.mktemp("pairs")
    sources, targets = reversals(500, 1, longest=4, symbols="abc")
    lines = [f"{source}\t{target}" for source, target in zip(sources, targets, strict=True)]
    (folder / "pairs.tsv").write_text("source\ttarget\n" + "\n".join(lines) + "\n")
    settings = {"units": 16, "embedding_dim": 8, "epochs": 14, "learning_rate": 0.02, "batch_size": 32}
    elman.Transducer(level="token", **settings).fit(sources, targets).save(folder / "reverser")  # type: ignore[arg-type]
    return folder


class TestTranslate:
    def test_a_text_a_line(self, run: Run, models: Path) -> None:
        result = run("translate", models / "reverser", "a b c", "c c a")
        assert (result.status, result.err, result.out) == (0, "", "c b a\na c c\n")

    def test_arguments_files_and_stdin_give_the_same(self, run: Run, models: Path, tmp_path: Path) -> None:
        expected = run("translate", models / "reverser", "a b", "c", "--json").out
        assert [json.loads(line) for line in expected.splitlines()] == [
            {"source": "a b", "target": "b a"},
            {"source": "c", "target": "c"},
        ]
        (tmp_path / "a.txt").write_text("a b\nc\n")
        (tmp_path / "a.csv").write_text("x1,from\n1,a b\n2,c\n")
        for file in ("a.txt", "a.csv"):
            assert run("translate", models / "reverser", "--file", tmp_path / file, "--json").out == expected
        named = run("translate", models / "reverser", "--file", tmp_path / "a.csv", "--source-column", "from", "--json")
        assert named.out == expected
        assert run("translate", models / "reverser", "--file", "-", "--json", stdin=b"a b\nc\n").out == expected

    def test_lines_of_stdin_are_texts_unless_a_column_is_named(self, run: Run, models: Path) -> None:
        for content in (b"x\nabc\n", b"source\na b\n", b"{\na\n"):
            result = run("translate", models / "reverser", "--file", "-", stdin=content)
            assert (result.status, len(result.out.splitlines()), result.err) == (0, 2, "")
        table = b"from,n\na b,1\n"
        result = run("translate", models / "reverser", "--file", "-", stdin=table)
        assert (result.status, len(result.out.splitlines())) == (0, 2)
        assert result.err.startswith("Warning: -: the first line, 'from,n', is read as a text")
        named = run("translate", models / "reverser", "--file", "-", "--source-column", "from", stdin=table)
        assert (named.status, named.out, named.err) == (0, "b a\n", "")

    def test_beam_search(self, run: Run, models: Path) -> None:
        result = run("translate", models / "reverser", "a b c", "--beam", 3, "--length-penalty", 0.5)
        assert (result.status, result.out) == (0, "c b a\n")

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ((), "give texts as arguments, or a file"),
            (("a", "--length-penalty", "1"), "--length-penalty has no effect without --beam"),
            (("a", "--beam", "0"), "'0' is not a whole number, 1 or more"),
            (
                ("a", "--beam", "2", "--length-penalty", "11"),
                "--length-penalty must be a number from 0 to 10, got 11.0",
            ),
            (
                ("a", "--beam", "2", "--length-penalty", "nan"),
                "--length-penalty must be a number from 0 to 10, got nan",
            ),
            (
                ("a", "--beam", "2", "--length-penalty", "-1"),
                "--length-penalty must be a number from 0 to 10, got -1.0",
            ),
            (("a", "--source-column", "x"), "--source-column has no effect on texts that are arguments"),
        ],
    )
    def test_mistakes(self, run: Run, models: Path, options: tuple[str, ...], message: str) -> None:
        result = run("translate", models / "reverser", *options)
        assert (result.status, result.out) == (2, "")
        assert message in result.err
        assert result.err.endswith("; see elman translate --help\n")

    def test_line_breaks_are_printed_as_spaces(self, run: Run, tmp_path: Path) -> None:
        quick = {"units": 8, "embedding_dim": 4, "epochs": 40, "learning_rate": 0.03, "batch_size": 4}
        sources, targets = ["a", "b"], ["x\ny", "y"]
        model = elman.Transducer(level="char", early_stopping=False, **quick)  # type: ignore[arg-type]
        model.fit(sources * 20, targets * 20).save(tmp_path / "m")
        assert run("translate", tmp_path / "m", *sources).out == "x y\ny\n"
        lines = run("translate", tmp_path / "m", *sources, "--json").out.splitlines()
        assert [json.loads(line)["target"] for line in lines] == targets

    def test_other_commands_and_models_name_the_right_one(self, run: Run, models: Path, files: Path) -> None:
        for command in ("predict", "tag"):
            result = run(command, models / "reverser", "a b")
            assert result.status == 1
            assert "is a Transducer" in result.err
            assert "elman translate" in result.err
        assert "elman predict" in run("translate", files / "model", "a b").err


class TestTrain:
    def test_from_a_file_to_figures(self, run: Run, models: Path, tmp_path: Path) -> None:
        result = run("train", models / "pairs.tsv", "--out", tmp_path / "m", *FAST)
        assert result.status == 0
        assert "500 pairs, from" in result.err
        assert "measured on 50 pairs, held back from the training data" in result.out
        assert "exact_match" in result.out
        card = (tmp_path / "m" / "README.md").read_text()
        assert "exact_match" in card.replace("\\", "")
        assert "elman translate" in card
        table = run("evaluate", tmp_path / "m", models / "pairs.tsv").out.splitlines()
        assert table[0].split() == ["n", "exact_match", "tokens", "unknown", "loss", "perplexity"]
        assert (table[1].split()[0], table[1].split()[3]) == ("500", "0.00%")
        figures = json.loads(run("evaluate", models / "reverser", models / "pairs.tsv", "--json").out)
        assert figures["exact_match"] > 0.9

    def test_columns_and_a_dev_part(self, run: Run, models: Path, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("en,de\nred,rot\ngreen,\nblue,blau\n")
        columns = ("--source-column", "en", "--target-column", "de")
        result = run("train", tmp_path / "a.csv", "--out", tmp_path / "m", *columns, "--dev", tmp_path / "a.csv", *FAST)
        assert result.status == 0
        assert "left out 1 row without source or target" in result.err
        assert elman.load(tmp_path / "m").source_vocabulary_.words == ("red", "blue")
        assert run("evaluate", tmp_path / "m", tmp_path / "a.csv", *columns).status == 0
        assert "usual name for the source" in run("evaluate", tmp_path / "m", tmp_path / "a.csv").err

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (("--pooling", "max"), "--pooling has no effect with --task translate"),
            (("--tag-column", "2"), "--tag-column has no effect with --task translate"),
            (("--teacher-forcing", "2"), "--teacher-forcing must be a number from 0 to 1"),
            (("--layers", "0"), "--layers must be 1 or more"),
            (("--longest", "0"), "'0' is not a whole number, 1 or more"),
        ],
    )
    def test_mistakes(self, run: Run, models: Path, tmp_path: Path, options: tuple[str, ...], message: str) -> None:
        result = run("train", models / "pairs.tsv", "--task", "translate", "--out", tmp_path / "m", *options)
        assert (result.status, result.out) == (2, "")
        assert message in result.err

    def test_targets_that_cannot_be_written_draw_a_warning(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "a.tsv").write_text("source\ttarget\n" + "june the first\t2003-06-01\n" * 4)
        fast = ("--task", "translate", "--epochs", 1, "--units", 4, "--embedding-dim", 4)
        result = run("train", tmp_path / "a.tsv", "--out", tmp_path / "m", *fast)
        assert result.status == 0
        (warned,) = [line for line in result.err.splitlines() if "Warning" in line]
        assert warned.startswith("Warning: --level word writes 3 of 3 targets in another way")  # one is held back
        assert warned.endswith("'2003-06-01': no output can be one of these; give --level char or --level token")
        assert "Warning" not in run("train", tmp_path / "a.tsv", "--out", tmp_path / "m", *fast, "--level", "char").err

    def test_training_that_diverges(self, run: Run, models: Path, tmp_path: Path) -> None:
        loud = ("--learning-rate", 3000, "--clip-norm", 1e9, "--epochs", 3)
        result = run("train", models / "pairs.tsv", "--out", tmp_path / "m", *FAST, *loud, "--json")
        assert "far above that of a constant answer, 1.61: training diverges; lower --learning-rate" in result.err
        assert result.err.count("Warning") == 1
        figures = json.loads(result.out, parse_constant=pytest.fail)["evaluation"]
        assert (figures["perplexity"] is None) == (figures["loss"] > 709.8)
        assert figures["perplexity"] is None
        again = json.loads(
            run("evaluate", tmp_path / "m", models / "pairs.tsv", "--json").out, parse_constant=pytest.fail
        )
        assert again["perplexity"] is None

    def test_options_of_other_tasks(self, run: Run, files: Path, tmp_path: Path) -> None:
        for option in (("--no-attention",), ("--teacher-forcing", "0.5"), ("--source-column", "a")):
            result = run("train", files / "train.csv", "--out", tmp_path / "m", *option)
            assert f"{option[0].replace('no-', '')} has no effect with --task classify" in result.err


def test_summary_shows_both_parts(run: Run, models: Path) -> None:
    text = run("summary", models / "reverser").out
    ledger = json.loads(run("summary", models / "reverser", "--json").out)
    assert text.startswith("Transducer(")
    assert f"{ledger['parameters']} parameters" in text
    assert [layer["class"] for layer in ledger["encoder"]] == ["Embedding", "Bidirectional"]
    assert [layer["class"] for layer in ledger["decoder"]] == ["Embedding", "LSTM", "CrossAttention", "Softmax"]
