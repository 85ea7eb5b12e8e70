"""A file's size, the time of its last change and its ETag, which tell one state of it from another. No Beam here."""

import os
from typing import NamedTuple


class FileStat(NamedTuple):
    """What tells a file from an earlier or later one of the same name.

    Attributes:
        size: Bytes.
        modified_ns: Nanoseconds since 1970; an object store's are whole seconds.
        etag: The ETag of an object, without quotes; "" for a file on disk.
    """

    size: int
    modified_ns: int
    etag: str = ""

    @classmethod
    def of(cls, status: os.stat_result) -> "FileStat":
        """Return size and time from what `os.stat` gives."""
        return cls(status.st_size, status.st_mtime_ns)
