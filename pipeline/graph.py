"""The graph of `newsbeam stream`. Stages are connected here, in `slice_graph.py` and in `job_graph.py` only.

    stream                  graph.py
    run, on this machine    slice_graph.py: three graphs a run, by slices
    run, on a cluster       job_graph.py: one bounded job

All have the same stages; a stage whose decisions need what was seen before has a streaming form with keyed state:

    ticks -> PollSources -> ParseDocuments -> VersionEntries -> PrepareStories -> DeduplicateParagraphs
        -> RelateStories -> TagEntities -> WriteRows -> CommitPolls -> WritePolls
    dead letters of the first two -> DropWrittenDeadLetters -> WriteRows
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import apache_beam as beam

from newsbeam.pipeline.config.model import Config
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
from newsbeam.transforms.dedup.drop_written_dead_letters import DropWrittenDeadLetters
from newsbeam.transforms.dedup.packed_stories import apply_relations, stories_in
from newsbeam.transforms.dedup.relate_stories import StreamingRelateStories
from newsbeam.transforms.dedup.streaming_paragraphs import StreamingDeduplicateParagraphs
from newsbeam.transforms.dedup.version_entries import StreamingVersionEntries
from newsbeam.transforms.parse.transforms import StreamingParseDocuments
from newsbeam.transforms.read.poll_sources import PollSources, SourceGroup
from newsbeam.transforms.runtime.packing import PackByKey, one_key
from newsbeam.transforms.write.commit_polls import CommitPolls, rows_of_pack, without_validators
from newsbeam.transforms.write.rows import (
    POLL_KEYS,
    ROW_KEYS,
    keyed_dead_letter_rows,
    keyed_story_rows,
)
from newsbeam.transforms.write.write_rows import FlushSettings, WriteRows, already_written

STREAM_BATCH = 32


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
    related = decided | "RelateStories" >> StreamingRelateStories(
        window, STREAM_BATCH, bootstrap.stories_at_start(to, since)
    )
    # Stories come from the one worker that holds their key. They are spread over all workers here and not earlier,
    # since decisions depend on the order of entries: that of arrival, within a poll that of publication.
    spread = related | "SpreadStories" >> beam.Reshuffle()
    tagged = spread | "TagEntities" >> TagEntities(config, keyed_story_rows, STREAM_BATCH, apply_relations, stories_in)
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
    # A drop has a poll for each file: a table for each would take longer than to write the rows.
    packed = flatten("Polls", settled, empty) | "PackPolls" >> PackByKey(one_key)
    polls = packed | "PollRows" >> beam.Map(rows_of_pack)
    _ = polls | "WritePolls" >> WriteRows(to.store, to.epoch, POLL_KEYS, flush)
