"""What the ledger of a training step holds: the way back through each layer, the gradients, a check of any weight."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..engine.cells import Cell, Weights
from ..engine.gradcheck import STEP
from ..engine.unroll import WayBack
from ..errors import InputError
from ..estimators.reading import Reading
from .trace_files import TraceRow, length_rows, vector_rows, write_rows

__all__ = ["BPTTLedger", "LayerLedger", "Share", "WeightCheck"]

Array = NDArray[Any]


class Share(NamedTuple):
    """What one time step adds to the gradients of a cell's weights.

    t : the word, counted from 0
    kernel : (features, gates * units), x_t.T da_t
    recurrent_kernel : (units, gates * units), h_prev.T da_t; of GRU's candidate h_prev.T (r_t da_n), or, with the reset
        before the product, (r_t h_prev).T da_n
    bias : (gates * units,), da_t; of GRU with the reset after (2, gates * units), the second row da_r, da_z, r_t da_n
    """

    t: int
    kernel: Array
    recurrent_kernel: Array
    bias: Array


@dataclass(frozen=True)
class WeightCheck:
    """A derivative by one weight: as the ledger has it, and as a central difference of the loss."""

    name: str
    index: tuple[int, ...]
    analytic: float
    numeric: float
    step: float
    relative_error: float


@dataclass(frozen=True, eq=False)
class LayerLedger:
    """The way back through one recurrent layer, in one direction. Rows stand in the order of the words.

    name, kind, direction : as in `LayerTrace`
    prefix : what the full names of its weights begin with
    dh : (time, units), dL/dh_t, by all ways: the layer above at t, and all time steps that are read later
    dh_above : (time, units), the part that comes from above at t; of a last state, at the word read last alone
    dc : (time, units), dL/dc_t of LSTM by the time steps read later; the way through h_t comes on top. None of others
    da : (time, gates * units), dL/da_t
    dh_start : (units,), dL/d(state before the word read first)
    norms : (time,), the length of dL/dh_t: the signal, as it goes back
    share_norms : (time,) each, the length of the time step's share, by "kernel", "recurrent_kernel", "bias"
    """

    name: str
    kind: str
    direction: str
    prefix: str
    dh: Array
    dh_above: Array
    dc: Array | None
    da: Array
    dh_start: Array
    norms: NDArray[np.float64]
    share_norms: Mapping[str, NDArray[np.float64]]
    _way: WayBack

    @property
    def cell(self) -> Cell:
        """Its readable equations, with their settings."""
        return self._way.cell

    def shares(self) -> Iterator[Share]:
        """Give the share of each time step, from the word read last to the first, which is the order of their sum.

        They are what the engine's loop adds up, made anew at each call: all of a long text are too large to keep.
        """
        for step in self._way:
            yield Share(self._word(step.t), *step.shares)

    def _word(self, t: int) -> int:
        """Give which word was read at a time step."""
        return t if self.direction == "forward" else len(self.dh) - 1 - t

    def added_up(self) -> dict[str, Array]:
        """Give the sum of all shares, in the engine's order, by full names: its gradients, `==`."""
        total = Weights(*(np.zeros_like(weight) for weight in self._way.weights))
        for share in self.shares():
            total = Weights(*(a + b for a, b in zip(total, share[1:], strict=True)))
        return {self.prefix + name: value for name, value in zip(Share._fields[1:], total, strict=True)}

    def quantities(self) -> Iterator[tuple[str, Array]]:
        """Give each vector of a time step, (time, width), with its name."""
        yield "dL/dh_t", self.dh
        yield "from above", self.dh_above
        if self.dc is not None:
            yield "dL/dc_t", self.dc
        yield "dL/da_t", self.da

    def lengths(self) -> Iterator[tuple[str, Array]]:
        """Give the length of the signal and of each share, (time,), with its name."""
        yield "|dL/dh_t|", self.norms
        yield from ((f"|share of {name}|", values) for name, values in self.share_norms.items())


