"""The whole graph on one screen. Nothing else puts stages together.

    collect   (Source, last Poll) -> ReadDocuments -> ParseDocuments -> entries, polls, dead letters
    decide    entries -> VersionEntries -> split, sign, topics -> DeduplicateParagraphs -> decided stories
    publish   decided stories -> entities, rows -> StageSlice

    stream    ticks -> PollSources -> ParseDocuments -> VersionEntries -> split, sign, topics -> DeduplicateParagraphs
                  -> entities, rows -> WritePanes: all of it at once, with what is known in the engine's state; polls
                  go with their documents as far as VersionEntries, which counts what they gave, and are written when
                  all of that is (SettlePolls)

A batch run puts the spool between them: `collect` takes everything in, then the entries go through `decide` and
`publish` slice by slice, the earliest published first, because the canonical paragraph is the earliest of the run.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import apache_beam as beam

from newsbeam.pipeline import spool
from newsbeam.pipeline.config import Config
from newsbeam.pipeline.settings import fetch_settings, parse_limits, text_limits, topic_settings
from newsbeam.pipeline.spool import Ref
from newsbeam.pipeline.spooling import Spool
from newsbeam.transforms.batches import Chain
from newsbeam.transforms.dedup.batch import sign_batch
from newsbeam.transforms.dedup.deduplicate_paragraphs import DeduplicateParagraphs, Lookup
from newsbeam.transforms.dedup.stateful import DeduplicateParagraphsForEver, VersionEntriesForEver
from newsbeam.transforms.dedup.version_entries import VersionEntries
from newsbeam.transforms.dedup.versions import as_known, publication_order
from newsbeam.transforms.enrich.batch import tag_entities_batch, tag_topics_batch
from newsbeam.transforms.map_batches import MapBatches
from newsbeam.transforms.parse.parse_documents import ParseDocuments, ParsePolledDocuments
from newsbeam.transforms.read.poll_sources import PollSources, SourceGroup
from newsbeam.transforms.read.read_documents import ReadDocuments
from newsbeam.transforms.records import DeadLetter, Entry, KnownEntry, KnownParagraph, Poll, Story
from newsbeam.transforms.text.batch import split_batch, without_paragraphs
from newsbeam.transforms.write.commit import recover
from newsbeam.transforms.write.history import (
    has_entries,
    known_polls,
    written_entries,
    written_paragraphs,
)
from newsbeam.transforms.write.old_entries import OldEntries
from newsbeam.transforms.write.rows import (
    POLL_KEYS,
    ROW_KEYS,
    dead_letter_rows,
    keyed_dead_letter_rows,
    keyed_poll_rows,
    keyed_story_rows,
    story_rows,
)
from newsbeam.transforms.write.settle_polls import SettlePolls, without_validators
from newsbeam.transforms.write.stage_slice import StageSlice
from newsbeam.transforms.write.store import Store
from newsbeam.transforms.write.write_panes import PaneSettings, WritePanes

SOURCES, ENTRIES, POLLS, STORIES, LETTERS = "sources", "entries", "polls", "stories", "letters"
STORIES_A_BATCH = 96
STREAM_BATCH = 32
RELIST_S = 600.0
"""How old a stream's list of the output's files may be; less with a window of minutes."""


class StartError(Exception):
    """The stream would know nothing of what its output has, or know it twice."""


@dataclass(frozen=True)
class Output:
    """Where a stream writes.

    Attributes:
        store: The output.
        epoch: The id of this submission.
        began: When it was submitted.
        warm: Begin with what the output has of the window; for a start without a savepoint.
        unsure: Nobody knows yet whether there will be one: the stream fails if it begins with an empty state beside
            entries that are older than it.
        patience_s: How long an output that refuses to be written is asked again; see `PaneSettings`.
        most_waiting: How much may wait to be written while polling goes on; see `PollSources`.
    """

    store: Store
    epoch: str
    began: datetime
    warm: bool = False
    unsure: bool = False
    patience_s: float = 0.0
    most_waiting: int | None = None


@dataclass(frozen=True)
class Since:
    """The beginning of the window, at the time of asking."""

    window: timedelta

    def moment(self) -> datetime:
        """Return when it began."""
        return datetime.now(UTC) - self.window

    def day(self) -> date:
        """Return its first day, in UTC."""
        return self.moment().date()


def collect(pipeline: beam.Pipeline, sources: Sequence[Ref], config: Config, to: Path) -> None:
    """Read and parse sources, spooled as (Source, last Poll or None); what comes of them goes to the spools in `to`."""
    read = (
        pipeline
        | "Sources" >> beam.Create(spool.chunks(sources, len(sources)), reshuffle=False)
        | "ReadSources" >> beam.FlatMap(spool.read_chunk)
        | ReadDocuments(fetch_settings(config))
    )
    parsed = read.documents | ParseDocuments(parse_limits(config))
    _ = parsed.items | "SpoolEntries" >> Spool(to / ENTRIES, entry_key)
    _ = read.polls | "SpoolPolls" >> Spool(to / POLLS)
    _ = (read.dead_letters, parsed.dead_letters) | beam.Flatten() | "SpoolLetters" >> Spool(to / LETTERS, letter_key)


def decide(
    pipeline: beam.Pipeline,
    entries: Sequence[Ref],
    known: Sequence[KnownEntry],
    lookup: Lookup,
    config: Config,
    to: Path,
) -> None:
    """Decide what is new of one slice; its stories, with every repeat marked, go to the spools in `to`."""
    prepared = (
        pipeline
        | "Slice" >> beam.Create(spool.chunks(entries, len(entries)), reshuffle=False)
        | "ReadEntries" >> beam.FlatMap(spool.read_chunk)
        | VersionEntries(known)
        | "SplitSignAndTagTopics" >> MapBatches(_prepare(config), STORIES_A_BATCH, without=without_paragraphs)
    )
    decided = prepared.items | DeduplicateParagraphs(lookup, config.dedup.near)
    _ = decided | "SpoolStories" >> Spool(to / STORIES, story_key)
    _ = prepared.dead_letters | "SpoolLetters" >> Spool(to / LETTERS)


def publish(
    pipeline: beam.Pipeline,
    stories: Sequence[Ref],
    letters: Sequence[DeadLetter],
    config: Config,
    store: Store,
    slice_id: str,
    to: Path,
) -> None:
    """Tag the entities of one decided slice and write its rows to files; the spool `to` tells which."""
    tag = Chain((partial(tag_entities_batch, models=config.entities.models), story_rows))
    tagged = (
        pipeline
        | "Slice" >> beam.Create(spool.chunks(stories, STORIES_A_BATCH), reshuffle=False)
        | "TagEntitiesAndMakeRows" >> MapBatches(tag, max_items=1, unpack=spool.read_batch, without=story_rows)
    )
    dead = tagged.dead_letters | "LetterRows" >> beam.Map(dead_letter_rows)
    rows = (tagged.items, dead) | beam.Flatten()
    _ = rows | StageSlice(store, slice_id, letters) | "SpoolStaged" >> Spool(to)


def stream(ticks: beam.PCollection[Any], config: Config, groups: Sequence[SourceGroup], to: Output) -> None:
    """Poll, decide, tag and write for ever; the same decisions as above, with the engine's state as their memory."""
    since = Since(config.dedup.window)
    read = ticks | PollSources(
        groups, fetch_settings(config), partial(warm_polls, to, since) if to.warm else None, to.most_waiting
    )
    parsed = read.documents | "ParseDocuments" >> ParsePolledDocuments(parse_limits(config))
    versioned = parsed.items | VersionEntriesForEver(
        config.dedup.window,
        look_up=LookUpInOutput(to.store, since),
        warm=partial(warm_entries, to, since) if to.warm else partial(no_entries, to) if to.unsure else None,
    )
    # Isolated: a record that kills the process it is in must not kill the engine's worker, again after each restart.
    prepared = versioned.entries | "SplitSignAndTagTopics" >> MapBatches(
        _prepare(config), STREAM_BATCH, without=without_paragraphs, isolated=True
    )
    decided = prepared.items | DeduplicateParagraphsForEver(
        config.dedup.window,
        config.dedup.near,
        warm=partial(warm_paragraphs, to, since) if to.warm else None,
    )
    tag = Chain((partial(tag_entities_batch, models=config.entities.models), keyed_story_rows))
    # Spread: what is decided is of one key, so of one worker, and would be tagged there. Not before:
    # decisions go by the order in which entries come, those of a poll by publication.
    tagged = (
        decided
        | "SpreadStories" >> beam.Reshuffle()
        | "TagEntitiesAndMakeRows" >> MapBatches(tag, STREAM_BATCH, without=keyed_story_rows, isolated=True)
    )
    dead = (read.dead_letters, parsed.dead_letters, prepared.dead_letters, tagged.dead_letters)
    letters = dead | "FlattenLetters" >> beam.Flatten() | "LetterRows" >> beam.Map(keyed_dead_letter_rows)
    panes = PaneSettings(config.stream.batches, config.stream.flush.total_seconds(), to.patience_s)
    written = (
        (tagged.items, letters) | "FlattenRows" >> beam.Flatten() | WritePanes(to.store, to.epoch, ROW_KEYS, panes)
    )
    settled = (versioned.polls, written) | "FlattenSettling" >> beam.Flatten() | SettlePolls()
    without_document = read.polls | "WithoutValidators" >> beam.Map(without_validators)
    _ = (
        (settled, without_document)
        | "FlattenPolls" >> beam.Flatten()
        | "PollRows" >> beam.Map(keyed_poll_rows)
        | "WritePolls" >> WritePanes(to.store, to.epoch, POLL_KEYS, panes)
    )


