"""`elman summary`: the ledger as text and as JSON."""

import json
from pathlib import Path

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
