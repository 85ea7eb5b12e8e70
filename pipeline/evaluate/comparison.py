"""Compares what was found with what is labelled, and prints it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

from newsbeam.pipeline.evaluate.labelled_rows import Labels
from newsbeam.pipeline.terminal import printable

_AROUND = 30

SHARES = ("labelled", "found", "right", "precision", "recall", "F1")
"""The headers of `cells`."""


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


def cells(compared: Comparison, labels: Sequence[str]) -> list[str]:
    """Return the numbers of some labels, and precision, recall and F1."""
    counters = compared.labelled, compared.found, compared.right
    labelled, found, right = (sum(counter[label] for label in labels) for counter in counters)
    numbers = [str(labelled), str(found), str(right)]
    return [*numbers, _share(right, found), _share(right, labelled), f1(compared, labels)]


def f1(compared: Comparison, labels: Sequence[str]) -> str:
    """Return the F1 of some labels, "-" where there are none."""
    right, both = (
        sum(counter[label] for label in labels) for counter in (compared.right, compared.labelled + compared.found)
    )
    return _share(2 * right, both)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "-"


def print_errors(compared: Comparison, console: Console, errors: int) -> None:
    """Print what was taken for what, the most frequent first, and some errors to read."""
    if compared.confused:
        table = Table("labelled", "found", "spans")
        for (labelled, found), number in compared.confused.most_common(20):
            table.add_row(labelled or "null", found or "null", str(number))
        console.print(table)
    for line in compared.errors[:errors]:
        # JSON can have lone surrogates, which no terminal takes.
        text = " ".join(line.split()).encode("utf-8", "backslashreplace").decode()
        console.print(printable(text), markup=False, highlight=False, soft_wrap=True)
