"""The record of one run, stream or other command that writes to an output: a row of `runs/`."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


class ModelUsed(NamedTuple):
    """The entity model of a language, with its version."""

    language: str
    model: str


class ListUsed(NamedTuple):
    """The version of what tags: rules, classifier and lists of names and topics together."""

    name: str
    version: str


class ErrorCount(NamedTuple):
    """How many payloads became dead letters with one error."""

    error: str
    dead_letters: int


class FailedSource(NamedTuple):
    """A source whose document could not be read completely."""

    source: str
    feed_url: str
    error: str

    def __str__(self) -> str:
        return f"{self.source} ({self.feed_url}): {self.error}"


class Expected(NamedTuple):
    """How often a source should have something new; None for what is not said.

    Attributes:
        source_id: As in the source's polls.
        every_s: A new entry comes at least as often as this, in seconds.
        entries: At least this many new entries come in `per_s`.
        per_s: Seconds.
    """

    source: str
    source_id: str
    feed_url: str
    every_s: int | None = None
    entries: int | None = None
    per_s: int | None = None


RUNNING, SUBMITTED, DIED = "running", "submitted", "died"
"""Outcomes of runs whose end is not known; the others are `OUTCOMES` of `pipeline/reports/run_report.py`."""


@dataclass(frozen=True)
class Run:
    """One run or submission. Counts are None as long as they are not known.

    Attributes:
        run_id: Unique; begins with the time. Of a stream also part of its files' names.
        command: `run`, `stream` ...
        runner: Beam's runner; "" for a command without one.
        ended_at: None while it runs, and where the end is not known.
        outcome: running, died, submitted (to a cluster, where it goes on without the command), or how it ended.
        error: Why it failed.
        config: JSON, without secrets and without what has its default.
        lists: Versions of what tags entities and topics.
        sources_failed: Their documents could not be read completely.
        documents: Those that were read and are not the same as at the last poll.
        errors: The dead letters by error.
        failed: The sources that failed.
        expected: What is expected of the sources of which the config says it.
        paragraphs_out_of_window, paragraphs_out_of_memory: How many a stream has forgotten, since they were older than
            `dedup.window` or more than `dedup.memory` holds; known when it ends.
    """

    run_id: str
    command: str
    runner: str
    began_at: datetime
    config_hash: str
    config: str
    newsbeam: str
    beam: str
    key_format: int
    models: tuple[ModelUsed, ...] = ()
    lists: tuple[ListUsed, ...] = ()
    ended_at: datetime | None = None
    outcome: str = RUNNING
    exit_status: int | None = None
    error: str = ""
    sources: int | None = None
    sources_unchanged: int | None = None
    sources_not_due: int | None = None
    sources_failed: int | None = None
    documents: int | None = None
    entries_new: int | None = None
    entries_updated: int | None = None
    entries_unchanged: int | None = None
    paragraphs_new: int | None = None
    paragraphs_exact: int | None = None
    paragraphs_near: int | None = None
    paragraphs_contained: int | None = None
    entities: int | None = None
    dead_letters: int | None = None
    repaired: int | None = None
    errors: tuple[ErrorCount, ...] = ()
    failed: tuple[FailedSource, ...] = ()
    expected: tuple[Expected, ...] = ()
    paragraphs_out_of_window: int | None = None
    paragraphs_out_of_memory: int | None = None
