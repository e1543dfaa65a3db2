"""PublishedELMo: the weights that AllenNLP published, read without TensorFlow."""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from ..checks import check_path
from ..engine.kernels.activations import SIGMOID, TANH, apply_activation
from ..engine.kernels.product import Factor, add_product, multiply
from ..engine.layers import Input, Layer
from ..engine.packing import Packing, cut_into_shards
from ..engine.parallel import check_threads, in_order
from ..engine.state import State
from ..errors import ElmanError, InputError, ModelFolderError
from ..sequences import Sequences
from ..text import Tokenizer, Vocabulary
from ._characters import BEGIN_TEXT, END_TEXT, boundary, spell
from ._encoder import Array, TokenEncoder, check_texts
from ._published_files import DIRECTIONS, PROJECTION, Settings, check_settings, check_size, read_options, read_weights

__all__ = ["PublishedELMo"]

Ids = NDArray[np.int64]
Combine = Callable[[list[Array]], list[Array]]
WORDS = 512
"""Words that are spelled, convolved and projected together: what filters find in so many is held at a time."""
STRETCH = 256
"""Packed positions whose input products are made together, about: a text may be of any length."""
BEGIN, END = 0, 1
"""Rows of the table of words that stand for the beginning and the end of each text."""


@dataclass(frozen=True, eq=False)
class _Cell:
    """One direction of one layer. Gates i f g o; projection : of (units, width)."""

    kernel: Factor
    recurrent: Factor
    bias: Array
    projection: Factor


