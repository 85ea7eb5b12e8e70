"""The version of newsbeam."""

from functools import cache
from importlib.metadata import version


@cache
def newsbeam_version() -> str:
    """Return the version of newsbeam that is installed, also on workers."""
    return version("newsbeam")
