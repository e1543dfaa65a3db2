"""`elman summary`: the ledger as text and as JSON."""

import json
from pathlib import Path

from elman.encoders import OneHotEncoder

from .conftest import Run


class TestSummary:
    def test_ledger_as_text_and_json(self, run: Run, files: Path) -> None:
        text = run("summary", files / "model").out
        ledger = json.loads(run("summary", files / "model", "--json").out)
        assert f"{ledger['parameters']} parameters" in text
        assert sum(line["count"] for line in ledger["ledger"]) == ledger["parameters"]
        assert "16*16 = 256 in the feedback loop" in text
        assert text.startswith("TextClassifier(")
        assert "units=16" in text.splitlines()[0]

    def test_an_encoder(self, run: Run, tmp_path: Path) -> None:
        OneHotEncoder(max_vocabulary=3).fit(["a b c d"]).save(tmp_path / "e")
        lines = run("summary", tmp_path / "e").out.splitlines()
        assert lines == ["OneHotEncoder(max_vocabulary=3)", "an encoder of 3 words, 3 features"]
        found = json.loads(run("summary", tmp_path / "e", "--json").out)
        assert (found["kind"], found["words"], found["features"]) == ("OneHotEncoder", 3, 3)
        assert found["parameters"]["max_vocabulary"] == 3
