"""Fixtures that every test may use."""

import os
from pathlib import Path

import pytest

SHARED_DATA = Path(os.environ.get("NEWSBEAM_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of public test data beside the repo; skip the test where it is missing."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"needs the test data in {SHARED_DATA} (set NEWSBEAM_SHARED_DATA to say where it is)")
    return SHARED_DATA


@pytest.fixture
def data() -> Path:
    """Return the folder of our own small test files."""
    return Path(__file__).parent / "data"
