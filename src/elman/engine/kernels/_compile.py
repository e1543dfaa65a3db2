"""The one decorator through which every kernel is compiled, and the cache of what it compiled.

Numba's own cache keys a function by the file it stands in: when a function that it *calls* changes
in another file, the cache still answers with the old machine code. It also raises at import where no
folder can be written. So Elman keeps its own:

* the folder is named by a hash of every kernel source, of the versions of Numba, llvmlite and Python,
  and of the processor that is compiled for: a change to any of them is a new folder;
* one file holds one compiled signature and is put in place by a rename, so that two processes that
  compile at once write the same thing twice and read nothing half-written;
* where no folder can be written, kernels are compiled for this process alone, with one warning.

The folder is `$ELMAN_CACHE_DIR`, else `$NUMBA_CACHE_DIR`, else the user's cache folder. It holds
machine code; whoever can write there can run code as you, as with Python's own `__pycache__`.
"""

import contextlib
import hashlib
import logging
import os
import pickle
import platform
import shutil
import sys
import tempfile
import time
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import llvmlite
import numba
from numba.core.caching import CompileResultCacheImpl, _Cache
from numba.core.registry import cpu_target

__all__ = ["cache_folder", "kernel", "target_features"]

SOURCES = Path(__file__).parent
UNUSED_DAYS = 30
"""A folder of compiled kernels that no process opened for so long is removed."""

_log = logging.getLogger("elman")


def kernel(function: Any) -> Any:
    """Compile `function` with Numba when first called, or load it from the cache.

    No `fastmath`: a kernel that wants a fused multiply-add calls `fma`, so that its bits are fixed by
    its source and not by the compiler's choice (docs/decisions/0001-bits-from-the-source.md).
    The GIL is released; indices are trusted, so every check belongs above the call.
    """
    dispatcher = numba.njit(nogil=True, error_model="numpy")(function)
    dispatcher._cache = KernelCache(function)
    return dispatcher


def target_features() -> tuple[str, str]:
    """Give the name of the processor that is compiled for, and its features as LLVM writes them."""
    _, name, features = cpu_target.target_context.codegen().magic_tuple()
    return str(name), str(features)


def _hash() -> str:
    """Hash everything that machine code depends on: sources, versions, processor."""
    digest = hashlib.sha256()
    for path in sorted(SOURCES.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    versions = (numba.__version__, llvmlite.__version__, platform.python_version(), sys.implementation.cache_tag)
    digest.update(repr((versions, sys.platform, platform.machine(), target_features())).encode())
    return digest.hexdigest()[:24]


source_key = cache(_hash)
"""The hash as it was when this module was imported, and with it the kernels."""


def _user_cache() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", "~")).expanduser() / "elman" / "cache"
    if sys.platform == "darwin":
        return Path("~/Library/Caches/elman").expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "elman"


@cache
def cache_folder() -> Path | None:
    """Give the folder for this machine's compiled kernels; None, with one warning, where none can be written."""
    named = os.environ.get("ELMAN_CACHE_DIR") or os.environ.get("NUMBA_CACHE_DIR")
    root = (Path(named) if named else _user_cache()) / "kernels"
    folder = root / source_key()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
        os.utime(folder)
    except (OSError, RuntimeError) as error:
        warnings.warn(
            f"cannot write compiled kernels to {folder} ({error}): they are compiled anew in every process, "
            "which takes seconds; set ELMAN_CACHE_DIR to a folder that can be written",
            RuntimeWarning,
            stacklevel=2,
        )
        return None
    _remove_unused(root)
    return folder


def _remove_unused(root: Path) -> None:
    oldest = time.time() - UNUSED_DAYS * 86_400
    for other in root.iterdir():
        with contextlib.suppress(OSError):
            if other.stat().st_mtime < oldest:
                shutil.rmtree(other, ignore_errors=True)


@cache
def _say_that_kernels_compile() -> None:
    _log.warning("elman: compiling kernels for this processor (once; seconds)")


class KernelCache(_Cache):
    """Compiled signatures of one kernel, a file each. Numba's dispatcher calls it."""

    def __init__(self, function: Any) -> None:
        self._name = f"{Path(function.__code__.co_filename).stem}.{function.__qualname__}"
        self._enabled = True

    @property
    def cache_path(self) -> str:
        return str(cache_folder())

    def _file(self, signature: Any) -> Path | None:
        folder = cache_folder()
        if folder is None:
            return None
        return folder / f"{self._name}.{hashlib.sha256(repr(signature).encode()).hexdigest()[:16]}.bin"

    def load_overload(self, signature: Any, target_context: Any) -> Any:
        """Give the compiled `signature`, or None where it must be compiled."""
        target_context.refresh()
        path = self._file(signature) if self._enabled else None
        # Whatever is wrong with a file of the cache, compiling again puts it right.
        with contextlib.suppress(Exception):
            if path is not None:
                payload = pickle.loads(path.read_bytes())
                return CompileResultCacheImpl.rebuild(None, target_context, payload)
        _say_that_kernels_compile()
        return None

    def save_overload(self, signature: Any, compiled: Any) -> None:
        """Keep `compiled` for the processes to come; a full or vanished disk is no reason to fail.

        Nothing is kept once the sources have changed under this process: it would stand as code of the new ones.
        """
        path = self._file(signature) if self._enabled else None
        if path is None or _hash() != source_key():
            return
        with contextlib.suppress(OSError):
            _replace(path, pickle.dumps(compiled._reduce(), protocol=pickle.HIGHEST_PROTOCOL))

    def enable(self) -> None:
        self._enabled = True

    def disable(self) -> None:
        self._enabled = False

    def flush(self) -> None:
        path = cache_folder()
        for file in path.glob(f"{self._name}.*.bin") if path else ():
            file.unlink(missing_ok=True)


def _replace(path: Path, content: bytes) -> None:
    handle, beside = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(beside, path)
    except OSError:
        Path(beside).unlink(missing_ok=True)
        raise


source_key()
