"""Compares entities and quotes with those of labelled rows, and prints tables and errors."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from newsbeam.pipeline.evaluate.labelled_rows import LabelledStory, Labels, read_labelled
from newsbeam.transforms.enrich.entities import tag_stories
from newsbeam.transforms.enrich.entity_settings import EntitySettings
from newsbeam.transforms.enrich.names.rules import NO_RULES
from newsbeam.transforms.records import Paragraph

# The labels of models as those of the common test sets, for files that use these.
COARSE = {"PERSON": "PER", "GPE": "LOC", "FAC": "LOC"} | dict.fromkeys(
    ("NORP", "PRODUCT", "EVENT", "WORK_OF_ART", "LAW", "LANGUAGE"), "MISC"
)
_AROUND = 30


@dataclass
class Comparison:
    """What was found beside what is labelled.

    Attributes:
        right, found, labelled: Numbers by label.
        confused: Number of spans with one label that have another one, or none ("-"), by (labelled, found).
        errors: Lines to read: what is labelled, what was found, the text around.
    """

    right: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    labelled: Counter[str] = field(default_factory=Counter)
    confused: Counter[tuple[str, str]] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)

    def add(self, text: str, labels: Labels, found: Labels) -> None:
        """Compare one paragraph."""
        for _, _, label in labels:
            self.labelled[label] += 1
        for _, _, label in found:
            self.found[label] += 1
        for _, _, label in labels & found:
            self.right[label] += 1
        spans = {(start, end): label for start, end, label in found}
        wanted = {(start, end): label for start, end, label in labels}
        for start, end in sorted(spans.keys() | wanted.keys()):
            pair = wanted.get((start, end), "-"), spans.get((start, end), "-")
            if pair[0] != pair[1]:
                self.confused[pair] += 1
                before, after = text[max(0, start - _AROUND) : start], text[end : end + _AROUND]
                self.errors.append(f"{pair[0] or 'null'} -> {pair[1] or 'null'}: {before}[{text[start:end]}]{after}")


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
    _print_errors(ours, console, errors)


def evaluate_quotes(path: Path, models: Mapping[str, str], console: Console, errors: int) -> None:
    """Print how good quotes and their speakers are on labelled rows."""
    compared, spans = Comparison(), Comparison()
    for paragraph, labels in _tagged(read_labelled(path, "quotes", "speaker"), EntitySettings(models)):
        quotes = frozenset((quote.start, quote.end, quote.speaker) for quote in paragraph.quotes)
        compared.add(paragraph.text, labels, quotes)
        spans.add(paragraph.text, _unnamed(labels), _unnamed(quotes))
    named = sorted(label for label in (compared.labelled | compared.found) if label)
    table = Table("", "labelled", "found", "right", "precision", "recall", "F1")
    table.add_row("with speaker", *_cells(compared, named))
    table.add_row("spans", *_cells(spans, [""]))
    console.print(table)
    _print_errors(compared, console, errors)


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
    table = Table("label", "labelled", "found", "right", "precision", "recall", "F1", "F1 of the model alone")
    for label in sorted(ours.labelled | ours.found):
        table.add_row(label, *_cells(ours, [label]), _f1(raw, [label]))
    everything = sorted(ours.labelled | ours.found)
    table.add_row("all", *_cells(ours, everything), _f1(raw, everything))
    console.print(table)


def _cells(compared: Comparison, labels: Sequence[str]) -> list[str]:
    counters = compared.labelled, compared.found, compared.right
    labelled, found, right = (sum(counter[label] for label in labels) for counter in counters)
    numbers = [str(labelled), str(found), str(right)]
    return [*numbers, _share(right, found), _share(right, labelled), _f1(compared, labels)]


def _f1(compared: Comparison, labels: Sequence[str]) -> str:
    right, both = (
        sum(counter[label] for label in labels) for counter in (compared.right, compared.labelled + compared.found)
    )
    return _share(2 * right, both)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "-"


def _print_errors(compared: Comparison, console: Console, errors: int) -> None:
    if compared.confused:
        table = Table("labelled", "found", "spans")
        for (labelled, found), number in compared.confused.most_common(20):
            table.add_row(labelled or "null", found or "null", str(number))
        console.print(table)
    for line in compared.errors[:errors]:
        console.print(" ".join(line.split()), markup=False, highlight=False, soft_wrap=True)
