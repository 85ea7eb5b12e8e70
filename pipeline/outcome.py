"""What came of the sources of a run: polls and their dead letters, put together. No Beam here."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from newsbeam.transforms.parse.wholeness import why_not_read
from newsbeam.transforms.polls import not_read
from newsbeam.transforms.read.sources import is_web
from newsbeam.transforms.records import DeadLetter, Poll, PollKey, Source


@dataclass
class Outcome:
    """The sources of a run, and their polls once they are judged.

    Attributes:
        named: How many sources there are.
        asked: Those that were due.
        polls: One a source that was asked.
        nothing_came: No source that was asked gave anything. A document that can't be read is something: a dead letter.
    """

    named: int = 0
    asked: Sequence[Source] = ()
    polls: list[Poll] = field(default_factory=list)
    nothing_came: bool = False

    @property
    def not_due(self) -> int:
        """How many sources were not asked."""
        return max(0, self.named - len(self.polls))

    @property
    def unchanged(self) -> int:
        """How many sources have nothing new."""
        return sum(poll.status in ("unchanged", "not_modified") for poll in self.polls)

    @property
    def failed(self) -> list[Poll]:
        """The polls that failed, in the order of the sources."""
        failed = {poll.feed_url: poll for poll in self.polls if poll.status == "error"}
        return [failed[source.feed_url] for source in self.asked if source.feed_url in failed]


@dataclass
class Judge:
    """Tells from the dead letters of a run which of its polls gave a document that was not read whole.

    Attributes:
        polls: As they were fetched.
    """

    polls: Sequence[Poll]

    def __post_init__(self) -> None:
        self._reasons: dict[PollKey, str] = {}
        self._gave_something = {poll.key for poll in self.polls if poll.status != "error"}
        self._at: dict[tuple[str, str], list[Poll]] = {}
        for poll in self.polls:
            self._at.setdefault((poll.source, poll.uri), []).append(poll)

    def note(self, letter: DeadLetter) -> None:
        """Take a dead letter into account."""
        for poll in self._at.get((letter.source, letter.uri), []):
            self._gave_something.add(poll.key)
            if poll.status == "ok" and (why := why_not_read(poll.bytes, [letter])):
                self._reasons.setdefault(poll.key, why)

    @property
    def nothing_came(self) -> bool:
        """Whether there are polls, and none gave a document or a dead letter."""
        return bool(self.polls) and not self._gave_something

    def judged(self) -> list[Poll]:
        """Return the polls; a file is not read again while it is the same."""
        return [
            not_read(poll, self._reasons[poll.key], keep=not is_web(poll.uri)) if poll.key in self._reasons else poll
            for poll in self.polls
        ]
