"""The graphs. No other module connects stages.

Batch on this machine, three graphs a run; between them records are in files on disk (`spool`):

    collect   (Source, last Poll) -> ReadDocuments -> ParseDocuments -> entries, polls, dead letters
    decide    entries of a slice -> VersionEntries -> PrepareStories -> DeduplicateParagraphs -> stories
    publish   stories of a slice -> TagEntities -> StageSlice -> staged files, which the run commits

Batch on a cluster, one graph (`run_job`); streaming, one graph (`stream`):

    ListSources -> ReadDocuments -> ParseDocuments -> VersionEntries -> PrepareStories -> DeduplicateParagraphs
        -> TagEntities -> CompletePolls -> WriteJob
    ticks -> PollSources -> ParseDocuments -> VersionEntries -> PrepareStories -> DeduplicateParagraphs
        -> TagEntities -> WriteRows -> CommitPolls -> WritePolls
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import apache_beam as beam

from newsbeam.pipeline.batch import spool
from newsbeam.pipeline.batch.complete_polls import CompletePolls
from newsbeam.pipeline.batch.job import JobOutput
from newsbeam.pipeline.batch.known_rows import KnownEntryRows, KnownParagraphRows
from newsbeam.pipeline.batch.list_sources import ListSources
from newsbeam.pipeline.batch.spool import Ref
from newsbeam.pipeline.batch.spooling import Spool, read_spool
from newsbeam.pipeline.config import Config
from newsbeam.pipeline.settings import fetch_settings, parse_limits, record_limits
from newsbeam.pipeline.stages import PrepareStories, TagEntities
from newsbeam.pipeline.streaming import bootstrap
from newsbeam.transforms.dedup.deduplicate_all_paragraphs import DeduplicateAllParagraphs
from newsbeam.transforms.dedup.deduplicate_paragraphs import (
    DeduplicateParagraphs,
    Lookup,
    StreamingDeduplicateParagraphs,
)
from newsbeam.transforms.dedup.version_all_entries import VersionAllEntries
from newsbeam.transforms.dedup.version_entries import StreamingVersionEntries, VersionEntries
from newsbeam.transforms.parse.transforms import ParseDocuments, StreamingParseDocuments
from newsbeam.transforms.read.poll_sources import PollSources, SourceGroup
from newsbeam.transforms.read.read_documents import ReadDocuments
from newsbeam.transforms.records import KnownEntry
from newsbeam.transforms.write import rows
from newsbeam.transforms.write.commit_polls import CommitPolls, without_validators
from newsbeam.transforms.write.drop_known_dead_letters import DropKnownDeadLetters
from newsbeam.transforms.write.stage_slice import StageSlice
from newsbeam.transforms.write.store import Store
from newsbeam.transforms.write.write_job import WriteJob
from newsbeam.transforms.write.write_rows import FlushSettings, WriteRows

Refs = Sequence[Ref]

SOURCES, ENTRIES, POLLS, STORIES, DEAD_LETTERS = "sources", "entries", "polls", "stories", "letters"
SLICE_BATCH = 96
STREAM_BATCH = 32


def collect(pipeline: beam.Pipeline, sources: Refs, config: Config, to: Path) -> None:
    """Read and parse spooled (Source, last Poll or None); spool entries, polls and dead letters in `to`."""
    read = read_spool(pipeline, "Sources", sources) | "ReadDocuments" >> ReadDocuments(fetch_settings(config))
    parsed = read.documents | "ParseDocuments" >> ParseDocuments(parse_limits(config), record_limits(config))
    _ = parsed.items | "SpoolEntries" >> Spool(to / ENTRIES, spool.entry_key)
    _ = read.polls | "SpoolPolls" >> Spool(to / POLLS)
    dead_letters = _flatten("DeadLetters", read.dead_letters, parsed.dead_letters)
    _ = dead_letters | "SpoolDeadLetters" >> Spool(to / DEAD_LETTERS, spool.dead_letter_key)


def decide(
    pipeline: beam.Pipeline, entries: Refs, known: Sequence[KnownEntry], lookup: Lookup, config: Config, to: Path
) -> None:
    """Decide what is new in one slice; spool its stories, with repeats marked, in `to`."""
    versions = read_spool(pipeline, "Slice", entries) | "VersionEntries" >> VersionEntries(known)
    prepared = versions | "PrepareStories" >> PrepareStories(config, SLICE_BATCH)
    decided = prepared.items | "DeduplicateParagraphs" >> DeduplicateParagraphs(lookup, config.dedup.near)
    _ = decided | "SpoolStories" >> Spool(to / STORIES, spool.story_key)
    _ = prepared.dead_letters | "SpoolDeadLetters" >> Spool(to / DEAD_LETTERS)


def publish(
    pipeline: beam.Pipeline, stories: Refs, dead_letters: Refs, config: Config, store: Store, slice_id: str, to: Path
) -> None:
    """Tag the entities of one decided slice and stage its rows and dead letters; list the staged files in `to`."""
    batches = pipeline | "Slice" >> beam.Create(spool.chunks(stories, SLICE_BATCH), reshuffle=False)
    tagged = batches | "TagEntities" >> TagEntities(config, rows.story_rows, 1, unpack=spool.read_batch)
    # Read from the spool: as elements of Create, payloads of megabytes would be encoded again at each step.
    decided = read_spool(pipeline, "DeadLetters", dead_letters, 1)
    dead = _flatten("DeadLetters", decided, tagged.dead_letters) | "DeadLetterRows" >> beam.Map(rows.dead_letter_rows)
    _ = _flatten("Rows", tagged.items, dead) | "StageSlice" >> StageSlice(store, slice_id) | "SpoolStaged" >> Spool(to)


def run_job(pipeline: beam.Pipeline, config: Config, to: JobOutput) -> None:
    """Read, decide, tag and write everything in one job, whose last steps commit it; see `batch/job.py`."""
    sources = pipeline | "ListSources" >> ListSources(config, to.store, to.since, to.now)
    read = sources.due | "ReadDocuments" >> ReadDocuments(fetch_settings(config))
    parsed = read.documents | "ParseDocuments" >> ParseDocuments(parse_limits(config), record_limits(config))
    versions = parsed.items | "VersionEntries" >> VersionAllEntries(KnownEntryRows(to.store))
    prepared = versions | "PrepareStories" >> PrepareStories(config, SLICE_BATCH)
    decided = prepared.items | "DeduplicateParagraphs" >> DeduplicateAllParagraphs(
        KnownParagraphRows(to.store, to.since), config.dedup.near
    )
    tagged = decided | "TagEntities" >> TagEntities(config, rows.story_rows, SLICE_BATCH)
    unread = _flatten("Unread", read.dead_letters, parsed.dead_letters)
    unknown = unread | "DropKnownDeadLetters" >> DropKnownDeadLetters(to.store, to.since)
    dead_letters = _flatten("DeadLetters", unknown, prepared.dead_letters, tagged.dead_letters)
    dead = dead_letters | "DeadLetterRows" >> beam.Map(rows.dead_letter_rows)
    polls = (read.polls, unread, parsed.items, versions, sources.asked) | "CompletePolls" >> CompletePolls()
    _ = _flatten("Rows", tagged.items, dead, polls) | "WriteJob" >> WriteJob(to.store, to.job)


def stream(ticks: beam.PCollection[Any], config: Config, groups: Sequence[SourceGroup], to: bootstrap.Output) -> None:
    """Poll, decide, tag and write at each tick; the decisions are those of batch, made on keyed state."""
    window = config.dedup.window
    since = bootstrap.DedupWindow(window)
    read = ticks | "PollSources" >> PollSources(
        groups, fetch_settings(config), bootstrap.polls_at_start(to, since), to.max_in_flight
    )
    parsed = read.documents | "ParseDocuments" >> StreamingParseDocuments(parse_limits(config), record_limits(config))
    versions = parsed.items | "VersionEntries" >> StreamingVersionEntries(
        window, bootstrap.EntryLookup(to.store, since), bootstrap.entries_at_start(to, since)
    )
    prepared = versions.entries | "PrepareStories" >> PrepareStories(config, STREAM_BATCH)
    decided = prepared.items | "DeduplicateParagraphs" >> StreamingDeduplicateParagraphs(
        window, config.dedup.near, bootstrap.paragraphs_at_start(to, since)
    )
    # Stories come from the one worker that holds their key. They are spread over all workers here and not earlier,
    # since decisions depend on the order of entries: that of arrival, within a poll that of publication.
    spread = decided | "SpreadStories" >> beam.Reshuffle()
    tagged = spread | "TagEntities" >> TagEntities(config, rows.keyed_story_rows, STREAM_BATCH)
    dead_letters = _flatten(
        "DeadLetters", read.dead_letters, parsed.dead_letters, prepared.dead_letters, tagged.dead_letters
    )
    dead = dead_letters | "DeadLetterRows" >> beam.Map(rows.keyed_dead_letter_rows)
    flush = FlushSettings(config.stream.batches, config.stream.flush.total_seconds(), to.max_wait_s)
    written = _flatten("Rows", tagged.items, dead) | "WriteRows" >> WriteRows(to.store, to.epoch, rows.ROW_KEYS, flush)
    settled = _flatten("PollsAndRows", versions.polls, written) | "CommitPolls" >> CommitPolls()
    # Polls without a document have no rows to wait for; they are without validators, so that earlier ones stay valid.
    empty = read.polls | "WithoutValidators" >> beam.Map(without_validators)
    polls = _flatten("Polls", settled, empty) | "PollRows" >> beam.Map(rows.keyed_poll_rows)
    _ = polls | "WritePolls" >> WriteRows(to.store, to.epoch, rows.POLL_KEYS, flush)


def _flatten(label: str, *collections: beam.PCollection[Any]) -> beam.PCollection[Any]:
    return collections | f"Flatten{label}" >> beam.Flatten()