@dataclass(kw_only=True, eq=False, repr=False)
class PublishedELMo(TokenEncoder):
    """ELMo with the weights that AllenNLP published: a token is a vector that hangs on its whole text.

    A word is read by its characters, so none is unknown; two LSTMs, one for each direction, were trained to predict
    the next and the previous word (Peters et al. 2018, "Deep contextualized word representations"). Each text is
    read by itself, between a mark of its beginning and one of its end, and from states of zeros: give `layers_of` a
    state to go on from.

    Texts are lists of tokens, in their own letter case and cut as the Penn Treebank is, or strings, which `Tokenizer`
    cuts, letter case kept.

    Parameters
    ----------
    options_file, weight_file : str or os.PathLike
        The options (JSON) and the weights (HDF5: needs h5py, `pip install "elman[hdf5]"`), read by `fit`. A saved
        folder holds both.
    threads : int, optional
        As many as there are processors by default; changes no bit.

    Fitted: `settings_`, what the options say; `arrays_`, the weights, float32, by our names.
    """

    cased: ClassVar[bool] = True

    min_count: int = field(init=False, default=1)
    max_vocabulary: int | None = field(init=False, default=None)
    random_state: int = field(init=False, default=0)
    options_file: "str | os.PathLike[str] | None" = None
    weight_file: "str | os.PathLike[str] | None" = None

    settings_: Settings = field(init=False)
    arrays_: dict[str, Array] = field(init=False)

    def check_params(self) -> None:
        """Raise InputError if a parameter is not what it must be; `fit` asks first."""
        super().check_params()
        for name in ("options_file", "weight_file"):
            if getattr(self, name) is not None:
                check_path(name, getattr(self, name))

    def fit(self, x: Any = None, y: Any = None) -> Self:
        """Read the two files. Nothing is learned from texts.

        Raises
        ------
        InputError
            A file is not given, cannot be read, or is not what it must be; the two are not of the same model; h5py is
            not installed.
        """
        with self._as_before_after(BaseException):
            self.check_params()
            if x is not None:
                check_texts(x)
            self._forget()
            self._fitted_by_ = self._unfitted()
            settings = read_options(_given("options_file", self.options_file))
            self._take(settings, read_weights(_given("weight_file", self.weight_file), settings))
        return self

    def _take(self, settings: Settings, arrays: dict[str, Array]) -> None:
        self.settings_, self.arrays_ = settings, arrays
        self.vocabulary_, self.tokenizer_ = Vocabulary(()), Tokenizer(lowercase=False)

    # Encoding

    @property
    def features_(self) -> int:
        """Width of the vectors: of both directions."""
        self._check_fitted()
        return 2 * self.settings_.width

    def layer(self, word_dropout: float = 0.0) -> Layer:
        """Give an Input for the vectors, which are made before and not learned further; no word is dropped."""
        return Input(self.features_)

    def numbers(self, tokens: Iterable[list[str]]) -> Sequences:
        """Give the vectors of rows of tokens, what `transform` gives."""
        return self._encode(list(tokens), None, _mean)[0][0]

    def transform(self, x: Any) -> Sequences:
        """Give a vector a token, the mean over the layers: `Sequences` of (time, features) float32."""
        self._check_fitted()
        return self.numbers(self._tokens(check_texts(x)))

    def layers_of(self, x: Any, state: State | None = None, return_state: bool = False) -> Any:
        """Give what each layer gives for each token.

        Parameters
        ----------
        x : list of str, or of lists of tokens
        state : State, optional
            What each text begins with, such as another call ended with: as if a text followed that of the same number.
            Each direction goes on from where it stood, so the backward one begins a text with what it ended at the
            beginning of the one before. The published models were trained so.
        return_state : bool
            Give the states after each text as well.

        Returns
        -------
        layers : list of Sequences of (time, features) float32
            The words alone, which stand twice, side by side, then each layer of LSTMs, the forward half first.
        state : State, if asked for
        """
        self._check_fitted()
        layers, last = self._encode(self._tokens(check_texts(x)), state, lambda made: made)
        return (layers, last) if return_state else layers

    def _encode(self, tokens: list[list[str]], state: State | None, combine: Combine) -> tuple[list[Sequences], State]:
        """Give what `combine` makes of the layers' vectors of each token, and the states after each row."""
        self._check_fitted()
        threads, settings = check_threads(self.threads), self.settings_
        table, ids = self._read_words(tokens, threads)
        before = self._state(state, len(tokens))
        last = {name: np.empty_like(value) for name, value in before.items()}
        cells = {name: self._cell(name) for name in settings.cells()}
        count, kept = len(combine([table[:0]] * (settings.layers + 1))), ids.lengths - 2
        offsets = np.append(0, np.cumsum(kept)).astype(np.int64)
        out = [np.empty((int(offsets[-1]), self.features_), np.float32) for _ in range(count)]

        def one(rows: Ids) -> None:
            packing = Packing.from_lengths(ids.lengths[rows])
            x, own = table[ids.values[packing.places(ids.offsets[rows])]], {name: v[rows] for name, v in before.items()}
            row, time = packing.positions()
            inside = np.flatnonzero((time > 0) & (time < packing.lengths[row] - 1))
            places = offsets[rows][row[inside]] + time[inside] - 1
            for target, made in zip(out, combine(_layers(x, packing, cells, settings, own)), strict=True):
                target[places] = made[inside]
            for name, value in own.items():
                last[name][rows] = value

        in_order(one, cut_into_shards(ids.lengths), threads)
        return [Sequences(values, offsets) for values in out], State(last)

    def _read_words(self, tokens: list[list[str]], threads: int) -> tuple[Array, Sequences]:
        """Give a vector for each different word, and the rows of these that each text is, its ends marked."""
        numbers: dict[str, int] = {}
        rows = [[BEGIN, *(numbers.setdefault(word, len(numbers) + 2) for word in row), END] for row in tokens]
        marks = [boundary(BEGIN_TEXT), boundary(END_TEXT)]
        spelled = spell(numbers, self.settings_.longest, first=marks)
        layer = self.settings_.words
        own = {name.removeprefix("words/"): value for name, value in self.arrays_.items() if name.startswith("words/")}
        weights = layer.prepare(own)
        parts = [spelled.take(part) for part in np.split(np.arange(len(spelled)), range(WORDS, len(spelled), WORDS))]
        table = np.concatenate(in_order(lambda part: layer.read(weights, part)[0], parts, threads))
        return table, Sequences.from_rows(rows)

    def _state(self, state: State | None, rows: int) -> dict[str, Array]:
        """Give what each row begins with. Raises InputError for a state that does not fit."""
        wanted = {name: (rows, units) for name, units in self.settings_.states().items()}
        if state is None:
            return {name: np.zeros(shape, np.float32) for name, shape in wanted.items()}
        given = {name: a.shape for name, a in state.arrays.items()} if isinstance(state, State) else state
        if given != wanted or any(array.dtype != np.float32 for array in state.arrays.values()):
            raise InputError(
                f"state must be what layers_of gives for {rows} texts with return_state=True, got {given!r:.200}"
            )
        return {name: np.array(array) for name, array in state.arrays.items()}

    def _cell(self, name: str) -> _Cell:
        kernel, recurrent, bias, projection = (
            self.arrays_[f"{name}/{part}"] for part in ("kernel", "recurrent_kernel", "bias", "projection")
        )
        return _Cell(Factor(kernel), Factor(recurrent), bias, Factor(projection))

    # Saving

    def arrays(self) -> dict[str, Array]:
        """Give the weights."""
        return self.arrays_

    def facts(self) -> dict[str, Any]:
        """Give the settings."""
        return {"settings": asdict(self.settings_)}

    def _restore(self, arrays: Mapping[str, Array], facts: Mapping[str, Any]) -> None:
        try:
            settings = Settings(**facts["settings"])
            check_settings(settings)
            check_size(settings, {name: array.shape for name, array in arrays.items()}, PROJECTION)
        except (ElmanError, TypeError, KeyError) as error:
            raise ModelFolderError(f"the settings of a published ELMo are damaged: {error}") from None
        shapes = {name: array.shape for name, array in arrays.items()}
        if shapes != settings.shapes() or any(array.dtype != np.float32 for array in arrays.values()):
            wrong = sorted(set(shapes.items()) ^ set(settings.shapes().items()))
            raise ModelFolderError(f"the settings do not go with the arrays: {wrong!r:.200}")
        self._take(settings, dict(arrays))

    def _card(self) -> str:
        return (
            "# PublishedELMo\n\nELMo with published weights: "
            f"{self.features_} features a token. `elman.load(folder)` reads it.\n\n    {self!r}\n"
        )