def _prepare(config: Config) -> Chain:
    return Chain(
        (
            partial(split_batch, limits=text_limits(config)),
            sign_batch,
            partial(tag_topics_batch, settings=topic_settings(config)),
        )
    )


@dataclass(frozen=True)
class LookUpInOutput:
    """Tells what is written of entries that state may have forgotten.

    That is older than the window. What is younger and not in state was written by an attempt that the engine has given
    up: its file is going to be removed, so an entry that is found there would be lost.
    """

    store: Store
    since: Since

    _indexes: ClassVar[dict[Store, OldEntries]] = {}
    """Of this process."""

    def __call__(self, ids: set[str], links: set[tuple[str, str]], contents: set[tuple[str, str]]) -> list[KnownEntry]:
        """Return every version of these that is older than the window."""
        old = self._indexes.get(self.store)
        if old is None:
            relist_s = min(RELIST_S, self.since.window.total_seconds() / 6)
            old = self._indexes.setdefault(self.store, OldEntries(self.store, relist_s))
        return old.known(ids, links, contents, self.since.moment())


def warm_polls(to: Output, since: Since, feed_urls: Sequence[str]) -> dict[str, Poll]:
    """Return the last polls that a stream that begins beside an output knows: it need not ask before they are due."""
    return known_polls(to.store, feed_urls, since.day(), to.began)


