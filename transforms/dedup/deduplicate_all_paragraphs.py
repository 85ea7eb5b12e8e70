"""DeduplicateAllParagraphs: the decisions of DeduplicateParagraphs for all stories of a job at once, on many workers.

    stories -> paragraphs, each with the dates of its entry -> GroupConnected -> deduplicate -> marked paragraphs
        +-> by story ------------------------------------------------------------------------> stories with marks

A paragraph is compared with those that have its fingerprint or one of its bands. So the decisions on a connected group,
made in canonical order, are those on all paragraphs of the job.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

import apache_beam as beam
import numpy as np
from apache_beam.pvalue import TaggedOutput

from newsbeam.transforms.dedup.connected import Hashes, hash_of
from newsbeam.transforms.dedup.deduplicate_paragraphs import count_kinds
from newsbeam.transforms.dedup.group_connected import Group, GroupConnected, KnownRows
from newsbeam.transforms.dedup.near import search_keys
from newsbeam.transforms.dedup.paragraphs import deduplicate
from newsbeam.transforms.dedup.version_all_entries import DecisionError
from newsbeam.transforms.ids import version_key
from newsbeam.transforms.records import Entry, KnownParagraph, Paragraph, Story
from newsbeam.transforms.runtime.outputs import with_outputs
from newsbeam.transforms.runtime.set_aside import Aside, pack, unpack

PARAGRAPHS, STORIES = "paragraphs", "stories"

# An entry goes along with each of its paragraphs: without what is long, of which decisions need nothing.
_TEXTS = frozenset({"content", "summary", "subtitle", "ednote", "copyright", "rights"})
_LISTS = frozenset({"authors", "categories", "subjects", "genres", "related", "media", "places", "topics"})
_KEPT = [each.name for each in fields(Entry) if each.name not in _TEXTS | _LISTS]


@dataclass
class DeduplicateAllParagraphs(beam.PTransform):
    """Marks exact and near duplicates, in canonical order, against each other and the output.

    Input: a bounded PCollection of Story, with band keys: all stories of a job; and the first day of the window, once.
    Output: the same stories, in no particular order. Keys: those of GroupConnected, then a story's id and version.

    Attributes:
        known: The rows of canonical paragraphs that earlier runs wrote, as KnownParagraph.
        aside: Where packs are kept that are too large for an element.
        threshold: The Jaccard similarity from which two paragraphs are near duplicates.
    """

    known: KnownRows[KnownParagraph]
    aside: Aside
    threshold: float

    def expand(self, inputs: Any) -> beam.PCollection[Story]:
        stories, since = inputs
        split = stories | with_outputs(
            "Paragraphs", _ParagraphsFn(self.aside), PARAGRAPHS, main=STORIES, keyed=(STORIES,)
        )
        groups = (split[PARAGRAPHS], since) | "GroupConnected" >> GroupConnected(
            identify_paragraph, self.known, self.aside
        )
        marked = groups | "Decide" >> beam.FlatMap(_decide, self.threshold, self.aside).with_output_types(
            tuple[str, Any]
        )
        return (
            (split[STORIES], marked)
            | "Flatten" >> beam.Flatten()
            | "GroupByStory" >> beam.GroupByKey()
            | "Mark" >> beam.FlatMap(_with_marks, self.aside)
        )


def paragraph_keys(fingerprint: str, near_keys: bytes) -> tuple[int, Hashes]:
    """Return the node of all paragraphs with this fingerprint and these bands, and their keys."""
    node = hash_of("paragraph", fingerprint, near_keys)
    keys, _ = search_keys([near_keys])
    return node, np.append(keys.astype(np.uint64), np.uint64(hash_of("fingerprint", fingerprint)))


def identify_paragraph(story: Story) -> tuple[int, Hashes]:
    """Return the node and the keys of the one paragraph of `story`."""
    (paragraph,) = story.paragraphs
    return paragraph_keys(paragraph.fingerprint, paragraph.near_keys)


class _ParagraphsFn(beam.DoFn):
    def __init__(self, aside: Aside):
        self._aside = aside

    def process(self, story: Story) -> Iterator[Any]:
        short = Entry(**{name: getattr(story.entry, name) for name in _KEPT})
        for paragraph in story.paragraphs:
            yield TaggedOutput(PARAGRAPHS, Story(short, (paragraph,)))
        yield version_key(story.entry.entry_id, story.entry.version), pack([story], self._aside)


def _decide(group: Group, threshold: float, aside: Aside) -> Iterator[tuple[str, Any]]:
    """Yield the paragraphs of a group that the decision has changed."""
    if len(group.new) == 1 and not group.known:
        return
    before: dict[str, Paragraph] = {}
    stories: dict[str, list[Story]] = defaultdict(list)
    for story in group.new:
        (paragraph,) = story.paragraphs
        before[paragraph.paragraph_id] = paragraph
        stories[version_key(paragraph.entry_id, paragraph.entry_version)].append(story)
    for decided in deduplicate(map(_joined, stories.values()), group.known, threshold):
        for paragraph in decided.paragraphs:
            if paragraph != before[paragraph.paragraph_id]:
                yield version_key(paragraph.entry_id, paragraph.entry_version), pack([paragraph], aside)


def _joined(parts: list[Story]) -> Story:
    """Return one story with the paragraphs of its parts, in reading order."""
    paragraphs = sorted((part.paragraphs[0] for part in parts), key=lambda paragraph: paragraph.position)
    return Story(parts[0].entry, tuple(paragraphs))


def _with_marks(element: tuple[str, Iterable[Any]], aside: Aside) -> Iterator[Story]:
    stories: list[Story] = []
    marked: dict[str, Paragraph] = {}
    for each in unpack(element[1], aside):
        if isinstance(each, Story):
            stories.append(each)
        else:
            marked[each.paragraph_id] = each
    if len(stories) != 1:
        raise DecisionError(f"{len(stories)} stories have the id and version {element[0]}")
    (story,) = stories
    paragraphs = tuple(marked.pop(each.paragraph_id, each) for each in story.paragraphs)
    if marked:
        raise DecisionError(f"decisions on paragraphs that are not there: {', '.join(marked)}")
    decided = replace(story, paragraphs=paragraphs)
    count_kinds([decided])
    yield decided
