"""What importing costs and shows."""

import importlib
import pkgutil
import subprocess
import sys
from types import ModuleType

import pytest

import elman
from elman import engine

MODULES = [
    module.name for module in pkgutil.walk_packages(elman.__path__, "elman.") if not module.name.endswith("__main__")
]


def loaded_by(statement: str, *names: str) -> str:
    """Run a statement in a process of its own; give those of the named modules that it loaded."""
    program = f"import sys; {statement}; print([name for name in {names} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return result.stdout.strip()


def test_import_elman_loads_next_to_nothing() -> None:
    assert loaded_by("import elman", "numpy", "numba", "sklearn", "polars", "rich") == "[]"


def test_estimators_load_neither_scikit_learn_nor_polars() -> None:
    assert loaded_by("import elman; elman.TextClassifier", "sklearn", "polars", "torch") == "[]"


@pytest.mark.parametrize("name", ["elman", *MODULES])
def test_every_module_says_what_it_offers(name: str) -> None:
    module: ModuleType = importlib.import_module(name)
    assert module.__doc__
    assert len(set(module.__all__)) == len(module.__all__)
    for public in module.__all__:
        assert getattr(module, public) is not None


def test_public_names_are_reached_and_unknown_ones_refused() -> None:
    kinds = {name: (not name.isupper(), not name[0].isupper(), name) for name in elman.__all__}
    assert elman.__all__ == sorted(elman.__all__, key=kinds.__getitem__)  # capitals, classes, functions
    assert set(engine.__all__) <= set(elman.__all__)
    assert all(getattr(elman, name) is getattr(engine, name) for name in engine.__all__)
    assert set(dir(elman)) == set(elman.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Transformer'"):
        elman.Transformer  # noqa: B018
