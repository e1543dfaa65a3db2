"""The two files that AllenNLP published for each ELMo: options (JSON) and weights (HDF5), in our words and layouts."""

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..checks import is_number
from ..engine.layers import CharacterConvolution
from ..engine.layers._layer import Shape
from ..errors import InputError
from ._characters import CHARACTERS
from ._encoder import Array

__all__ = ["DIRECTIONS", "PROJECTION", "Settings", "check_settings", "check_size", "read_options", "read_weights"]

DIRECTIONS = ("forward", "backward")
THEIRS = {
    "words/characters": "char_embed",
    "words/filter_kernel": "CNN/W_cnn_{}",
    "words/filter_bias": "CNN/b_cnn_{}",
    "words/highway_kernel": "CNN_high_{}/W_transform",
    "words/highway_bias": "CNN_high_{}/b_transform",
    "words/gate_kernel": "CNN_high_{}/W_carry",
    "words/gate_bias": "CNN_high_{}/b_carry",
    "words/projection_kernel": "CNN_proj/W_proj",
    "words/projection_bias": "CNN_proj/b_proj",
} | {
    f"{direction}/{ours}": f"RNN_{number}/RNN/MultiRNNCell/Cell{{}}/LSTMCell/{theirs}"
    for number, direction in enumerate(DIRECTIONS)
    for ours, theirs in {"kernel": "W_0", "recurrent_kernel": "W_0", "bias": "B", "projection": "W_P_0"}.items()
}
"""What the file calls the arrays in which ours stand, their numbers left out."""
PROJECTION = "words/projection_kernel"
"""The array that has a row for each filter of characters."""


@dataclass(frozen=True)
class Settings:
    """What options.json says, in our words.

    units : of a cell; width : of what a cell gives, of its projection
    cell_clip, projection_clip : bounds of the cell state and of what a cell gives; None for none
    residual : whether what a layer reads is added to what it gives, from the second layer on
    """

    filters: tuple[tuple[int, int], ...]
    embedding_dim: int
    highways: int
    longest: int
    activation: str
    layers: int
    units: int
    width: int
    cell_clip: float | None
    projection_clip: float | None
    residual: bool

    @property
    def words(self) -> CharacterConvolution:
        """The layer that turns characters into words."""
        rest = (self.embedding_dim, self.filters, self.highways, self.longest, self.activation)
        return CharacterConvolution(CHARACTERS, self.width, *rest)

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Give the shape of each array by its name."""
        lines = self.words.connections(Shape(None, sequence=True))
        found: dict[str, tuple[int, ...]] = {f"words/{p.name}": p.shape for line in lines for p in line.parameters}
        for name in self.cells():
            found[f"{name}/kernel"] = found[f"{name}/recurrent_kernel"] = (self.width, 4 * self.units)
            found |= {f"{name}/bias": (4 * self.units,), f"{name}/projection": (self.units, self.width)}
        return found

    def cells(self) -> list[str]:
        """Name the cells, such as "forward_0"."""
        return [f"{direction}_{number}" for direction in DIRECTIONS for number in range(self.layers)]

    def states(self) -> dict[str, int]:
        """Name the states with their widths, such as "forward_0/h"."""
        return {f"{name}/{part}": n for name in self.cells() for part, n in (("h", self.width), ("c", self.units))}


def read_options(path: Path) -> Settings:
    try:
        given = json.loads(path.read_bytes())
        cnn, lstm = given["char_cnn"], given["lstm"]
        settings = Settings(
            filters=cnn["filters"],
            embedding_dim=cnn["embedding"]["dim"],
            highways=cnn["n_highway"],
            longest=cnn["max_characters_per_token"],
            activation=cnn["activation"],
            layers=lstm["n_layers"],
            units=lstm["dim"],
            width=lstm["projection_dim"],
            cell_clip=lstm.get("cell_clip"),
            projection_clip=lstm.get("proj_clip"),
            residual=lstm.get("use_skip_connections", False),
        )
        characters = cnn.get("n_characters", CHARACTERS + 2)
    except OSError as error:
        raise InputError(f"options_file: {path} cannot be read: {error.strerror or error}") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"options_file: {path} holds no options of a published ELMo: {error!r:.200}") from None
    if characters not in (CHARACTERS + 1, CHARACTERS + 2):  # with padding, and with what masks whole words
        raise InputError(f"options_file: {path}: n_characters must be 261 or 262, got {characters!r:.80}")
    check_settings(settings)
    return settings


def check_settings(settings: Settings) -> None:
    """Raise InputError for settings that no model has."""
    _ = settings.words  # which checks its own
    for name in ("layers", "units"):
        value = getattr(settings, name)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise InputError(f"{name} of a published ELMo must be a positive integer, got {value!r:.80}")
    for name in ("cell_clip", "projection_clip"):
        value = getattr(settings, name)
        if value is not None and not (is_number(value) and 0 < value < np.inf):
            raise InputError(f"{name} of a published ELMo must be a positive number or null, got {value!r:.80}")
    if not isinstance(settings.residual, bool):
        raise InputError(f"use_skip_connections must be true or false, got {settings.residual!r:.80}")
    if settings.longest < 3:
        raise InputError(f"max_characters_per_token must be 3 or more, got {settings.longest}")


def read_weights(path: Path, settings: Settings) -> dict[str, Array]:
    """Give the weights by our names, in our layouts. Raises InputError naming what is missing, left or does not fit."""
    _check_hdf5(path)
    import h5py

    with _told(path), h5py.File(path, "r") as file:
        held = _datasets(file)
        check_size(settings, {name: dataset.shape for name, dataset in held.items()}, _theirs(PROJECTION))
        shapes = settings.shapes()
        _check_names({_theirs(name) for name in shapes}, set(held))
        for name, shape in shapes.items():
            _check_dataset(held[_theirs(name)], _their_shape(name, shape, settings))
        return {name: _ours(name, _float32(held[_theirs(name)]), shape) for name, shape in shapes.items()}


def _check_hdf5(path: Path) -> None:
    """Raise InputError unless this is a file of HDF5, and h5py is there to read it."""
    try:
        import h5py
    except ImportError:
        raise InputError('weight_file is HDF5, which h5py reads: pip install "elman[hdf5]"') from None
    try:
        open(path, "rb").close()  # so that the system says what is wrong, in its words and not in HDF5's
    except (OSError, ValueError) as error:
        raise InputError(f"weight_file: {path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if not h5py.is_hdf5(path):
        raise InputError(f"weight_file: {path} cannot be read as HDF5: it is a file of something else, or damaged")


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say which file does not go with the options; what h5py says of a damaged one is its own affair."""
    try:
        yield
    except InputError as error:
        raise InputError(f"weight_file: {path}: {error}") from None
    except (OSError, RuntimeError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"weight_file: {path} is damaged or cut off ({type(error).__name__}); fetch it anew") from None


