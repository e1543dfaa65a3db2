"""Fixtures for all tests."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Machines are shared and noisy: no example fails for taking long, and CI draws the same examples every time.
settings.register_profile("elman", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("elman")

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real data, from ELMAN_DATA, default ../shared/data; tests that need it skip where it is absent."""
    folder = (ROOT / os.environ.get("ELMAN_DATA", "../shared/data")).resolve()
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}: set ELMAN_DATA")
    return folder
