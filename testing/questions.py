"""The queries of docs/questions.md and their answers; `python -m testing.questions OUTPUT` writes the answers anew.

OUTPUT is that of configs/sample.yaml.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
from rich.console import Console

from newsbeam.pipeline.reports.reading import run_query, view_database
from newsbeam.pipeline.reports.run_sql import print_rows

PAGE = Path(__file__).parents[1] / "docs" / "questions.md"
_WIDTH = 120
_QUERY = re.compile(r"```sql\n(?P<query>[^`]*)```\n(?:\n```text\n(?P<answer>[^`]*)```\n)?")
# Their answers hang on the time of the run, or on what the sample doesn't have.
UNSHOWN = frozenset({19, 30})


@dataclass(frozen=True)
class Question:
    """A query of the page, and the answer that it shows, "" for none."""

    number: int
    query: str
    answer: str


def questions(page: str) -> Iterator[Question]:
    """Yield the questions that have a query."""
    for part in page.split("\n## ")[1:]:
        if found := _QUERY.search(part):
            yield Question(int(part.partition(".")[0]), found["query"], found["answer"] or "")


def answer(database: duckdb.DuckDBPyConnection, question: Question) -> str:
    """Return what `newsbeam sql` prints."""
    console = Console(width=_WIDTH, color_system=None)
    with console.capture() as capture:
        print_rows(run_query(database, question.query), console)
    return "\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n"


def main(output: str) -> None:
    """Write the answers of an output into the page."""
    page = PAGE.read_text(encoding="utf-8")
    with view_database(output) as database:
        for question in questions(page):
            shown = "" if question.number in UNSHOWN else f"\n```text\n{answer(database, question)}```\n"
            old = f"```sql\n{question.query}```\n" + f"\n```text\n{question.answer}```\n" * bool(question.answer)
            page = page.replace(old, f"```sql\n{question.query}```\n{shown}")
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
