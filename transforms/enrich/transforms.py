"""TagTopics and TagEntities: add topics and entities to stories."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import apache_beam as beam

from newsbeam.transforms.enrich.entity_settings import EntitySettings
from newsbeam.transforms.enrich.names.rules import ALL_RULES, EntityRules
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
    """Tags entities and quotes of each paragraph that is not an exact duplicate; names are resolved within a story.

    Input: Story. Output: `items` (Story), and `dead_letters`: texts that a model fails on; their stories go on without
    entities of these.

    Attributes:
        models: The model for each language, by primary subtag.
        rules: The rules around the models that are on.
        places: Whether places get their country and coordinates.
        quotes: Whether direct speech is extracted.
        record_limits: The time and memory that one story may use in a worker process.
        min_ram: The memory that a worker needs for it, such as "4GB", as a resource hint; None for no hint. An engine
            that heeds it, as Dataflow does, runs the step on workers of its own.
    """

    models: Mapping[str, str] = field(default_factory=lambda: {"en": "en_core_web_sm"})
    rules: EntityRules = ALL_RULES
    places: bool = True
    quotes: bool = True
    record_limits: RecordLimits = LIMITS
    min_ram: str | None = None

    def expand(self, stories: beam.PCollection[Story]) -> Outputs[Story]:
        settings = EntitySettings(self.models, self.rules, self.places, self.quotes)
        tag = partial(tag_entities_batch, settings=settings)
        step = MapBatches(tag, fallback=unchanged, limits=self.record_limits)
        outputs: Outputs[Story] = stories | "Tag" >> with_ram(step, self.min_ram)
        return outputs


def with_ram(step: MapBatches, min_ram: str | None) -> MapBatches:
    """Return a step with a hint of the memory that its workers need."""
    return step.with_resource_hints(min_ram=min_ram) if min_ram else step


def unchanged(stories: Sequence[Story]) -> Batch[Story]:
    """Return stories unchanged."""
    return Batch(stories)
