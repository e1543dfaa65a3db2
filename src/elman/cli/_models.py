"""Loading a model for commands that read texts."""

from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ModelFolderError

if TYPE_CHECKING:
    from ..estimators import TextClassifier

__all__ = ["load_text_model"]


def load_text_model(path: Path, threads: int | None) -> "TextClassifier":
    """Load a model folder. Raises ModelFolderError for one that reads numbers instead of texts."""
    from ..estimators import TextClassifier, load

    model = load(path)
    if not isinstance(model, TextClassifier):
        raise ModelFolderError(
            f"{path}: is a {type(model).__name__}, which reads sequences of numbers; use it from Python"
        )
    return model.set_params(threads=threads)
