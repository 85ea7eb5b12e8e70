"""Fixtures that every test may use."""

from pathlib import Path

import pytest

from benchmarks import figures


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of public test data beside the repo; skip the test where it is missing."""
    folder = figures.shared_data()
    if folder is None:
        pytest.skip("needs the public test data in ../shared/data (set NEWSBEAM_SHARED_DATA to say where it is)")
    return folder


@pytest.fixture
def data() -> Path:
    """Return the folder of our own small test files."""
    return Path(__file__).parent / "data"
