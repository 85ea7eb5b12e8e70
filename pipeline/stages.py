"""Stages of the graph that run several functions in one call of a worker process, with the config's settings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from math import inf
from typing import Any

import apache_beam as beam

from newsbeam.pipeline.config.model import Config
from newsbeam.pipeline.settings import entity_settings, list_versions, record_limits, text_limits, topic_settings
from newsbeam.transforms.dedup.key_batches import band_keys_batch, story_keys_batch
from newsbeam.transforms.enrich.packages import model_versions
from newsbeam.transforms.enrich.tag_batches import tag_entities_batch, tag_topics_batch
from newsbeam.transforms.enrich.transforms import with_ram
from newsbeam.transforms.records import Entry, Story
from newsbeam.transforms.runtime.batches import Batch, Chain
from newsbeam.transforms.runtime.map_batches import MapBatches
from newsbeam.transforms.runtime.outputs import MultiOutput, Outputs
from newsbeam.transforms.text.split_batches import split_batch, without_paragraphs


@dataclass
class PrepareStories(MultiOutput):
    """Splits entries into paragraphs, computes the keys by which they are compared, and tags the entries' topics.

    Input: Entry. Output: `items` (Story) and `dead_letters`.

    Attributes:
        config: For its limits and topics.
        batch_size: Entries in one call of a worker process.
    """

    config: Config
    batch_size: int

    def expand(self, entries: beam.PCollection[Entry]) -> Outputs[Story]:
        # One call for all three: each trip to a worker process pickles the stories there and back.
        prepare = Chain(
            (
                partial(split_batch, limits=text_limits(self.config)),
                band_keys_batch,
                story_keys_batch,
                partial(tag_topics_batch, settings=topic_settings(self.config)),
            )
        )
        limits = record_limits(self.config)
        outputs: Outputs[Story] = entries | "Prepare" >> MapBatches(
            prepare, self.batch_size, fallback=without_paragraphs, limits=limits
        )
        return outputs


@dataclass
class TagEntities(MultiOutput):
    """Tags the entities of stories and converts them to rows.

    Input: Story, or elements that `unpack` converts to stories. Output: `items` (rows) and `dead_letters`. Where a
    model fails on a story, its rows have no entities.

    Attributes:
        config: For its models and limits.
        to_rows: Converts stories to rows, with the versions of their models.
        batch_size: Elements in one call of a worker process.
        unpack: Converts elements to stories, in the worker process; None where elements are stories.
        count: Returns how many of the `batch_size` an element is; None where each is one.
    """

    config: Config
    to_rows: Callable[..., Batch[Any]]
    batch_size: int
    unpack: Callable[[Sequence[Any]], Batch[Any]] | None = None
    count: Callable[[Any], int] | None = None

    def expand(self, stories: beam.PCollection[Any]) -> Outputs[Any]:
        models = model_versions(self.config.entities.models)
        to_rows = partial(self.to_rows, models=models, versions=list_versions(self.config))
        # In one call, too: rows go back, and the stories with their entities don't.
        tag = Chain((partial(tag_entities_batch, settings=entity_settings(self.config)), to_rows))
        step = MapBatches(
            tag,
            self.batch_size,
            self.batch_size if self.count else inf,
            self.count,
            self.unpack,
            fallback=to_rows,
            limits=record_limits(self.config),
        )
        ram = self.config.entities.min_ram
        outputs: Outputs[Any] = stories | "Tag" >> with_ram(step, f"{ram:d}B" if ram else None)
        return outputs


def flatten(label: str, *collections: beam.PCollection[Any]) -> beam.PCollection[Any]:
    """Return all elements of some collections."""
    return collections | f"Flatten{label}" >> beam.Flatten()
