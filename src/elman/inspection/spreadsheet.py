"""A training step as a spreadsheet of live formulas: change a weight, and see the loss and every gradient change.

Sheets, in the order of the computation:

    About      what is what
    Weights    values: W_xh, W_hh, b_h of the cell, V and b of the output
    Forward    a row for each time step: x_t (values), then a_t, gates, states as formulas
    Output     logits, probabilities, loss, dL/dlogits
    Backward   a row for each time step, from the last to the first: dL/dh_t, dL/da_t
    Shares     what each time step adds to each gradient, and the sums
    Check      each number beside the float64 engine's (a value), and the difference

Its numbers are kept with 16 digits. openpyxl (the extra `xlsx`) writes it; LibreOffice and Excel compute it.
"""

import os
from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..engine.layers import Dense, Dropout, Pooling
from ..engine.layers._recurrent import Recurrent
from ..errors import InputError
from ..replacing import check_replaceable, replaced

if TYPE_CHECKING:
    from .bptt_ledger import BPTTLedger

__all__ = ["check_spreadsheet", "write_spreadsheet"]

Array = NDArray[Any]
FORMULAS = 100_000
"""At most: as much as a spreadsheet computes at once, and a person looks through."""
TERMS = 250
"""Features and units at most: a formula has a term for each, and 8,192 characters at most."""


def write_spreadsheet(ledger: "BPTTLedger", path: str | os.PathLike[str]) -> None:
    """Write a ledger's training step as live formulas, all or nothing; errors as of `check_spreadsheet`."""
    check_spreadsheet(ledger, path)
    from .spreadsheet_sheets import make_workbook

    workbook = make_workbook(ledger)
    with replaced(path) as file:
        workbook.save(file)


def check_spreadsheet(ledger: "BPTTLedger", path: str | os.PathLike[str]) -> None:
    """Raise the error of `write_spreadsheet` that can be told before anything is made.

    Raises
    ------
    InputError
        openpyxl is missing, the network is of another make, the text has no words, or there would be too many formulas.
    DataError
        The file cannot be written.
    """
    if find_spec("openpyxl") is None:
        raise InputError('spreadsheets need openpyxl: pip install "elman[xlsx]"')
    network = ledger.reading.network
    fault = next(_faults(network), None)
    if fault is not None:
        raise InputError(
            f"a spreadsheet shows one SimpleRNN, LSTM or GRU whose last state a Dense layer reads, but {fault}; "
            "write_csv writes any network"
        )
    if not ledger.reading.tokens:
        raise InputError("the text has no words, so there is no step through time to show")
    if network.dtype != np.float64:
        raise InputError("a spreadsheet computes in float64: make the ledger with dtype='float64'")
    _check_size(ledger)
    check_replaceable(path)


def _faults(network: Any) -> Iterator[str]:
    """Say what of a network a spreadsheet does not show."""
    layers = [layer for layer in network.layers[1:] if not isinstance(layer, Dropout)]
    recurrent = [layer for layer in layers if isinstance(layer, Recurrent)]
    if len(recurrent) != 1 or layers[0] is not recurrent[0]:
        yield f"this network has {' -> '.join(type(layer).__name__ for layer in network.layers)}"
    if network.shapes[-1].sequence:
        yield "this network answers at every word"
    for layer in layers[1:-1]:
        if layer != Pooling("last"):
            yield f"this network has {layer} in between"
    if not isinstance(network.head, Dense):
        yield f"this network ends with {type(network.head).__name__}"


def _check_size(ledger: "BPTTLedger") -> None:
    from .spreadsheet_cells import quantities_of

    (layer,) = ledger.layers
    features, (time, units) = len(ledger.gradients[f"{layer.prefix}kernel"]), layer.dh.shape
    weights = sum(ledger.gradients[layer.prefix + name].size for name in ("kernel", "recurrent_kernel", "bias"))
    numbers = time * units * sum(map(len, quantities_of(layer.cell)))
    formulas = 3 * numbers + (time + 3) * weights  # each beside the engine's and their difference; of shares the sums
    if features + units > TERMS or formulas > FORMULAS or weights > 16_000:
        raise InputError(
            f"{time} words, {features:,} features and {units} units would be about {formulas:,} formulas, too many to "
            f"look through: at most {FORMULAS:,}, with {TERMS} features and units; take a shorter text or a smaller "
            "network"
        )
