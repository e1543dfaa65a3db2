"""`elman evaluate`: table, JSON, labels that do not fit."""

import json
from pathlib import Path

from .conftest import Run


class TestEvaluate:
    def test_table_and_json_agree(self, run: Run, files: Path) -> None:
        figures = json.loads(run("evaluate", files / "model", files / "dev.jsonl", "--json").out)
        assert {"n", "accuracy", "macro_f1", "loss"} <= figures.keys()
        assert figures["n"] == 100
        table = run("evaluate", files / "model", files / "dev.jsonl").out
        assert f"{figures['accuracy']:.4f}" in table
        assert all(word in table for word in ("macro_f1", "precision", "recall"))

    def test_labels_of_other_kinds_are_refused(self, run: Run, files: Path, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("text,label\ngood,pos\nbad,neg\n")
        result = run("evaluate", files / "model", tmp_path / "a.csv")
        assert result.status == 1
        assert "a.csv, line 2: the label 'pos' is none of the classes of training, 0, 1; correct it" in result.err

    def test_a_label_that_training_lacked_is_found_in_dev_data(self, run: Run, files: Path, tmp_path: Path) -> None:
        (tmp_path / "dev.csv").write_text("text,label\ngood,1\nbad,2\n")
        result = run("train", files / "train.csv", "--dev", tmp_path / "dev.csv", "--out", tmp_path / "m")
        assert result.status == 1
        assert "dev.csv, line 3: the label '2' is none of the classes of training, 0, 1" in result.err

    def test_model_and_data_in_the_other_order(self, run: Run, files: Path) -> None:
        result = run("evaluate", files / "train.csv", files / "model")
        assert result.status == 1
        assert "train.csv: is a file, not a model folder; name the folder that a model was saved to" in result.err

    def test_one_class_alone_can_be_measured(self, run: Run, files: Path, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("text,label\nthe movie was good but not great,0\n")
        assert json.loads(run("evaluate", files / "model", tmp_path / "a.csv", "--json").out)["n"] == 1
