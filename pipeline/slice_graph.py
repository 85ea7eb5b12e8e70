"""The graphs of `newsbeam run` and `reprocess` on this machine, three a run; `graph.py` says where the others are.

Between them records are in files on disk (`spool`):

    collect   (Source, last Poll) -> ReadDocuments -> ParseDocuments -> entries, polls, dead letters
              `reprocess`: parts of the raw log -> RereadDocuments -> ParseDocuments -> entries, dead letters
    decide    entries of a slice -> VersionEntries -> PrepareStories -> DeduplicateParagraphs -> RelateStories
                  -> stories
    publish   stories of a slice -> TagEntities -> StageSlice -> staged files, which the run commits
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import apache_beam as beam

from newsbeam.pipeline.batch import spool
from newsbeam.pipeline.batch.spool import Ref
from newsbeam.pipeline.batch.spooling import Spool
from newsbeam.pipeline.config.model import Config
from newsbeam.pipeline.settings import (
    fetch_settings,
    parse_limits,
    record_limits,
    version_rules,
)
from newsbeam.pipeline.stages import PrepareStories, TagEntities, flatten
from newsbeam.transforms.dedup.deduplicate_paragraphs import DeduplicateParagraphs, Lookup
from newsbeam.transforms.dedup.relate_stories import RelateStories, RelationLookup
from newsbeam.transforms.dedup.version_entries import VersionEntries
from newsbeam.transforms.parse.transforms import ParseDocuments
from newsbeam.transforms.read.read_documents import ReadDocuments
from newsbeam.transforms.records import KnownEntry
from newsbeam.transforms.write.logged_documents import LogPart
from newsbeam.transforms.write.raw_log import RawLog
from newsbeam.transforms.write.reread_documents import RereadDocuments
from newsbeam.transforms.write.rows import (
    dead_letter_rows,
    story_rows,
)
from newsbeam.transforms.write.stage_slice import StageSlice
from newsbeam.transforms.write.store import Store

SOURCES, ENTRIES, POLLS, STORIES, DEAD_LETTERS = "sources", "entries", "polls", "stories", "letters"
SLICE_BATCH = 96


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
    # Batches of 1: an element is a chunk of stories already, and the worker process reads them itself.
    tagged = batches | "TagEntities" >> TagEntities(config, story_rows, 1, unpack=spool.read_batch)
    # Read from the spool: as elements of Create, payloads of megabytes would be encoded again at each step.
    decided = _spooled(pipeline, "DeadLetters", dead_letters, 1)
    dead = flatten("DeadLetters", decided, tagged.dead_letters) | "DeadLetterRows" >> beam.Map(dead_letter_rows)
    rows = flatten("Rows", tagged.items, dead)
    _ = rows | "StageSlice" >> StageSlice(store, slice_id) | "SpoolStaged" >> Spool(to)


def _spooled(pipeline: beam.Pipeline, label: str, refs: Sequence[Ref], size: int = 0) -> beam.PCollection[Any]:
    """Return the records of `refs`, read by the pipeline's workers, `size` at a time or all together."""
    chunk = pipeline | label >> beam.Create(spool.chunks(refs, size or max(1, len(refs))), reshuffle=False)
    return chunk | f"Read{label}" >> beam.FlatMap(spool.read_chunk)
