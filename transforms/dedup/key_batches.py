"""Computes the keys by which paragraphs and entries are compared, for batches of stories; runs in worker processes."""

from collections.abc import Sequence
from dataclasses import replace

from newsbeam.transforms.common.story_keys import story_keys
from newsbeam.transforms.dedup.paragraphs import add_band_keys
from newsbeam.transforms.records import Story
from newsbeam.transforms.runtime.batches import Batch


def band_keys_batch(stories: Sequence[Story]) -> Batch[Story]:
    """Return `stories` with the MinHash band keys of their paragraphs."""
    return Batch(add_band_keys(stories))


def story_keys_batch(stories: Sequence[Story]) -> Batch[Story]:
    """Return `stories` with the words by which entries of one event are recognised."""
    return Batch(
        [
            replace(story, entry=replace(story.entry, story_keys=story_keys(story.entry.title, story.paragraphs)))
            for story in stories
        ]
    )
