"""The spreadsheet of a training step: formulas everywhere, which compute the engine's numbers."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest

from elman.engine import (
    GRU,
    LSTM,
    Bidirectional,
    Dense,
    Dropout,
    Embedding,
    Input,
    Network,
    OneHot,
    Pooling,
    SimpleRNN,
    Softmax,
)
from elman.errors import DataError, InputError
from elman.inspection import BPTTLedger, bptt, spreadsheet

WORDS = ["movie", "was", "=1+2", "good", "\x07"]
CELLS: dict[str, Any] = {
    "simple_rnn": SimpleRNN(3),
    "lstm": LSTM(3),
    "gru": GRU(2),
    "reset_before": GRU(3, reset_after=False),
    "backwards": LSTM(2, go_backwards=True, initial_state="random"),
    "relu": GRU(2, activation="relu", recurrent_activation="tanh"),
    "sigmoid": LSTM(2, activation="sigmoid"),
}
HEADS: dict[str, tuple[Dense, Any]] = {
    "sigmoid": (Dense(1, "sigmoid"), 1),
    "softmax": (Dense(3, "softmax"), 2),
    "linear": (Dense(2), [[0.3, -0.7]]),
}


def ledger_of(cell: str, head: str) -> BPTTLedger:
    last, label = HEADS[head]
    network = Network([OneHot(5), CELLS[cell], Dropout(0.5), last], dtype="float64")
    rng = np.random.default_rng(4)
    for value in network.parameters.values():
        value[...] = rng.normal(size=value.shape) * 0.6
    return bptt(network, [0, 1, 4, 2, 5], label, tokens=WORDS)


def engine_numbers(ledger: BPTTLedger) -> list[float]:
    """All that the engine says of the step, in full: gradients, signals, loss."""
    (layer,) = ledger.layers
    parts = [*ledger.gradients.values(), layer.dh, layer.da, layer.dh_start]
    return [ledger.loss, *(float(value) for part in parts for value in np.asarray(part).reshape(-1))]


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("cell", CELLS)
def test_what_is_computed_is_a_formula(cell: str, head: str, tmp_path: Path) -> None:
    ledger = ledger_of(cell, head)
    ledger.write_xlsx(tmp_path / "step.xlsx")
    book = openpyxl.load_workbook(tmp_path / "step.xlsx")
    assert book.sheetnames == ["About", "Weights", "Forward", "Output", "Backward", "Shares", "Check"]
    forward, backward, shares, check = (book[name] for name in ("Forward", "Backward", "Shares", "Check"))
    features, units, time = 5, ledger.layers[0].dh.shape[1], 5
    for row in forward.iter_rows(min_row=5, max_row=4 + time, min_col=3 + features):
        assert all(str(item.value).startswith("=") and item.data_type == "f" for item in row)
    for sheet, rows in ((backward, range(5, 5 + time)), (shares, [*range(5, 5 + time), 4 + time + 2])):
        for number in rows:
            assert all(item.data_type == "f" for item in sheet[number][2:])
    assert all(item.data_type == "f" for item in backward[4][2 : 2 + units])  # dL/d(state before)
    assert shares.max_column - 2 == sum(ledger.gradients[f"{ledger.layers[0].prefix}{name}"].size for name in
                                        ("kernel", "recurrent_kernel", "bias"))  # fmt: skip
    for row in check.iter_rows(min_row=4):
        assert row[3].data_type == row[5].data_type == "f" and row[4].data_type == "n"
    for number in (3, *([] if head == "linear" else [5]), 6, 7, 8):
        assert all(item.data_type == "f" for item in book["Output"][number][1:])
    # Words stand there as they are, whatever they look like.
    words = [forward.cell(5 + t, 2) for t in range(time)]
    order = -1 if cell == "backwards" else 1
    assert [word.value for word in words] == [*WORDS[:4], "\\x07"][::order]
    assert all(word.data_type == "s" for word in words)


def test_every_weight_and_gradient_stands_there(tmp_path: Path) -> None:
    ledger = ledger_of("lstm", "softmax")
    ledger.write_xlsx(tmp_path / "step.xlsx")
    book = openpyxl.load_workbook(tmp_path / "step.xlsx")
    given = {item.value for row in book["Weights"].iter_rows(min_col=2) for item in row if item.value is not None}
    own = {float(f"{w:.16g}") for value in ledger.reading.network.parameters.values() for w in value.reshape(-1)}
    assert given == own
    engine = {row[4].value for row in book["Check"].iter_rows(min_row=4)}
    assert {float(f"{value:.16g}") for value in engine_numbers(ledger)} <= engine


def test_refuses_with_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, ids = tmp_path / "step.xlsx", [0, 1]
    for layers, label, message in [
        ([Bidirectional(LSTM(2)), Dense(1, "sigmoid")], 1, "OneHot -> Bidirectional"),
        ([LSTM(2, return_sequences=True), GRU(2), Dense(1, "sigmoid")], 1, "LSTM -> GRU"),
        ([LSTM(2, return_sequences=True), Pooling("max"), Dense(1, "sigmoid")], 1, "Pooling"),
        ([LSTM(2), Dense(2, "tanh"), Dense(1, "sigmoid")], 1, "Dense.* in between"),
        ([LSTM(2, return_sequences=True), Dense(1, "sigmoid")], [1, 1], "at every word"),
        ([LSTM(2), Softmax(5)], 1, "ends with Softmax"),
        ([LSTM(300), Dense(1, "sigmoid")], 1, "too many"),
    ]:
        with pytest.raises(InputError, match=message):
            bptt(Network([OneHot(5), *layers], dtype="float64"), ids, label).write_xlsx(out)
    network = Network([OneHot(5), LSTM(2), Dense(1, "sigmoid")])
    with pytest.raises(InputError, match="no words"):
        bptt(network, [], 1).write_xlsx(out)
    with pytest.raises(InputError, match="dtype='float64'"):
        bptt(network, ids, 1, dtype="float32").write_xlsx(out)
    with pytest.raises(DataError, match="is a folder"):
        bptt(network, ids, 1).write_xlsx(tmp_path)
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(InputError, match=r'pip install "elman\[xlsx\]"'):
        bptt(network, ids, 1).write_xlsx(out)
    assert not list(tmp_path.iterdir())


def test_pooling_of_the_last_state_is_the_last_state(tmp_path: Path) -> None:
    network = Network(
        [Embedding(5, 3), SimpleRNN(2, return_sequences=True), Pooling("last"), Dense(1, "sigmoid")], dtype="float64"
    )
    bptt(network, [0, 1], 1).write_xlsx(tmp_path / "step.xlsx")
    assert openpyxl.load_workbook(tmp_path / "step.xlsx")["Check"].max_row > 10


def test_a_linear_output_takes_no_exponential(tmp_path: Path) -> None:
    ledger_of("simple_rnn", "linear").write_xlsx(tmp_path / "step.xlsx")
    output = openpyxl.load_workbook(tmp_path / "step.xlsx")["Output"]
    assert [output.cell(5, column).value for column in (1, 2, 3)] == ["exp", None, None]


def test_no_formula_takes_the_exponential_of_a_large_number(tmp_path: Path) -> None:
    ledger_of("lstm", "sigmoid").write_xlsx(tmp_path / "step.xlsx")
    book = openpyxl.load_workbook(tmp_path / "step.xlsx")
    formulas = [
        str(item.value) for sheet in book for row in sheet.iter_rows() for item in row if item.value is not None
    ]
    taken = [formula for formula in formulas if "EXP(" in formula]
    assert len(taken) == 5 * 3 * 3 + 2  # three gates a unit; the output twice
    assert all(formula.startswith(("=IF(", "=EXP(-ABS(")) for formula in taken)


def test_the_size_is_that_of_all_sheets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for cell in CELLS:
        ledger = ledger_of(cell, "sigmoid")
        ledger.write_xlsx(tmp_path / "step.xlsx")
        book = openpyxl.load_workbook(tmp_path / "step.xlsx")
        count = sum(item.data_type == "f" for sheet in book for row in sheet.iter_rows() for item in row)
        monkeypatch.setattr(spreadsheet, "FORMULAS", 1)
        with pytest.raises(InputError, match="too many") as raised:
            ledger.write_xlsx(tmp_path / "step.xlsx")
        monkeypatch.undo()
        said = int(re.findall(r"about ([\d,]+) formulas", str(raised.value))[0].replace(",", ""))
        assert abs(said - count) < 0.15 * count, cell


def saturated() -> dict[str, BPTTLedger]:
    """Where e to the power of a number that comes up is beyond all numbers."""
    draw = np.random.default_rng(0)
    wide = Network([Input(2), LSTM(2), Dense(1, "sigmoid")], dtype="float64")
    sure = Network([OneHot(5), SimpleRNN(2), Dense(1, "sigmoid")], dtype="float64")
    large = Network([OneHot(5), SimpleRNN(2, activation="relu"), Dense(1)], dtype="float64")
    for value in large.parameters.values():
        value[...] = abs(draw.normal(5, 0.5, value.shape))
    sure.parameters["dense/bias"][...] = -800
    return {
        "wide": bptt(wide, np.array([[1000.0, 2000.0], [-3000.0, 100.0]]), 1),
        "sure": bptt(sure, [0, 1, 2], 1),
        "large": bptt(large, [0, 1, 2], [[900.0]]),
    }


@pytest.mark.slow
def test_a_spreadsheet_computes_what_the_engine_computes(tmp_path: Path) -> None:
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    ledgers = saturated() | {f"{cell}-{head}": ledger_of(cell, head) for cell in CELLS for head in HEADS}
    for name, ledger in ledgers.items():
        ledger.write_xlsx(tmp_path / f"{name}.xlsx")
    subprocess.run(
        [office, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "xlsx", "--outdir",
         str(tmp_path / "computed"), *(str(tmp_path / f"{name}.xlsx") for name in ledgers)],
        check=True, capture_output=True, timeout=600,
    )  # fmt: skip
    for name, ledger in ledgers.items():
        book = openpyxl.load_workbook(tmp_path / "computed" / f"{name}.xlsx", data_only=True)
        rows = list(book["Check"].iter_rows(min_row=4, values_only=True))
        assert len(rows) >= len(engine_numbers(ledger))
        for row in rows:
            assert abs(row[3] - row[4]) <= 1e-12 * max(1, abs(row[4])), (name, row)
        assert book["Check"]["D1"].value <= 1e-12 * max(1, *(abs(row[4]) for row in rows))