def _datasets(file: Any) -> dict[str, Any]:
    """Give the arrays of the file, not yet read, by their whole names."""
    held: dict[str, Any] = {}
    file.visititems(lambda name, item: held.update({name: item} if hasattr(item, "shape") else {}))
    return held


def check_size(settings: Settings, held: Mapping[str, tuple[int, ...]], projection: str) -> None:
    """Raise InputError for settings that name more than is held, before all that they name is listed.

    held : shapes of arrays by name; projection : the name of the one that has a row a filter
    """
    if max(settings.layers, settings.highways) > len(held):
        raise InputError(
            f"{settings.layers} layers and {settings.highways} highways do not go with a file of {len(held)} arrays"
        )
    filters, shape = sum(number for _, number in settings.filters), held.get(projection)
    if shape is None or shape[:1] != (filters,):
        got = "no such array" if shape is None else f"shape {shape}"
        raise InputError(f"{projection} must have a row for each of the {filters} filters of the options, got {got}")


def _check_names(wanted: set[str], held: set[str]) -> None:
    for names, fault in ((wanted - held, "holds no {}, which the options name"), (held - wanted, "holds {} as well")):
        if names:
            more = f" ({len(names)} such arrays)" if len(names) > 1 else ""
            raise InputError(
                fault.format(min(names)) + f"{more}: options and weights are not of the same model; fetch both anew"
            )


def _check_dataset(dataset: Any, shape: tuple[int, ...]) -> None:
    if dataset.dtype.kind not in "fiu" or dataset.shape != shape:
        raise InputError(
            f"{dataset.name[1:]} must be numbers of shape {shape}, as the options say, "
            f"got {dataset.dtype} of shape {dataset.shape}"
        )


def _kind_and_number(name: str) -> tuple[str, str]:
    """Tell "words/filter_kernel" and "3" from "words/filter_3_kernel"."""
    return re.sub(r"_\d+", "", name), "".join(filter(str.isdigit, name))


def _theirs(name: str) -> str:
    """Give what the file calls the array in which one of ours stands."""
    kind, number = _kind_and_number(name)
    return THEIRS[kind].format(number)


def _their_shape(name: str, shape: tuple[int, ...], settings: Settings) -> tuple[int, ...]:
    """Give the shape of the file's array, from that of ours, which stands in it."""
    kind, number = _kind_and_number(name)
    if kind == "words/filter_kernel":
        width, filters = settings.filters[int(number)]
        return (1, width, settings.embedding_dim, filters)
    return (2 * shape[0], shape[1]) if kind.endswith("kernel") and not kind.startswith("words/") else shape


def _ours(name: str, values: Array, shape: tuple[int, ...]) -> Array:
    """Give one array in our layout.

    Theirs: convolutions (1, width, dim, filters); gates in the order i g f o, where the forget gate's bias is 1 more
    than what is stored; kernels of what is read and of the state in one, one below the other.
    """
    layer, part = name.split("/")
    if layer == "words" or part == "projection":
        return values.reshape(shape)
    if part == "bias":
        bias: Array = _gates(values[None])[0]
        bias[len(bias) // 4 : len(bias) // 2] += 1
        return bias
    both = _gates(values)
    return np.ascontiguousarray(both[: shape[0]] if part == "kernel" else both[shape[0] :])


def _gates(values: Array) -> Array:
    """Bring blocks of columns from the order i g f o, which TensorFlow's cell calls i j f o, into i f g o."""
    i, g, f, o = np.split(values, 4, axis=1)
    return np.concatenate([i, f, g, o], axis=1)


def _float32(dataset: Any) -> Array:
    with np.errstate(over="ignore", invalid="ignore"):
        values = np.asarray(dataset[...], np.float32)
    if not np.isfinite(values).all():
        raise InputError(f"{dataset.name[1:]} holds NaN, infinity, or what is so in float32; fetch the file anew")
    return values
