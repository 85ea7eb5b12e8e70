"""The graph of a run on a cluster: the stages of `graph.py`, in one job.

ListSources -> ReadDocuments -> ParseDocuments -> VersionEntries -> PrepareStories -> DeduplicateParagraphs
-> RelateStories -> TagEntities -> CompletePolls -> WriteJob
"""

from functools import partial

import apache_beam as beam

from newsbeam.pipeline.batch.complete_polls import CompletePolls
from newsbeam.pipeline.batch.job import JobOutput
from newsbeam.pipeline.batch.known_relations import RelationLookup
from newsbeam.pipeline.batch.known_rows import KnownEntryRows, KnownParagraphRows
from newsbeam.pipeline.batch.list_sources import ListSources
from newsbeam.pipeline.batch.window_start import FindWindowStart
from newsbeam.pipeline.config.model import Config
from newsbeam.pipeline.settings import fetch_settings, parse_limits, raw_log, record_limits, version_rules
from newsbeam.pipeline.slice_graph import SLICE_BATCH
from newsbeam.pipeline.stages import PrepareStories, TagEntities, flatten
from newsbeam.transforms.dedup.deduplicate_all_paragraphs import DeduplicateAllParagraphs
from newsbeam.transforms.dedup.relate_stories import RelateAllStories
from newsbeam.transforms.dedup.version_all_entries import VersionAllEntries
from newsbeam.transforms.parse.transforms import ParseDocuments
from newsbeam.transforms.read.read_documents import ReadDocuments
from newsbeam.transforms.write.drop_known_dead_letters import DropKnownDeadLetters
from newsbeam.transforms.write.job_files import JobFiles
from newsbeam.transforms.write.rows import dead_letter_rows, story_rows
from newsbeam.transforms.write.write_job import WriteJob


def run_job(pipeline: beam.Pipeline, config: Config, to: JobOutput) -> None:
    """Read, decide, tag and write everything in one job, whose last steps commit it; see `batch/job.py`."""
    aside = JobFiles(to.store, to.job)
    sources = pipeline | "ListSources" >> ListSources(config, to.store, aside, to.since, to.now)
    read = sources.due | "ReadDocuments" >> ReadDocuments(fetch_settings(config), raw_log(config, to.store), to.job)
    parsed = read.documents | "ParseDocuments" >> ParseDocuments(parse_limits(config), record_limits(config))
    versions = parsed.items | "VersionEntries" >> VersionAllEntries(
        KnownEntryRows(to.store), aside, version_rules(config)
    )
    prepared = versions | "PrepareStories" >> PrepareStories(config, SLICE_BATCH)
    since = parsed.items | "FindWindowStart" >> FindWindowStart(to.since, config.dedup.window)
    decided = (prepared.items, since) | "DeduplicateParagraphs" >> DeduplicateAllParagraphs(
        KnownParagraphRows(to.store), aside, config.dedup.near
    )
    related = (decided, since) | "RelateStories" >> RelateAllStories(partial(RelationLookup, to.store), aside)
    tagged = related | "TagEntities" >> TagEntities(config, story_rows, SLICE_BATCH)
    of_polls = flatten("DeadLettersOfPolls", read.dead_letters, parsed.dead_letters)
    unwritten = of_polls | "DropKnownDeadLetters" >> DropKnownDeadLetters(to.store, to.since)
    dead_letters = flatten("DeadLetters", unwritten, prepared.dead_letters, tagged.dead_letters)
    dead = dead_letters | "DeadLetterRows" >> beam.Map(dead_letter_rows)
    polls = (read.polls, of_polls, parsed.items, versions, sources.asked) | "CompletePolls" >> CompletePolls()
    _ = flatten("Rows", tagged.items, dead, polls) | "WriteJob" >> WriteJob(to.store, to.job)
