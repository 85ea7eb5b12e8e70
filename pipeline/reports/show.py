"""`newsbeam show`: an entry or a story on the terminal, or as one HTML page without scripts or requests."""

from collections.abc import Sequence
from importlib.resources import files

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from newsbeam.pipeline.reports.html_text import link
from newsbeam.pipeline.reports.show_data import Page, Part
from newsbeam.pipeline.reports.word_diff import Span
from newsbeam.pipeline.terminal import Column, print_table, shown

_NUMBERS = frozenset({"paragraph", "version", "mentions"})


def print_page(page: Page, console: Console) -> None:
    """Print a page; text from outside has no control characters, and markup in it is text."""
    console.print(shown(page.title, "bold cyan"))
    for label, value in page.facts:
        console.print(Text(f"{label}: ", style="dim") + shown(value), soft_wrap=True)
    for text in page.text:
        console.print(Padding(shown(text), (1, 0, 0, 2)))
    for part in page.parts:
        console.print(Text(f"\n{part.title}", style="bold"))
        if part.sides:
            _print_sides(part, console)
        else:
            columns = [Column(header, header in _NUMBERS) for header in part.headers]
            print_table(console, columns, [[shown(cell) for cell in row] for row in part.rows])


def _print_sides(part: Part, console: Console) -> None:
    table = Table(show_header=False, box=None, padding=(0, 2, 1, 0), expand=True)
    table.add_column(ratio=1, overflow="fold")
    table.add_column(ratio=1, overflow="fold")
    for old, new in part.sides:
        table.add_row(_spans(old, "red strike"), _spans(new, "green bold"))
    console.print(table)


def _spans(spans: Sequence[Span], style: str) -> Text:
    return Text.assemble(*(shown(span.text, style if span.changed else "") for span in spans))


def html_of(pages: Sequence[Page]) -> bytes:
    """Return pages as one HTML file, in UTF-8."""
    from jinja2 import Environment, StrictUndefined

    source = (files("newsbeam.pipeline.reports") / "data" / "show.html").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(source).render(pages=pages, is_link=link).encode("utf-8", "replace")
