"""The raw log of a run: its documents are written in packs before they are handed on. No Beam here."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from newsbeam.transforms.common.document_fields import fields_of
from newsbeam.transforms.common.polls import not_read
from newsbeam.transforms.read.fetch import Fetched, with_poll
from newsbeam.transforms.read.raw_packs import PACK_BYTES, size_of
from newsbeam.transforms.records import DeadLetter, Document, Poll, Polled, PollKey, RawPack

PACK_RECORDS = 2_000
"""A run hands its documents on together, so that its packs are large."""


class RunLog(Protocol):
    """Keeps what a run has fetched; see `write/raw_log.py`."""

    def write(self, key: str, generation: str, number: int, pack: RawPack) -> None:
        """Write a pack of a key that no other process writes."""


@dataclass
class RunPacks:
    """Writes what a run has fetched to the raw log, then hands it on.

    A document that can't be written is not handed on: it becomes a dead letter, and its poll an error without
    validators, so that the next run reads the source again.

    Attributes:
        log: The raw log.
        generation: The id of the run.
    """

    log: RunLog
    generation: str

    def __post_init__(self) -> None:
        # Bundles run at once in many processes; a key of its own for each means that none waits for another.
        self._key, self._number = f"run {secrets.token_hex(16)}", 0
        self._open = _Open()
        # An archive's documents may be in several packs, of which one failed; its poll comes after the last.
        self._failed: dict[PollKey, str] = {}

    def add(self, fetched: Fetched) -> Iterator[Document | DeadLetter | Poll]:
        """Add what a poll gave; yield what is in the log."""
        for each in with_poll(fetched):
            if self._open.is_full:
                yield from self.flush()
            if not isinstance(each, Poll):
                self._open.found.append(each)
                self._open.bytes += size_of(each)
        self._open.polls.append(fetched.poll)

    def flush(self) -> Iterator[Document | DeadLetter | Poll]:
        """Write what was added, and yield it."""
        pack, self._open = self._open, _Open()
        why = self._write(pack.found) if pack.found else ""
        for each in pack.found:
            if isinstance(each, Polled) and why:
                self._failed[each.poll.key] = why
                yield _not_logged(each.value, why)
            else:
                yield each.value if isinstance(each, Polled) else each
        for poll in pack.polls:
            failed = self._failed.pop(poll.key, "")
            yield not_read(poll, failed) if failed and poll.status != "error" else poll

    def _write(self, found: list[Polled[Document] | DeadLetter]) -> str:
        """Return why the log could not be written, or ""."""
        self._number += 1
        try:
            self.log.write(self._key, self.generation, self._number, RawPack(tuple(found)))
        except (OSError, ValueError) as error:  # of a disk; of an object store
            return f"the raw log can't be written: {' '.join(str(error).split()) or type(error).__name__}"
        return ""


@dataclass
class _Open:
    """The pack that is being filled, and the polls that end in it."""

    found: list[Polled[Document] | DeadLetter] = field(default_factory=list)
    polls: list[Poll] = field(default_factory=list)
    bytes: int = 0

    @property
    def is_full(self) -> bool:
        return self.bytes >= PACK_BYTES or len(self.found) >= PACK_RECORDS


def _not_logged(document: Document, why: str) -> DeadLetter:
    return DeadLetter(
        stage="read",
        error="RawLogError",
        message=why,
        source=document.source,
        uri=document.uri,
        failed_at=document.fetched_at,
        payload=document.body,
        poll=document.poll_key,
        whole=True,
        document=fields_of(document),
    )
