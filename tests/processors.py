"""A program run as if on other processors, whose results must not change."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

OTHERS = ("haswell", "generic")
"""haswell: AVX2, half as many lanes. generic: no fused multiply-add, which the C library then computes."""

x86_alone = pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="names of x86 processors")


def output_on(program: str, processor: str | None = None) -> str:
    """Give what a Python program prints, its kernels compiled for this processor or for another one by its name."""
    other = {} if processor is None else {"NUMBA_CPU_NAME": processor, "NUMBA_CPU_FEATURES": ""}
    root = Path(__file__).parents[1]
    command = [sys.executable, "-c", program]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=root, env=os.environ | other).stdout
