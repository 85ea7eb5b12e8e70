"""Fixtures for all tests."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from testing import shared_data as public_data


def pytest_unconfigure() -> None:
    """Beam stops Prism when the interpreter ends, and logs to a stream that pytest has closed by then."""
    logging.raiseExceptions = False


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """Remove the log handler that the command line adds: its stream is closed when the test ends."""
    handlers = list(logging.root.handlers)
    yield
    logging.root.handlers[:] = handlers


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of public test data beside the repo; skip the test where it is missing."""
    folder = public_data.shared_data()
    if folder is None:
        pytest.skip(public_data.MISSING)
    return folder


@pytest.fixture
def data() -> Path:
    """Return the folder of newsbeam's own small test files."""
    return Path(__file__).parent / "data"