@dataclass(frozen=True, eq=False)
class BPTTLedger:
    """The step on one text: loss, gradients, and how they came about; what of training it leaves out, see `bptt`.

    reading : tokens, known words; its network is the copy in the ledger's dtype that was differentiated
    targets : what was to come out
    loss : mean over the outputs, in nats for classes
    layers : the recurrent layers, as in `Trace`
    gradients : by full name of each trainable parameter, before clipping, as the readable engine gives them
    norm : the length of all of them together
    clip_norm, scale : what they are brought down to, None for never; the factor that does it, 1.0 where clipping did
        not strike
    differences : how far the compiled engine's gradients are from these, the largest difference by the largest
        gradient: {"float64": {name: ...}, "float32": {name: ...}}
    """

    reading: Reading
    targets: Array
    loss: float
    layers: tuple[LayerLedger, ...]
    gradients: Mapping[str, Array]
    norm: float
    clip_norm: float | None
    scale: float
    differences: Mapping[str, Mapping[str, float]]

    @property
    def clipped(self) -> dict[str, Array]:
        """The gradients after clipping, which the optimizer is given."""
        return {name: value * value.dtype.type(self.scale) for name, value in self.gradients.items()}

    @property
    def struck(self) -> bool:
        """Whether clipping made them smaller."""
        return self.scale != 1.0

    def check(self, name: str, index: int | tuple[int, ...], step: float = STEP) -> WeightCheck:
        """Compare the derivative by one weight with a central difference of the loss.

        Parameters
        ----------
        name : of a parameter, such as "simple_rnn/kernel"
        index : which of its weights
        step : how far the weight is moved, up and down

        Raises
        ------
        InputError
            No such weight, or a ledger in float32, which has too few digits to take differences.

        Examples
        --------
        >>> from elman.engine import Dense, Network, OneHot, SimpleRNN
        >>> from elman.inspection import bptt
        >>> network = Network([OneHot(5), SimpleRNN(3), Dense(1, "sigmoid")])
        >>> bptt(network, [0, 1, 4, 2], 0).check("simple_rnn/recurrent_kernel", (0, 2)).relative_error < 1e-8
        True
        """
        network = self.reading.network
        where = self._weight(name, index)
        if network.dtype != np.float64:
            raise InputError("a numeric check needs dtype='float64': float32 has too few digits to take differences")
        if isinstance(step, bool) or not isinstance(step, (int, float)) or not 0 < step < np.inf:
            raise InputError(f"step must be a positive number, got {step!r:.80}")
        weights = network.parameters[name]
        value, losses = weights[where], []
        try:
            for moved in (value + step, value - step):
                weights[where] = moved
                losses.append(network.differentiate(self.reading.sequences, self.targets, threads=1).loss)
        finally:
            weights[where] = value
        analytic, numeric = float(self.gradients[name][where]), (losses[0] - losses[1]) / (2 * step)
        scale = max(abs(analytic), abs(numeric))
        return WeightCheck(name, where, analytic, numeric, step, abs(analytic - numeric) / scale if scale else 0.0)

    def _weight(self, name: str, index: Any) -> tuple[int, ...]:
        if name not in self.gradients:
            raise InputError(f"name must be one of {', '.join(self.gradients)}, got {name!r:.80}")
        where, shape = index if isinstance(index, tuple) else (index,), self.gradients[name].shape
        whole = all(isinstance(i, (int, np.integer)) and not isinstance(i, bool) for i in where)
        if not whole or len(where) != len(shape) or not all(0 <= i < n for i, n in zip(where, shape, strict=True)):
            raise InputError(f"index must be that of a weight of {name}, of shape {shape}, got {index!r:.80}")
        return tuple(int(i) for i in where)

    def to_rows(self) -> Iterator[TraceRow]:
        """Give dL/dh_t, dL/da_t and so on, a row for each number, and the lengths of the shares; as `Trace.to_rows`."""
        for layer in self.layers:
            where = layer.name, layer.direction, self.reading.tokens
            yield from vector_rows(*where, layer.quantities())
            yield from length_rows(*where, layer.lengths())

    def to_json(self) -> dict[str, Any]:
        """Give it as JSON can hold it; of the gradients their lengths."""
        from .bptt_text import ledger_json

        return ledger_json(self)

    def write_csv(self, path: str | os.PathLike[str]) -> None:
        """Write `to_rows()` with a header, all or nothing. Raises DataError where the file cannot be written."""
        write_rows(path, self.to_rows(), TraceRow._fields)

    def write_xlsx(self, path: str | os.PathLike[str]) -> None:
        """Write the whole step as live formulas of a spreadsheet; see `inspection.spreadsheet`.

        Raises
        ------
        InputError
            A network of another make than one recurrent layer below Dense; one that is too large; no openpyxl.
        DataError
            The file cannot be written.
        """
        from .spreadsheet import write_spreadsheet

        write_spreadsheet(self, path)

    def table(self, units: int | None = None, words: int = 12) -> str:
        """Write it as a text that fits 80 columns; parameters as of `Trace.table`."""
        from .bptt_text import ledger_table

        return ledger_table(self, units, words)

    def __str__(self) -> str:
        return self.table()
