"""The number of records in flight in this process: it keeps a local stream from polling faster than it writes.

Prism has no backpressure: it buffers without bounds what a step has emitted and the next has not consumed. Engines with
backpressure don't need this, and it would not work there: their steps run in several processes.
"""

import threading


class Backlog:
    """The number of documents before VersionEntries and of entries that are not written yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting = 0

    @property
    def waiting(self) -> int:
        """The number of records in flight."""
        return self._waiting

    def add(self, number: int) -> None:
        """Add a number of records; a negative one for records that are done."""
        # Steps of a local stream run in several threads, and += on an attribute is not atomic.
        with self._lock:
            self._waiting += number


backlog = Backlog()
"""The backlog of this process."""
