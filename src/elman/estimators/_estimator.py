"""scikit-learn's protocol for estimators, spoken without importing scikit-learn.

`import elman` and predicting must not pay the second that scikit-learn takes to import. Its tools ask an
estimator for `get_params`, `set_params` and `__sklearn_tags__`; only the last needs scikit-learn, and only
scikit-learn calls it.
"""

import inspect
import sys
from abc import ABC, abstractmethod
from typing import Any, Self

from ..errors import InputError, NotFittedError

__all__ = ["Estimator", "not_fitted"]


class Estimator(ABC):
    """Constructor arguments are the parameters: stored as given, checked in `fit`."""

    @classmethod
    def _parameter_names(cls) -> list[str]:
        return sorted(name for name in inspect.signature(cls.__init__).parameters if name != "self")

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Give the constructor's arguments by name."""
        return {name: getattr(self, name) for name in self._parameter_names()}

    def set_params(self, **params: Any) -> Self:
        """Change arguments of the constructor. Raises InputError for a name that it does not have."""
        names = self._parameter_names()
        for name, value in params.items():
            if name not in names:
                raise InputError(f"{type(self).__name__} has no parameter {name!r}; it has {', '.join(names)}")
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        defaults = inspect.signature(type(self).__init__).parameters
        changed = [
            f"{name}={value!r:.60}"
            for name, value in self.get_params().items()
            if value is not defaults[name].default and value != defaults[name].default
        ]
        return f"{type(self).__name__}({', '.join(changed)})"

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that this is a classifier, and what it reads."""
        from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags

        return Tags(
            estimator_type="classifier",
            target_tags=TargetTags(required=True),
            classifier_tags=ClassifierTags(),
            input_tags=InputTags(**self._reads()),
        )

    @abstractmethod
    def _reads(self) -> dict[str, bool]:
        """Give scikit-learn's names of what `x` may be."""


def not_fitted(message: str) -> NotFittedError:
    """Give the error that is also scikit-learn's own, if that is loaded: who catches that has imported it."""
    theirs = sys.modules.get("sklearn.exceptions")
    if theirs is None:
        return NotFittedError(message)
    kind = type("NotFittedError", (NotFittedError, theirs.NotFittedError), {"__module__": NotFittedError.__module__})
    error: NotFittedError = kind(message)
    return error
