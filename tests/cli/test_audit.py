"""`elman audit`, `evaluate --audit`, and the short form that `train` prints."""

import json
from pathlib import Path

import pytest
from rich.cells import cell_len

import elman
from elman.cli.audit import print_audit
from elman.inspection import Audit
from elman.inspection.confidence import Share
from elman.inspection.telling import Flip

from .conftest import Run

FEW = ("--epochs", 2, "--units", 6, "--embedding-dim", 6)


@pytest.fixture(scope="module")
def order(files: Path) -> Path:
    """Reviews that the model of `files` was not trained on."""
    test = elman.order_reviews(120, 5)
    lines = [f'"{text}",{label}' for text, label in zip(test.texts, test.labels, strict=True)]
    for name, n in (("order.csv", 120), ("few.csv", 12)):
        (files / name).write_text("text,label\n" + "\n".join(lines[:n]) + "\n")
    return files / "order.csv"


class TestAudit:
    def test_prints_figures_a_verdict_and_what_flips_in_80_columns(self, run: Run, files: Path, order: Path) -> None:
        result = run("audit", files / "model", order, "--train", files / "train.csv")
        assert result.status == 0
        lines = result.out.splitlines()
        assert lines[0] == "120 texts, read by the model, and by others that were trained on 400 other texts"
        assert lines[3].startswith("recurrent model")
        assert sum(" to " in line for line in lines[3:12]) == 9
        assert any(line.startswith("Word order matters: the recurrent model is ahead of ") for line in lines)
        assert "get another answer; those that say most" in result.out
        assert all(len(line.rstrip()) <= 80 for line in lines)
        assert "training the order-blind twin" in result.err

    def test_texts_are_shown_without_what_steers_a_terminal(self, capsys: pytest.CaptureFixture[str]) -> None:
        share, order = Share(0.5, 0.4, 0.6), "好" * 60
        flips = (Flip(0, f"\x1b[2J\x9b31m {order}", f"{order}\u202e\x07", "\x1b]0;x", "y", 0.9, 0.1),)
        print_audit(Audit("undecided", "Undecided.", "Wait.", 9, 0, "others", 0.05, 0.01, 0.02, (), 0, 0, share, flips))
        lines = capsys.readouterr().out.splitlines()
        assert not {"\x1b", "\x9b", "\u202e", "\x07"} & set("".join(lines))
        assert lines[-2].startswith("\\x1b]0;x 0.900  \\x1b[2J\\x9b31m 好") and lines[-1].endswith("好...")
        assert all(cell_len(line.rstrip()) <= 80 for line in lines)

    def test_json_alone_on_stdout_and_the_level_in_it(self, run: Run, files: Path, order: Path) -> None:
        options = ("--train", files / "train.csv", "--level", 0.01, "--margin", 0.05, "--seed", 3, "--threads", 1)
        found = json.loads(run("audit", files / "model", order, "--json", *options).out)
        assert (found["verdict"], found["level"], found["margin"], found["n"]) == ("matters", 0.01, 0.05, 120)

    def test_one_file_is_enough(self, run: Run, files: Path, order: Path) -> None:
        result = run("audit", files / "model", order, "--folds", 2)
        assert result.status == 0
        assert result.out.startswith("120 texts, in 2 folds, each read by models with these settings")
        assert "fold 2 of 2" in result.err

    def test_texts_that_were_learned_from_draw_a_warning(self, run: Run, files: Path) -> None:
        result = run("audit", files / "model", files / "dev.jsonl", "--train", files / "dev.jsonl")
        assert "Warning: 100 texts of" in result.err

    def test_a_report_warns_of_them_as_well(self, run: Run, files: Path, tmp_path: Path) -> None:
        (files / "hole.csv").write_text('text,label\n"the plot was fine",1\n"the plot was poor",0\n,1\n')
        (files / "four.csv").write_text('text,label\n"the plot was fine",1\n"it was poor",0\n"it was fine",1\n')
        options = ("--out", tmp_path / "a.html", "--audit", "--train", files / "hole.csv")
        result = run("report", files / "model", files / "four.csv", *options)
        assert "Warning: left out 1 row" in result.err
        assert "Warning: 1 text of" in result.err and "were learned from" in result.err

    @pytest.mark.parametrize(
        ("options", "status", "message"),
        [
            (("model", "order.csv", "--level", "2"), 2, "--level must be above 0 and below 0.5, got 2.0"),
            (("model", "order.csv", "--margin", "0"), 2, "--margin must be above 0"),
            (("model", "order.csv", "--folds", "1"), 2, "'1' is not a whole number, 2 or more"),
            (("model", "order.csv", "--train", "train.csv", "--folds", "2"), 2, "--folds has no effect with --train"),
            (("model", "no.csv"), 1, "no such file"),
            (("tagger", "tagged.txt"), 1, "got a Tagger: what stands at a word"),
            (("model", "two.csv"), 1, "rows must hold two classes with two different rows each"),
            (("model", "six.csv", "--folds", "10"), 1, "in 6 different rows, folds=10"),
            (("bag", "order.csv"), 1, "got one with layers=0"),
        ],
    )
    def test_mistakes_are_one_line(
        self, run: Run, files: Path, order: Path, options: tuple[str, ...], status: int, message: str
    ) -> None:
        (files / "two.csv").write_text("text,label\ngood,1\nbad,0\n")
        (files / "six.csv").write_text("text,label\n" + "".join(f"word {n},{n % 2}\n" for n in range(6)))
        if not (files / "bag").exists():
            elman.TextClassifier(layers=0, epochs=1).fit(["good", "bad"], [1, 0]).save(files / "bag")
        model, data, *more = options
        result = run("audit", files / model, files / data, *[files / o if o == "train.csv" else o for o in more])
        assert (result.status, result.out) == (status, "")
        assert message in result.err and result.err.count("\n") == 1

    def test_evaluate_prints_the_whole(self, run: Run, files: Path, order: Path) -> None:
        result = run("evaluate", files / "model", files / "few.csv", "--audit")
        assert "macro_f1" in result.out and "order-blind twin" in result.out
        assert result.out.index("macro_f1") < result.out.index("recurrent model")
        refused = run("evaluate", files / "tagger", files / "tagged.txt", "--audit")
        assert (refused.status, refused.out) == (1, "")
        assert "got a Tagger" in refused.err

    def test_evaluate_refuses_before_it_measures(self, run: Run, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def measured(*given: object) -> None:
            raise AssertionError

        monkeypatch.setattr("elman.estimators.evaluate", measured)
        (files / "two.csv").write_text("text,label\ngood,1\nbad,0\n")
        result = run("evaluate", files / "model", files / "two.csv", "--audit")
        assert (result.status, result.out) == (1, "") and "two different rows" in result.err

    def test_evaluate_has_it_in_json(self, run: Run, files: Path, order: Path) -> None:
        found = json.loads(run("evaluate", files / "model", files / "few.csv", "--audit", "--json").out)
        assert found["n"] == found["audit"]["n"] == 12
        assert "audit" not in json.loads(run("evaluate", files / "model", order, "--json").out)


class TestShortForm:
    def test_train_says_what_shuffled_words_cost(self, run: Run, files: Path, tmp_path: Path) -> None:
        result = run("train", files / "train.csv", "--out", tmp_path / "m", *FEW)
        assert "words shuffled: " in result.out
        assert "of 36 texts right instead of" in result.out  # a tenth of 2 epochs of 360 rows, each text read twice
        assert all(len(line.rstrip()) <= 80 for line in result.out.splitlines()[5:])
        assert "Words shuffled: " in (tmp_path / "m" / "README.md").read_text()

    def test_in_json(self, run: Run, files: Path, tmp_path: Path) -> None:
        options = ("--out", tmp_path / "m", "--no-baseline", "--json", "--dev", files / "dev.jsonl", *FEW)
        found = json.loads(run("train", files / "train.csv", *options).out)["word_order"]
        assert found["n"] == 40
        assert found["loss"]["value"] == pytest.approx(found["in_order"]["value"] - found["shuffled"]["value"])
        assert json.loads(run("train", files / "train.csv", *options, "--no-audit").out)["word_order"] is None

    @pytest.mark.parametrize("options", [("--no-audit",), ("--layers", 0)])
    def test_it_is_skipped(self, run: Run, files: Path, tmp_path: Path, options: tuple[str, ...]) -> None:
        sizes = () if "--layers" in options else ("--units", 6)
        common = ("--no-baseline", "--epochs", 1, "--embedding-dim", 6)
        result = run("train", files / "train.csv", "--out", tmp_path / "m", *common, *sizes, *options)
        assert result.status == 0 and "words shuffled" not in result.out

    def test_nothing_is_said_of_texts_that_were_learned_from(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("text,label\ngood,1\nbad,0\n")
        result = run("train", tmp_path / "a.csv", "--out", tmp_path / "m", *FEW)
        assert "too little to hold back" in result.out and "words shuffled" not in result.out

    def test_it_is_for_classifiers(self, run: Run, files: Path, tmp_path: Path) -> None:
        result = run("train", files / "tagged.txt", "--task", "tag", "--out", tmp_path / "m", "--no-audit")
        assert result.status == 2
        assert "--audit and --no-audit have no effect with --task tag: leave them out" in result.err
