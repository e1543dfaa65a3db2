"""What a model folder is: its files and what they hold.

    config.json         "format", "format_version", the size and SHA-256 of the two files below, the caller's
                        settings, and a seal: the SHA-256 of all that
    model.safetensors   the weights
    vocabulary.txt      one word a line, in the order of their ids; absent where a model reads no words
    README.md           a card for people. They may edit it, so it is neither sealed nor read for use
"""

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

__all__ = ["ARRAYS", "CARD", "CONFIG", "FORMAT", "VERSION", "WORDS", "ModelFolder"]

FORMAT, VERSION = "elman-model", 1
CONFIG, ARRAYS, WORDS, CARD = "config.json", "model.safetensors", "vocabulary.txt", "README.md"


@dataclass(frozen=True, eq=False)
class ModelFolder:
    """What a model folder holds, as plain data.

    Parameters
    ----------
    config : dict
        Settings that JSON can hold; tuples come back as lists, keys as strings. Without the names that the format keeps for
        itself: "format", "format_version", "files", "sha256".
    arrays : dict of str to ndarray
        Weights by name, float32 or float64, of any shape, finite. As read they are C-contiguous, writeable
        and share memory with nothing else.
    vocabulary : tuple of str, or None
        Words in the order of their ids, all different; None where a model reads no words.
    card : str
        Markdown for people.
    """

    config: dict[str, Any]
    arrays: dict[str, NDArray[Any]]
    vocabulary: tuple[str, ...] | None
    card: str
