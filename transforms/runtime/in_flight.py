"""How much this process has taken in and not written yet: by it a local stream polls no faster than it writes.

Prism hands on whatever a step gives, and keeps what the next one hasn't taken, however much that is. An engine with
backpressure of its own needs none of this, and has its steps in several processes, none of which sees them all.
"""

import threading


class Backlog:
    """A count of documents that are to be decided and of entries that are to be written."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting = 0

    @property
    def waiting(self) -> int:
        """How many there are."""
        return self._waiting

    def add(self, number: int) -> None:
        """Add so many; less than 0 for those that are done."""
        with self._lock:
            self._waiting += number


backlog = Backlog()
"""That of this process."""
