"""Fixtures for the tests of commands."""

import pytest

from newsbeam.pipeline import progress


@pytest.fixture(autouse=True)
def shown_after(monkeypatch: pytest.MonkeyPatch) -> None:
    """Show no progress, whatever a command takes on a busy machine; a module whose subject it is overrides this."""
    monkeypatch.setattr(progress, "DELAY_S", 3600.0)
