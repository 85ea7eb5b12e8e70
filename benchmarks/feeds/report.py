"""Runs the suites; figures, tables and lists of what they gave."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from benchmarks.feeds import facts_files, feedparser_files, json_files
from benchmarks.feeds.checks import Feed, Outcome, check_feed
from benchmarks.feeds.kinds import UNEXPLAINED, group_by_kind, kind_of
from benchmarks.lib.figures import Figure, scaled
from testing.shared_data import shared_data

TARGETS = {
    "feedparser": ">= 0.99",
    "gofeed": ">= 0.95",
    "feed-rs": ">= 0.95",
    "rss-parser": ">= 0.95",
    "feedjira": ">= 0.95",
    "node-feedparser": ">= 0.95",
}


@dataclass(frozen=True)
class Result:
    """What one suite gave: the outcome of each check."""

    suite: str
    outcomes: Sequence[Outcome]

    @property
    def files(self) -> int:
        """Return how many files were checked."""
        return len({outcome.file for outcome in self.outcomes})

    @property
    def disagreements(self) -> list[Outcome]:
        """Return the checks in which newsbeam and the suite differ."""
        return [outcome for outcome in self.outcomes if not outcome.agrees]

    @property
    def figure(self) -> Figure:
        """Return the share of checks that agree."""
        checks, wrong = len(self.outcomes), len(self.disagreements)
        share = (checks - wrong) / checks
        note = f"{checks - wrong:,} of {checks:,} checks in {self.files:,} files agree"
        return Figure(f"feeds.{self.suite}", share, TARGETS[self.suite], "share", note)


def read_suite(suite: str, feeds: Path) -> Iterator[Feed]:
    """Yield a suite's feeds with what it expects of them. `feeds` is the folder that has a folder a suite."""
    folder = feeds / suite
    match suite:
        case "feedparser":
            return feedparser_files.read_feeds(folder)
        case "gofeed":
            return json_files.read_gofeed(folder)
        case "feed-rs":
            return json_files.read_feed_rs(folder)
    return facts_files.read_facts(suite, folder)


def run_suites(
    data: Path | None = None, suites: Iterable[str] = tuple(TARGETS), scale: float = 1.0
) -> Iterator[Result]:
    """Yield the result of each suite whose feeds are there; print which are missing.

    Args:
        data: The folder of public test data; None for the one beside the repo.
        suites: Names, keys of TARGETS.
        scale: Part of each suite's files, at least 5.
    """
    data = data or shared_data()
    for suite in suites:
        if data is None or not (data / "feeds" / suite).is_dir():
            Console(stderr=True).print(f"feed suite {suite}: no test data, not measured")
            continue
        feeds = list(read_suite(suite, data / "feeds"))
        some = feeds[:: max(1, len(feeds) // scaled(len(feeds), scale, 5))]
        yield Result(suite, [outcome for feed in some for outcome in check_feed(feed)])


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Yield a figure a suite, the share of checks in which newsbeam gives what the suite expects, and who is right."""
    results = []
    for result in run_suites(scale=scale):
        results.append(result)
        yield result.figure
    if results:
        yield _disagreements([outcome for result in results for outcome in result.disagreements])


def _disagreements(disagreements: Sequence[Outcome]) -> Figure:
    right = Counter(kind_of(outcome).right for outcome in disagreements)
    note = f"right by the specification: newsbeam in {right['newsbeam']}, the suite in {right['suite']}, "
    note += f"either in {right['either']}"
    return Figure("feeds.disagreements", len(disagreements), note=note)


def print_results(results: Sequence[Result], console: Console) -> None:
    """Print a row a suite, then a row a kind of disagreement."""
    table = Table("suite", "files", "checks", "agree", "percent", "target", "met")
    for result in results:
        figure, checks = result.figure, len(result.outcomes)
        agree = checks - len(result.disagreements)
        met = "yes" if figure.met else "no"
        numbers = f"{result.files:,}", f"{checks:,}", f"{agree:,}", f"{figure.value:.2%}"
        table.add_row(result.suite, *numbers, figure.target, met)
    for column in table.columns[1:5]:
        column.justify = "right"
    console.print(table)
    kinds = Table("disagreement", "checks", "suites", "right", "by", title="Kinds of disagreement")
    for kind, outcomes in group_by_kind(o for result in results for o in result.disagreements).items():
        suites = ", ".join(dict.fromkeys(outcome.suite for outcome in outcomes))
        right = "" if kind is UNEXPLAINED else kind.right
        kinds.add_row(escape(kind.name), str(len(outcomes)), suites, right, escape(kind.by))
    console.print(kinds)


def print_disagreements(result: Result, console: Console) -> None:
    """Print every disagreement of one suite: file, entry, field, expected, got."""
    for kind, outcomes in group_by_kind(result.disagreements).items():
        console.rule(escape(f"{kind.name} ({len(outcomes)})"), align="left")
        for outcome in outcomes:
            expectation = outcome.expectation
            index = "" if expectation.index is None else f"[{expectation.index}]"
            console.out(f"{outcome.file} {expectation.entry} {expectation.field}{index}", style="bold", highlight=False)
            console.out(
                f"    expected  {_short(expectation.expected)}\n    got       {_short(outcome.got)}", highlight=False
            )


def _short(value: object, width: int = 200) -> str:
    text = str(value) if not isinstance(value, str) else repr(value)
    return text if len(text) <= width else f"{text[:width]}... ({len(text)} characters)"