def _mean(layers: list[Array]) -> list[Array]:
    total = layers[0].copy()
    for layer in layers[1:]:
        total += layer
    return [total / np.float32(len(layers))]


def _given(name: str, path: "str | os.PathLike[str] | None") -> Path:
    if path is None:
        raise InputError(f"{name} must be the path of a file of a published ELMo, got None")
    return Path(path)


# The two directions


def _layers(
    x: Array, packing: Packing, cells: Mapping[str, _Cell], settings: Settings, states: dict[str, Array]
) -> list[Array]:
    """Give what each layer gives, (tokens, 2 width) in packed order; `states` become those after each row."""
    made: list[list[Array]] = []
    for direction in DIRECTIONS:
        order = packing.reversal() if direction == "backward" else np.arange(packing.tokens)
        read, outputs = x[order], [x]
        for number in range(settings.layers):
            name = f"{direction}_{number}"
            h = _run(cells[name], read, packing, settings, states[f"{name}/h"], states[f"{name}/c"])
            read = h + read if settings.residual and number else h
            outputs.append(read[order])
        made.append(outputs)
    return [np.concatenate(halves, axis=1) for halves in zip(*made, strict=True)]


def _run(cell: _Cell, x: Array, packing: Packing, settings: Settings, h: Array, c: Array) -> Array:
    """Give the outputs of one direction of one layer, (tokens, width), from x, likewise, both in the order of reading.

    h, c : (rows, width) and (rows, units), the states before, which become those after each row's last time step

    a_t = b + x_t W + h_{t-1} W_h,  c_t = clip(f ∘ c_{t-1} + i ∘ g),  h_t = clip((o ∘ tanh(c_t)) P)
    (Sak et al. 2014, "Long short-term memory based recurrent neural network architectures")
    """
    out = np.empty_like(x)
    width, gates = h.shape[1], 4 * c.shape[1]
    for first, end in packing.stretches(STRETCH):
        begin = int(packing.starts[first])
        stop = int(packing.starts[end]) if end < len(packing.starts) else packing.tokens
        a = multiply(x[begin:stop], cell.kernel.forward, cell.bias)
        for t in range(first, end):
            rows, at = int(packing.batch_sizes[t]), int(packing.starts[t])
            add_product(h, 0, 0, cell.recurrent.forward.data, False, width, a, at - begin, 0, gates, rows)
            h[:rows] = _step(cell, a[at - begin : at - begin + rows], c[:rows], settings)
            out[at : at + rows] = h[:rows]
    return out


def _step(cell: _Cell, a_t: Array, c: Array, settings: Settings) -> Array:
    """Give h_t, (rows, width), from the pre-activations, (rows, 4 units); c becomes c_t in place."""
    rows, units = c.shape
    gates = np.ascontiguousarray(a_t.reshape(rows, 4, units).transpose(1, 0, 2))
    for part, activation in ((gates[:2], SIGMOID), (gates[2], TANH), (gates[3], SIGMOID)):
        apply_activation(part.reshape(-1), activation)
    i_t, f_t, g_t, o_t = gates
    c[:] = _clip(f_t * c + i_t * g_t, settings.cell_clip)
    k_t = np.array(c)
    apply_activation(k_t.reshape(-1), TANH)
    return _clip(multiply(o_t * k_t, cell.projection.forward), settings.projection_clip)


def _clip(values: Array, limit: float | None) -> Array:
    return values if limit is None else np.asarray(np.clip(values, -limit, limit))
