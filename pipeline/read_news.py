"""ReadNews: the sources of a config as rows with a schema, for pipelines that go on elsewhere, also in Beam YAML.

(Source, no poll) -> ReadDocuments -> ParseDocuments -> VersionEntries -> PrepareStories -> DeduplicateParagraphs
-> TagEntities -> MakeParagraphRows, MakeEntryRows, MakeDeadLetterRows
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam.typehints.decorators import IOTypeHints

from newsbeam.pipeline.config.load import load_config
from newsbeam.pipeline.config.model import Config
from newsbeam.pipeline.settings import fetch_settings, parse_limits, record_limits
from newsbeam.pipeline.slice_graph import SLICE_BATCH
from newsbeam.pipeline.sources import expand_sources
from newsbeam.pipeline.stages import PrepareStories, TagEntities
from newsbeam.transforms.dedup.deduplicate_paragraphs import DeduplicateParagraphs
from newsbeam.transforms.dedup.version_entries import VersionEntries
from newsbeam.transforms.parse.transforms import ParseDocuments
from newsbeam.transforms.read.http import HttpClient
from newsbeam.transforms.read.read_documents import ReadDocuments
from newsbeam.transforms.read.sources import access_of, without_access
from newsbeam.transforms.records import KnownParagraph, Story
from newsbeam.transforms.runtime.batches import Batch
from newsbeam.transforms.write.beam_rows import MakeDeadLetterRows, MakeEntryRows, MakeParagraphRows


class NewsRows(NamedTuple):
    """The outputs of ReadNews, with schemas.

    Attributes:
        paragraphs: As in `paragraphs/`.
        entries: As in `entries/`.
        dead_letters: As in `dead_letters/`.
    """

    paragraphs: beam.PCollection[beam.Row]
    entries: beam.PCollection[beam.Row]
    dead_letters: beam.PCollection[beam.Row]


@dataclass
class ReadNews(beam.PTransform):
    """Reads all sources of a config once and gives the rows that a first run would write.

    Input: the beginning of a pipeline. Output: `NewsRows`, bounded, each row timestamped with its fetch. Nothing is
    written, and no output of earlier runs is looked at: each pipeline reads everything, and only what it reads itself
    counts as a duplicate. All paragraphs are decided in one step.

    Attributes:
        config: A config, or the path or URL of one. Its `output` is not used.
    """

    config: Config | str

    def default_type_hints(self) -> IOTypeHints:
        """Return no hints: Beam would take the named tuple for the type of each element."""
        return IOTypeHints.empty()

    def expand(self, begin: beam.pvalue.PBegin) -> NewsRows:
        config = load_config(self.config) if isinstance(self.config, str) else self.config
        with HttpClient(fetch_settings(config)) as client:
            sources = expand_sources(config, client, lambda _: None)
        # Secrets go with the settings of the step: elements may be written to disk by a runner.
        config = config.with_access(access_of(sources))
        asked = [(without_access(source), None) for source in sources]
        read = begin | "Sources" >> beam.Create(asked) | "ReadDocuments" >> ReadDocuments(fetch_settings(config))
        parsed = read.documents | "ParseDocuments" >> ParseDocuments(parse_limits(config), record_limits(config))
        versions = parsed.items | "VersionEntries" >> VersionEntries([])
        prepared = versions | "PrepareStories" >> PrepareStories(config, SLICE_BATCH)
        decided = prepared.items | "DeduplicateParagraphs" >> DeduplicateParagraphs(_no_rows, config.dedup.near)
        tagged = decided | "TagEntities" >> TagEntities(config, _as_stories, SLICE_BATCH)
        dead_letters = (
            read.dead_letters,
            parsed.dead_letters,
            prepared.dead_letters,
            tagged.dead_letters,
        ) | "DeadLetters" >> beam.Flatten()
        return NewsRows(
            tagged.items | "MakeParagraphRows" >> MakeParagraphRows(),
            tagged.items | "MakeEntryRows" >> MakeEntryRows(),
            dead_letters | "MakeDeadLetterRows" >> MakeDeadLetterRows(),
        )


class ReadNewsByName(ReadNews):
    """ReadNews for Beam YAML, which gives outputs their names from a dict and not from a named tuple."""

    def expand(self, begin: beam.pvalue.PBegin) -> dict[str, beam.PCollection[beam.Row]]:  # type: ignore[override]
        return super().expand(begin)._asdict()


def _no_rows(fingerprints: set[str], near_keys: set[bytes]) -> list[KnownParagraph]:
    """Return no written paragraphs."""
    return []


def _as_stories(stories: Sequence[Story], **_: Any) -> Batch[Story]:
    return Batch(stories)
