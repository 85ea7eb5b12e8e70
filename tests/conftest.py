"""Fixtures that every test may use."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from testing import shared_data as public_data


def pytest_unconfigure() -> None:
    """Beam stops Prism when the interpreter ends, and logs it to what pytest has closed by then."""
    logging.raiseExceptions = False


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """Take away what the command line logs to: a console whose file is closed when the test ends."""
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
    """Return the folder of our own small test files."""
    return Path(__file__).parent / "data"
