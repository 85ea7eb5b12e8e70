"""How often names are right: the model alone, with the rules around it, and with each rule switched off alone.

F1 by exact spans and labels (PER, LOC, ORG; wikigold MISC too). No rule or list was made from these sets: rules were
developed on the development part of English EWT, on real feeds and on Reuters.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

from benchmarks.entities import paragraphs as corpus_paragraphs
from benchmarks.lib.corpus import corpus_name
from benchmarks.lib.figures import Figure, scaled
from benchmarks.lib.gum import read_gum
from benchmarks.lib.labelled import STORY_PARAGRAPHS, Labelled, Text, labelled, read_conll, read_uner, spans_of
from newsbeam.transforms.enrich.entities import tag_stories, tag_texts
from newsbeam.transforms.enrich.entity_settings import EntitySettings
from newsbeam.transforms.enrich.names.rules import ALL_RULES, NO_RULES, EntityRules
from newsbeam.transforms.enrich.names.story import apply_rules
from newsbeam.transforms.errors import EnrichError
from newsbeam.transforms.records import Story
from testing.shared_data import shared_data

MODEL = "en_core_web_sm"
COST_PARAGRAPHS = 2_000
_THREE = {"PERSON": "PER", "PER": "PER", "GPE": "LOC", "LOC": "LOC", "FAC": "LOC", "ORG": "ORG"}
_OTHERS = ("NORP", "PRODUCT", "EVENT", "WORK_OF_ART", "LAW", "LANGUAGE", "MISC")
_FOUR = _THREE | dict.fromkeys(_OTHERS, "MISC")
_CONLL = {label: label for label in ("PER", "LOC", "ORG", "MISC")}


@dataclass(frozen=True)
class _Set:
    name: str
    documents: Sequence[Labelled]
    labels: Mapping[str, str]


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Yield F1 on each set, raw and ours; what each rule adds; the cost beside the model's."""
    data = shared_data()
    if data:
        yield from _quality(data / "ner", scale)
    yield _cost(scaled(COST_PARAGRAPHS, scale, 40))


def _quality(folder: Path, scale: float) -> Iterator[Figure]:
    gains: list[float] = []
    losses: dict[str, list[float]] = {}
    for each in _sets(folder, scale):
        stories = _tagged(each.documents)
        raw, ours = _f1(each, stories, NO_RULES), _f1(each, stories, ALL_RULES)
        note = f"{len(each.documents):,} documents, {sum(len(n) for d in each.documents for n in d.names):,} names"
        yield Figure(f"names.{each.name}_raw", raw, "", "", "F1, the model alone")
        yield Figure(f"names.{each.name}", ours, f"> {raw:.2f}", "", note)
        gains.append(ours - raw)
        for field in fields(EntityRules):
            without = _f1(each, stories, replace(ALL_RULES, **{field.name: False}))
            losses.setdefault(field.name, []).append(ours - without)
    yield Figure(
        "names.gain", sum(gains) / len(gains), ">= 3", "", "points of F1 over the model alone, mean of the sets"
    )
    for rule, points in losses.items():
        note = f"points of F1 that the rule adds to the others: {', '.join(f'{each:+.2f}' for each in points)}"
        yield Figure(f"names.rule.{rule}", sum(points) / len(points), "", "", note)


def _sets(folder: Path, scale: float) -> Iterator[_Set]:
    uner = folder / "uner"
    found = {
        "en_pud": (read_uner(uner / "en_pud" / "en_pud-ud-test.iob2"), _THREE),
        "en_ewt": (read_uner(uner / "en_ewt" / "en_ewt-ud-test.iob2"), _THREE),
        "gum_news": (read_gum(folder / "gum_news" / "dep"), _THREE),
        "wikigold": (read_conll(folder / "wikigold" / "CONLL-format" / "data" / "wikigold.conll.txt", _CONLL), _FOUR),
    }
    for name, (documents, labels) in found.items():
        yield _Set(name, documents[: scaled(len(documents), scale, 3)], labels)


def _tagged(documents: Sequence[Labelled]) -> list[Story]:
    """Return the stories with the entities of the model alone."""
    texts = [paragraph.text for document in documents for paragraph in document.story.paragraphs]
    results = iter(tag_texts(texts, MODEL))
    return [_with(document.story, results) for document in documents]


def _with(story: Story, results: Iterator[object]) -> Story:
    found = [next(results) for _ in story.paragraphs]
    return replace(
        story,
        paragraphs=tuple(
            paragraph if isinstance(entities, EnrichError) else replace(paragraph, entities=entities)
            for paragraph, entities in zip(story.paragraphs, found, strict=True)
        ),
    )


def _f1(measured: _Set, stories: Sequence[Story], rules: EntityRules) -> float:
    right = found = wanted = 0
    for document, story in zip(measured.documents, stories, strict=True):
        for paragraph, names in zip(apply_rules(story, rules).paragraphs, document.names, strict=True):
            spans = spans_of(paragraph, dict(measured.labels))
            right += len(spans & set(names))
            found += len(spans)
            wanted += len(set(names))
    return 200 * right / (found + wanted)


def _cost(number: int) -> Figure:
    """Return the time of everything around the model as a share of the model's."""
    texts = [text for text, _ in zip(corpus_paragraphs(), range(number), strict=False)]
    stories = [
        labelled("", [Text(text, ()) for text in texts[at : at + STORY_PARAGRAPHS]]).story
        for at in range(0, len(texts), STORY_PARAGRAPHS)
    ]
    settings = EntitySettings({"en": MODEL})
    tag_stories(stories[:2], settings)
    bare_settings = EntitySettings({"en": MODEL}, NO_RULES, places=False, quotes=False)
    bare = whole = 0.0
    for at in range(0, len(stories), 8):  # they take turns, so that a busy moment of the machine hits both
        bare += _cpu_s(stories[at : at + 8], bare_settings)
        whole += _cpu_s(stories[at : at + 8], settings)
    note = f"CPU of all rules, places and quotes beside the model's, {len(texts):,} paragraphs of {corpus_name()}"
    return Figure("names.cost", whole / bare - 1, "<= 0.12", "share", note)


def _cpu_s(stories: Sequence[Story], settings: EntitySettings) -> float:
    start = time.process_time()
    tag_stories(stories, settings)
    return time.process_time() - start
