"""The results of a search, on a terminal or as JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict

import click
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from newsbeam.pipeline.reports.search import Found
from newsbeam.pipeline.terminal import shown

_INDENT = (0, 0, 0, 2)


def print_found(found: Sequence[Found], console: Console, as_json: bool) -> None:
    """Print stories with title, source, time, link and the words marked; or an array of objects."""
    if as_json:
        rows = [asdict(each) | {"seen": each.seen.isoformat()} for each in found]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    if not found:
        console.print("No story has all these words.")
    for each in found:
        console.print(_marked(each.title or "(no title)", each.title_marks, "bold cyan"))
        about = (each.source, f"{each.seen:%Y-%m-%d %H:%M}", each.language)
        console.print(Padding(shown(" | ".join(filter(None, about)), "dim"), _INDENT))
        if each.url:  # on a line of its own, where a terminal makes a link of it
            console.print(Padding(shown(each.url, "dim"), _INDENT))
        if each.text:
            console.print(Padding(_marked(each.text, each.marks, ""), _INDENT))


def _marked(text: str, marks: Sequence[tuple[int, int]], style: str) -> Text:
    line = shown(text, style)  # of the same length, so the marks stay right
    for start, end in marks:
        line.stylize("bold yellow", start, end)
    line.plain = line.plain.replace("\n", " ")
    return line
