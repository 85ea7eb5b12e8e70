"""The graphs. No other module connects stages, except `job_graph.py`: a run on a cluster.

Batch on this machine, three graphs a run; between them records are in files on disk (`spool`):

    collect   (Source, last Poll) -> ReadDocuments -> ParseDocuments -> entries, polls, dead letters
              `reprocess`: parts of the raw log -> RereadDocuments -> ParseDocuments -> entries, dead letters
    decide    entries of a slice -> VersionEntries -> PrepareStories -> DeduplicateParagraphs -> RelateStories
                  -> stories
    publish   stories of a slice -> TagEntities -> StageSlice -> staged files, which the run commits

Streaming, one graph:

    ticks -> PollSources -> ParseDocuments -> VersionEntries -> PrepareStories -> DeduplicateParagraphs
        -> RelateStories -> TagEntities -> WriteRows -> CommitPolls -> WritePolls
    dead letters of the first two -> DropWrittenDeadLetters -> WriteRows
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import apache_beam as beam

from newsbeam.pipeline.batch import spool
from newsbeam.pipeline.batch.spool import Ref
from newsbeam.pipeline.batch.spooling import Spool
from newsbeam.pipeline.config import Config
from newsbeam.pipeline.settings import (
    fetch_settings,
    index_settings,
    parse_limits,
    raw_log,
    record_limits,
    version_rules,
)
from newsbeam.pipeline.stages import PrepareStories, TagEntities, flatten
from newsbeam.pipeline.streaming import bootstrap
from newsbeam.pipeline.streaming.bootstrap import DedupWindow, EntryLookup, Output
from newsbeam.transforms.dedup.deduplicate_paragraphs import DeduplicateParagraphs, Lookup
from newsbeam.transforms.dedup.drop_written_dead_letters import DropWrittenDeadLetters
from newsbeam.transforms.dedup.relate_stories import RelateStories, RelationLookup, StreamingRelateStories
from newsbeam.transforms.dedup.streaming_paragraphs import StreamingDeduplicateParagraphs
from newsbeam.transforms.dedup.version_entries import StreamingVersionEntries, VersionEntries
from newsbeam.transforms.parse.transforms import ParseDocuments, StreamingParseDocuments
from newsbeam.transforms.read.poll_sources import PollSources, SourceGroup
from newsbeam.transforms.read.read_documents import ReadDocuments
from newsbeam.transforms.records import KnownEntry
from newsbeam.transforms.write.commit_polls import CommitPolls, without_validators
from newsbeam.transforms.write.logged_documents import LogPart
from newsbeam.transforms.write.raw_log import RawLog
from newsbeam.transforms.write.reread_documents import RereadDocuments
from newsbeam.transforms.write.rows import (
    POLL_KEYS,
    ROW_KEYS,
    dead_letter_rows,
    keyed_dead_letter_rows,
    keyed_poll_rows,
    keyed_story_rows,
    story_rows,
)
from newsbeam.transforms.write.stage_slice import StageSlice
from newsbeam.transforms.write.store import Store
from newsbeam.transforms.write.write_rows import FlushSettings, WriteRows, already_written

SOURCES, ENTRIES, POLLS, STORIES, DEAD_LETTERS = "sources", "entries", "polls", "stories", "letters"
SLICE_BATCH = 96
STREAM_BATCH = 32


def collect(
    pipeline: beam.Pipeline, sources: Sequence[Ref], config: Config, log: RawLog | None, run: str, to: Path
) -> None:
    """Read and parse spooled (Source, last Poll or None); spool entries, polls and dead letters in `to`."""
    read = _spooled(pipeline, "Sources", sources) | "ReadDocuments" >> ReadDocuments(fetch_settings(config), log, run)
    parsed = read.documents | "ParseDocuments" >> ParseDocuments(parse_limits(config), record_limits(config))
    _ = parsed.items | "SpoolEntries" >> Spool(to / ENTRIES, spool.entry_key)
    _ = read.polls | "SpoolPolls" >> Spool(to / POLLS)
    dead_letters = flatten("DeadLetters", read.dead_letters, parsed.dead_letters)
    _ = dead_letters | "SpoolDeadLetters" >> Spool(to / DEAD_LETTERS, spool.dead_letter_key)


def collect_again(pipeline: beam.Pipeline, parts: Sequence[LogPart], store: Store, config: Config, to: Path) -> None:
    """Read documents of the raw log and of dead letters, and parse them; spool entries and dead letters in `to`."""
    read = pipeline | "Parts" >> beam.Create(parts, reshuffle=False) | "RereadDocuments" >> RereadDocuments(store)
    parsed = read.documents | "ParseDocuments" >> ParseDocuments(parse_limits(config), record_limits(config))
    _ = parsed.items | "SpoolEntries" >> Spool(to / ENTRIES, spool.entry_key)
    dead_letters = flatten("DeadLetters", read.dead_letters, parsed.dead_letters)
    _ = dead_letters | "SpoolDeadLetters" >> Spool(to / DEAD_LETTERS, spool.dead_letter_key)


def decide(
    pipeline: beam.Pipeline,
    entries: Sequence[Ref],
    known: Sequence[KnownEntry],
    lookup: Lookup,
    relations: RelationLookup,
    config: Config,
    to: Path,
    reread: bool = False,
) -> None:
    """Decide what is new in one slice; spool its stories, with repeats marked, in `to`."""
    versions = _spooled(pipeline, "Slice", entries) | "VersionEntries" >> VersionEntries(
        known, version_rules(config, reread)
    )
    prepared = versions | "PrepareStories" >> PrepareStories(config, SLICE_BATCH)
    decided = prepared.items | "DeduplicateParagraphs" >> DeduplicateParagraphs(lookup, config.dedup.near)
    related = decided | "RelateStories" >> RelateStories(relations)
    _ = related | "SpoolStories" >> Spool(to / STORIES, spool.story_key)
    _ = prepared.dead_letters | "SpoolDeadLetters" >> Spool(to / DEAD_LETTERS)


def publish(
    pipeline: beam.Pipeline,
    stories: Sequence[Ref],
    dead_letters: Sequence[Ref],
    config: Config,
    store: Store,
    slice_id: str,
    to: Path,
) -> None:
    """Tag the entities of one decided slice and stage its rows and dead letters; list the staged files in `to`."""
    batches = pipeline | "Slice" >> beam.Create(spool.chunks(stories, SLICE_BATCH), reshuffle=False)
    tagged = batches | "TagEntities" >> TagEntities(config, story_rows, 1, unpack=spool.read_batch)
    # Read from the spool: as elements of Create, payloads of megabytes would be encoded again at each step.
    decided = _spooled(pipeline, "DeadLetters", dead_letters, 1)
    dead = flatten("DeadLetters", decided, tagged.dead_letters) | "DeadLetterRows" >> beam.Map(dead_letter_rows)
    rows = flatten("Rows", tagged.items, dead)
    _ = rows | "StageSlice" >> StageSlice(store, slice_id) | "SpoolStaged" >> Spool(to)


def stream(ticks: beam.PCollection[Any], config: Config, groups: Sequence[SourceGroup], to: Output) -> None:
    """Poll, decide, tag and write at each tick; the decisions are those of batch, made on keyed state."""
    window = config.dedup.window
    since = DedupWindow(window)
    read = ticks | "PollSources" >> PollSources(
        groups,
        # The rows of a poll are counted by feed and time, and those of a crawl have their own.
        replace(fetch_settings(config), crawls=False),
        bootstrap.polls_at_start(to, since),
        to.max_in_flight,
        raw_log(config, to.store),
        to.epoch,
        to.shards,
        to.limits,
    )
    parsed = read.documents | "ParseDocuments" >> StreamingParseDocuments(parse_limits(config), record_limits(config))
    versions = parsed.items | "VersionEntries" >> StreamingVersionEntries(
        window, EntryLookup(to.store, since), bootstrap.entries_at_start(to, since), to.shards, version_rules(config)
    )
    prepared = versions.entries | "PrepareStories" >> PrepareStories(config, STREAM_BATCH)
    decided = prepared.items | "DeduplicateParagraphs" >> StreamingDeduplicateParagraphs(
        index_settings(config), bootstrap.paragraphs_at_start(to, since)
    )
    related = decided | "RelateStories" >> StreamingRelateStories(window, bootstrap.stories_at_start(to, since))
    # Stories come from the one worker that holds their key. They are spread over all workers here and not earlier,
    # since decisions depend on the order of entries: that of arrival, within a poll that of publication.
    spread = related | "SpreadStories" >> beam.Reshuffle()
    tagged = spread | "TagEntities" >> TagEntities(config, keyed_story_rows, STREAM_BATCH)
    # Of the other stages' dead letters there is one for each new version.
    of_polls = flatten("DeadLettersOfPolls", read.dead_letters, parsed.dead_letters)
    unwritten = of_polls | "DropWrittenDeadLetters" >> DropWrittenDeadLetters(
        window, bootstrap.dead_letters_at_start(to, since), to.shards
    )
    dead_letters = flatten("DeadLetters", unwritten.new, prepared.dead_letters, tagged.dead_letters)
    dead = dead_letters | "DeadLetterRows" >> beam.Map(keyed_dead_letter_rows)
    seconds = None if to.bounded else config.stream.flush.total_seconds()
    flush = FlushSettings(config.stream.batches, seconds, to.max_wait_s)
    rows = flatten("Rows", tagged.items, dead)
    written = rows | "WriteRows" >> WriteRows(to.store, to.epoch, ROW_KEYS, flush)
    dropped = unwritten.written | "AlreadyWritten" >> beam.Map(already_written)
    settled = flatten("PollsAndRows", versions.polls, written, dropped) | "CommitPolls" >> CommitPolls(to.shards)
    # Polls without a document have no rows to wait for; they are without validators, so that earlier ones stay valid.
    empty = read.polls | "WithoutValidators" >> beam.Map(without_validators)
    polls = flatten("Polls", settled, empty) | "PollRows" >> beam.Map(keyed_poll_rows)
    _ = polls | "WritePolls" >> WriteRows(to.store, to.epoch, POLL_KEYS, flush)


def _spooled(pipeline: beam.Pipeline, label: str, refs: Sequence[Ref], size: int = 0) -> beam.PCollection[Any]:
    """Return the records of `refs`, read by the pipeline's workers, `size` at a time or all together."""
    chunk = pipeline | label >> beam.Create(spool.chunks(refs, size or max(1, len(refs))), reshuffle=False)
    return chunk | f"Read{label}" >> beam.FlatMap(spool.read_chunk)
