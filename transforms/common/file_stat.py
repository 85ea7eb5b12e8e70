"""A file's size and the time of its last change, which tell one state of it from another. No Beam here."""

import os
from typing import NamedTuple


class FileStat(NamedTuple):
    """What tells a file from an earlier or later one of the same name.

    Attributes:
        size: Bytes.
        modified_ns: Nanoseconds since 1970.
    """

    size: int
    modified_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> "FileStat":
        """Return size and time from what `os.stat` gives."""
        return cls(status.st_size, status.st_mtime_ns)

    @classmethod
    def of_object(cls, size: int, modified_s: float) -> "FileStat":
        """Return size and time of an object of a store, whose time is in Unix seconds."""
        return cls(size, int(modified_s * 1e9))
