"""scikit-learn's protocol for estimators, spoken without importing scikit-learn.

`import elman` and predicting must not pay the second that scikit-learn takes to import. Its tools ask an
estimator for `get_params`, `set_params` and `__sklearn_tags__`; only the last needs scikit-learn, and only
scikit-learn calls it.
"""

import inspect
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, Self

from .errors import InputError, NotFittedError

__all__ = ["Estimator", "not_fitted"]


class Estimator(ABC):
    """Constructor arguments are the parameters: stored as given, checked in `fit`. What `fit` learns ends with _."""

    _kind: ClassVar[str | None] = None
    """Of scikit-learn's kinds: "classifier", "transformer" or none."""
    _learns_targets: ClassVar[bool] = True
    """Whether `fit` cannot do without `y`."""

    @classmethod
    def _parameter_names(cls) -> list[str]:
        return sorted(name for name in inspect.signature(cls.__init__).parameters if name != "self")

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Give the constructor's arguments by name; `deep` adds those of an estimator among them, as name__argument."""
        own = {name: getattr(self, name) for name in self._parameter_names()}
        inner = {name: value for name, value in own.items() if deep and isinstance(value, Estimator)}
        nested = {f"{name}__{key}": value for name, part in inner.items() for key, value in part.get_params().items()}
        return own | nested

    def set_params(self, **params: Any) -> Self:
        """Change arguments of the constructor. Raises InputError for a name that it does not have."""
        names = self._parameter_names()
        for name, value in sorted(params.items(), key=lambda item: "__" in item[0]):
            part, nested, rest = name.partition("__")
            if nested and part in names and isinstance(getattr(self, part), Estimator):
                getattr(self, part).set_params(**{rest: value})
                continue
            if name not in names:
                raise InputError(f"{type(self).__name__} has no parameter {name!r}; it has {', '.join(names)}")
            setattr(self, name, value)
        return self

    def without_use(self) -> dict[str, str]:
        """Name the settings that change nothing, whatever they are, beside the others; with the reason and remedy."""
        return {}

    def __repr__(self) -> str:
        defaults = inspect.signature(type(self).__init__).parameters
        changed = [
            f"{name}={value!r:.60}"
            for name, value in self.get_params(deep=False).items()
            if not _is_same(value, defaults[name].default)
        ]
        return f"{type(self).__name__}({', '.join(changed)})"

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn what this is, and what it reads."""
        from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags, TransformerTags

        kind = self._kind
        return Tags(
            estimator_type=kind,
            target_tags=TargetTags(required=self._learns_targets),
            classifier_tags=ClassifierTags() if kind == "classifier" else None,
            transformer_tags=TransformerTags(preserves_dtype=[]) if kind == "transformer" else None,
            input_tags=InputTags(**self._reads()),
        )

    @abstractmethod
    def _reads(self) -> dict[str, bool]:
        """Give scikit-learn's names of what `x` may be."""

    def _forget(self) -> None:
        """Leave no part of an earlier training behind."""
        for name in [name for name in vars(self) if name.endswith("_")]:
            del vars(self)[name]

    @contextmanager
    def _as_before_after(self, errors: type[BaseException]) -> Iterator[None]:
        """Leave a fitted model as it was where one of these breaks off what is done with it."""
        before = dict(vars(self))
        try:
            yield
        except errors:
            vars(self).clear()
            vars(self).update(before)
            raise


def _is_same(value: Any, default: Any) -> bool:
    """Tell whether a setting is its default; arrays, which compare element by element, never are."""
    try:
        return value is default or bool(value == default)
    except ValueError:
        return False


def not_fitted(message: str) -> NotFittedError:
    """Give the error that is also scikit-learn's own, if that is loaded: who catches that has imported it."""
    theirs = sys.modules.get("sklearn.exceptions")
    if theirs is None:
        return NotFittedError(message)
    kind = type("NotFittedError", (NotFittedError, theirs.NotFittedError), {"__module__": NotFittedError.__module__})
    error: NotFittedError = kind(message)
    return error
