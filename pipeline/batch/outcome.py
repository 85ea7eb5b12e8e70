"""Results of a run's sources: their polls, with the errors that their dead letters show."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from newsbeam.transforms.common.polls import judged
from newsbeam.transforms.parse.completeness import why_not_read
from newsbeam.transforms.records import ALL_READ, DeadLetter, Poll, PollKey, Source, Unread


@dataclass
class Outcome:
    """The sources of a run and their final polls.

    Attributes:
        total: Number of sources in the config.
        asked: The sources that were due.
        polls: One for each source that was asked.
        nothing_received: No source that was asked gave a document or a dead letter.
    """

    total: int = 0
    asked: Sequence[Source] = ()
    polls: list[Poll] = field(default_factory=list)
    nothing_received: bool = False

    @property
    def not_due(self) -> int:
        """Number of sources that were not asked."""
        return max(0, self.total - len(self.polls))

    @property
    def unchanged(self) -> int:
        """Number of sources that are the same as at their last poll."""
        return sum(poll.status in ("unchanged", "not_modified") for poll in self.polls)

    @property
    def failed(self) -> list[Poll]:
        """The polls that failed, in the order of the sources."""
        failed = {poll.feed_url: poll for poll in self.polls if poll.status == "error"}
        return [failed[source.feed_url] for source in self.asked if source.feed_url in failed]


@dataclass
class PollReview:
    """Finds, by the dead letters of a run, the polls whose documents were not read completely.

    Attributes:
        polls: The polls as fetched.
    """

    polls: Sequence[Poll]

    def __post_init__(self) -> None:
        self._uris = {poll.key: poll.uri for poll in self.polls}
        self._gave_something = {poll.key for poll in self.polls if poll.status != "error"}
        self._unread: dict[PollKey, Unread] = {}
        self._counted: set[tuple[PollKey, str]] = set()

    def add(self, dead_letter: DeadLetter) -> None:
        """Add a dead letter to its poll."""
        key, uri = dead_letter.poll, dead_letter.uri
        if key is None or key not in self._uris:
            return
        # A dead letter counts as well: bytes arrived, so the network is not what failed.
        self._gave_something.add(key)
        why = why_not_read([dead_letter])
        if why and (key, uri) not in self._counted:  # a document counts once
            self._counted.add((key, uri))
            self._unread[key] = self._unread.get(key, ALL_READ) + Unread.of(uri, self._uris[key], why)

    @property
    def nothing_received(self) -> bool:
        """Whether there are polls, and none gave a document or a dead letter."""
        return bool(self.polls) and not self._gave_something

    def reviewed(self) -> list[Poll]:
        """Return the polls, as errors where a document was not read completely; unchanged files are not read again."""
        return [judged(poll, self._unread.get(poll.key, ALL_READ)) for poll in self.polls]
