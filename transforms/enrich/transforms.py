"""TagTopics and TagEntities: add topics and entities to stories."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import apache_beam as beam

from newsbeam.transforms.enrich.tag_batches import tag_entities_batch, tag_topics_batch
from newsbeam.transforms.enrich.topics import TopicSettings
from newsbeam.transforms.records import Story
from newsbeam.transforms.runtime.batches import Batch
from newsbeam.transforms.runtime.isolation import LIMITS, RecordLimits
from newsbeam.transforms.runtime.map_batches import MapBatches
from newsbeam.transforms.runtime.outputs import MultiOutput, Outputs

SETTINGS = TopicSettings()


@dataclass
class TagTopics(MultiOutput):
    """Gives the entry of each story its IPTC Media Topics.

    Input: Story. Output: `items` (Story), and `dead_letters`: texts that the tagger fails on; their stories go on
    without topics.

    Attributes:
        settings: The most topics of an entry, and the least score.
        record_limits: The time and memory that one story may use in a worker process.
    """

    settings: TopicSettings = SETTINGS
    record_limits: RecordLimits = LIMITS

    def expand(self, stories: beam.PCollection[Story]) -> Outputs[Story]:
        tag = partial(tag_topics_batch, settings=self.settings)
        outputs: Outputs[Story] = stories | "Tag" >> MapBatches(tag, fallback=unchanged, limits=self.record_limits)
        return outputs


@dataclass
class TagEntities(MultiOutput):
    """Tags the entities of each paragraph that is not an exact duplicate, and resolves names within a story.

    Input: Story. Output: `items` (Story), and `dead_letters`: texts that a model fails on; their stories go on without
    entities of these.

    Attributes:
        models: The spaCy model for each language, by primary subtag.
        record_limits: The time and memory that one story may use in a worker process.
    """

    models: Mapping[str, str] = field(default_factory=lambda: {"en": "en_core_web_sm"})
    record_limits: RecordLimits = LIMITS

    def expand(self, stories: beam.PCollection[Story]) -> Outputs[Story]:
        tag = partial(tag_entities_batch, models=self.models)
        outputs: Outputs[Story] = stories | "Tag" >> MapBatches(tag, fallback=unchanged, limits=self.record_limits)
        return outputs


def unchanged(stories: Sequence[Story]) -> Batch[Story]:
    """Return stories unchanged."""
    return Batch(stories)
