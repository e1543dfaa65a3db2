"""scikit-learn's protocol for estimators, spoken without importing scikit-learn.

`import elman` and predicting must not pay the second that scikit-learn takes to import. Its tools ask an
estimator for `get_params`, `set_params` and `__sklearn_tags__`; only the last needs scikit-learn, and only
scikit-learn calls it.
"""

import inspect
from typing import Any, Self

from ..errors import InputError

__all__ = ["Estimator"]


class Estimator:
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
        """Tell scikit-learn that this is a classifier of sequences."""
        from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags

        return Tags(
            estimator_type="classifier",
            target_tags=TargetTags(required=True),
            classifier_tags=ClassifierTags(),
            input_tags=InputTags(two_d_array=False, three_d_array=True),
        )
