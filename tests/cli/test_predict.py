"""`elman predict`: arguments, files and stdin, and what is refused."""

import json
from pathlib import Path

import pytest

import elman

from .conftest import Run


class TestPredict:
    TEXTS = ("the plot was not fine but superb", "", "xyzzy", "the plot was fine but not superb")

    def test_one_line_a_text_in_order(self, run: Run, files: Path) -> None:
        lines = run("predict", files / "model", *self.TEXTS).out.splitlines()
        model = elman.load(files / "model")
        p = model.predict_proba(self.TEXTS)
        assert lines == [f"{row.argmax()}\t{row.max():.4f}" for row in p]
        assert lines[0][0] == "1"
        assert lines[3][0] == "0"

    def test_arguments_files_and_stdin_give_the_same_bits(self, run: Run, files: Path, tmp_path: Path) -> None:
        expected = run("predict", files / "model", *self.TEXTS, "--json").out
        content = "".join(text + "\n" for text in self.TEXTS)
        (tmp_path / "a.txt").write_text(content)
        (tmp_path / "a.csv").write_text("text\n" + "".join(f'"{text}"\n' for text in self.TEXTS))
        (tmp_path / "a.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in self.TEXTS))
        for name in ("a.txt", "a.csv", "a.jsonl"):
            assert run("predict", files / "model", "--file", tmp_path / name, "--json").out == expected
        assert run("predict", files / "model", "--file", "-", "--json", stdin=content.encode()).out == expected
        alone = "".join(run("predict", files / "model", text, "--json").out for text in self.TEXTS)
        assert alone == expected

    def test_json_is_one_object_a_line(self, run: Run, files: Path) -> None:
        items = [
            json.loads(line) for line in run("predict", files / "model", "çà\nlà 😀", "b", "--json").out.splitlines()
        ]
        assert [item["text"] for item in items] == ["çà\nlà 😀", "b"]
        assert items[0]["label"] in (0, 1)
        assert items[0]["probabilities"].keys() == {"0", "1"}
        assert sum(items[0]["probabilities"].values()) == pytest.approx(1)

    def test_the_name_of_a_file_draws_a_warning(self, run: Run, files: Path) -> None:
        result = run("predict", files / "model", files / "train.csv")
        assert result.status == 0
        assert len(result.out.splitlines()) == 1
        assert f"--file {files / 'train.csv'}" in result.err

    def test_an_argument_that_is_not_utf8_has_an_answer(self, run: Run, files: Path) -> None:
        result = run("predict", files / "model", "caf\udce9", "--json")
        assert result.status == 0
        assert json.loads(result.out)["text"] == "caf\ufffd"

    def test_a_model_of_numbers_says_that_it_reads_no_texts(self, run: Run, tmp_path: Path) -> None:
        elman.SequenceClassifier(epochs=1).fit([[0, 1], [1, 0]], [0, 1]).save(tmp_path / "m")
        result = run("predict", tmp_path / "m", "good")
        assert result.status == 1
        assert "SequenceClassifier, which reads sequences of numbers" in result.err

    def test_wrong_usage(self, run: Run, files: Path) -> None:
        assert run("predict", files / "model").status == 2
        assert run("predict", files / "model", "a", "--file", "b").status == 2
        column = run("predict", files / "model", "a", "--text-column", "b")
        assert column.status == 2
        assert "--text-column has no effect on texts that are arguments" in column.err
        assert run("predict", files / "nowhere", "a").status == 1
