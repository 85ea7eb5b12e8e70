"""Results of a run's sources: their polls, with the errors that their dead letters show."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from newsbeam.transforms.common.polls import not_read
from newsbeam.transforms.parse.completeness import why_not_read
from newsbeam.transforms.read.sources import is_web
from newsbeam.transforms.records import DeadLetter, Poll, PollKey, Source


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
        self._reasons: dict[PollKey, str] = {}
        self._gave_something = {poll.key for poll in self.polls if poll.status != "error"}
        self._at: dict[tuple[str, str], list[Poll]] = {}
        for poll in self.polls:
            self._at.setdefault((poll.source, poll.uri), []).append(poll)

    def add(self, dead_letter: DeadLetter) -> None:
        """Add a dead letter to its polls."""
        for poll in self._at.get((dead_letter.source, dead_letter.uri), []):
            self._gave_something.add(poll.key)
            if poll.status == "ok" and (why := why_not_read(poll.bytes, [dead_letter])):
                self._reasons.setdefault(poll.key, why)

    @property
    def nothing_received(self) -> bool:
        """Whether there are polls, and none gave a document or a dead letter."""
        return bool(self.polls) and not self._gave_something

    def reviewed(self) -> list[Poll]:
        """Return the polls, as errors where a document was not read completely; unchanged files are not read again."""
        return [
            not_read(poll, self._reasons[poll.key], keep=not is_web(poll.uri)) if poll.key in self._reasons else poll
            for poll in self.polls
        ]
