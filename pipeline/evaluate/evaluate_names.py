"""Compares entities and quotes with those of labelled rows, and prints tables and errors."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from newsbeam.pipeline.evaluate.comparison import SHARES, Comparison, cells, f1, print_errors
from newsbeam.pipeline.evaluate.labelled_rows import LabelledStory, Labels, read_labelled
from newsbeam.transforms.enrich.entities import tag_stories
from newsbeam.transforms.enrich.entity_settings import EntitySettings
from newsbeam.transforms.enrich.names.rules import NO_RULES
from newsbeam.transforms.records import Paragraph

# The labels of models as those of the common test sets, for files that use these.
COARSE = {"PERSON": "PER", "GPE": "LOC", "FAC": "LOC"} | dict.fromkeys(
    ("NORP", "PRODUCT", "EVENT", "WORK_OF_ART", "LAW", "LANGUAGE"), "MISC"
)


def evaluate_entities(path: Path, models: Mapping[str, str], console: Console, errors: int) -> None:
    """Print how good entities are on labelled rows: of the model alone, and as they are written.

    Args:
        path: JSON Lines, see `labelled_rows`.
        models: The models by language.
        console: To print to.
        errors: How many errors to print.
    """
    stories = read_labelled(path, "entities", "label")
    labels = {label for each in stories for found in each.labels if found for _, _, label in found}
    names = COARSE if labels <= {"PER", "LOC", "ORG", "MISC"} else {}
    raw = _compare(stories, EntitySettings(models, NO_RULES, places=False, quotes=False), names, labels)
    ours = _compare(stories, EntitySettings(models, places=False, quotes=False), names, labels)
    _print_by_label(ours, raw, console)
    print_errors(ours, console, errors)


def evaluate_quotes(path: Path, models: Mapping[str, str], console: Console, errors: int) -> None:
    """Print how good quotes and their speakers are on labelled rows."""
    compared, spans = Comparison(), Comparison()
    for paragraph, labels in _tagged(read_labelled(path, "quotes", "speaker"), EntitySettings(models)):
        quotes = frozenset((quote.start, quote.end, quote.speaker) for quote in paragraph.quotes)
        compared.add(paragraph.text, labels, quotes)
        spans.add(paragraph.text, _unnamed(labels), _unnamed(quotes))
    named = sorted(label for label in (compared.labelled | compared.found) if label)
    table = Table("", *SHARES)
    table.add_row("with speaker", *cells(compared, named))
    table.add_row("spans", *cells(spans, [""]))
    console.print(table)
    print_errors(compared, console, errors)


def _unnamed(labels: Labels) -> Labels:
    return frozenset((start, end, "") for start, end, _ in labels)


def _tagged(stories: Sequence[LabelledStory], settings: EntitySettings) -> Iterator[tuple[Paragraph, Labels]]:
    """Yield the labelled paragraphs, tagged, with their labels."""
    tagged = tag_stories([each.story for each in stories], settings).stories
    for each, story in zip(stories, tagged, strict=True):
        for paragraph, labels in zip(story.paragraphs, each.labels, strict=True):
            if labels is not None:
                yield paragraph, labels


def _compare(
    stories: Sequence[LabelledStory], settings: EntitySettings, names: Mapping[str, str], labels: set[str]
) -> Comparison:
    compared = Comparison()
    for paragraph, wanted in _tagged(stories, settings):
        found = ((each.start, each.end, names.get(each.label, each.label)) for each in paragraph.entities)
        # Labels that the file doesn't use are left out: what was not labelled can't be wrong.
        compared.add(paragraph.text, wanted, frozenset(each for each in found if each[2] in labels))
    return compared


def _print_by_label(ours: Comparison, raw: Comparison, console: Console) -> None:
    table = Table("label", *SHARES, "F1 of the model alone")
    for label in sorted(ours.labelled | ours.found):
        table.add_row(label, *cells(ours, [label]), f1(raw, [label]))
    everything = sorted(ours.labelled | ours.found)
    table.add_row("all", *cells(ours, everything), f1(raw, everything))
    console.print(table)