def warm_entries(to: Output, since: Since, _: str) -> list[KnownEntry]:
    """Return the entries that a stream that begins beside an output knows: none of its own, for the same reason.

    What a killed stream was writing is finished or removed before: this comes before any row of this stream's stories.
    """
    recover(to.store, besides=to.epoch)
    return written_entries(to.store, since.day(), to.began)


def no_entries(to: Output, _: str) -> list[KnownEntry]:
    """Return nothing, what a stream knows that begins with an empty state, if it may.

    Raises:
        StartError: Everything that is still published would be written again.
    """
    check_empty(to.store, to.began)
    return []


def check_empty(store: Store, began: datetime) -> None:
    """Raise StartError if entries are written that were fetched before a stream began which knows none of them."""
    if has_entries(store, began):
        raise StartError(
            f"{store.root} has entries, which would be written again: "
            "--warm-start begins with what is there; a savepoint (Flink) or --update (Dataflow) goes on"
        )


def warm_paragraphs(to: Output, since: Since, _: str) -> list[KnownParagraph]:
    """Return the paragraphs that a stream that begins beside an output knows."""
    return written_paragraphs(to.store, since.day(), to.began)


def entry_key(entry: Entry) -> tuple[Any, ...]:
    """Return the order of an entry in the run, then feed_url, source and its id, and by what else it may be known."""
    known = as_known(entry)
    guid, content = (known.guid, known.content_hash) if known.by_content else ("", "")
    return publication_order(entry), entry.feed_url, entry.source, known.source, known.url, guid, content


def letter_key(letter: DeadLetter) -> tuple[str, str]:
    """Return the order of a dead letter."""
    return letter.uri, letter.message


def story_key(story: Story) -> tuple[KnownEntry, str]:
    """Return the entry as later decisions know it, and its feed_url."""
    return as_known(story.entry), story.entry.feed_url
