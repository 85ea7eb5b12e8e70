"""Printing: text from outside without control characters, and tables that fit the terminal."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

TEXT_WIDTH = 16
"""The least width of a column of text: a word or two a line are readable, three letters are not."""

_GAP = 3


@dataclass(frozen=True)
class Column:
    """A column of a table: its header, and whether it holds numbers, which are not wrapped."""

    header: str
    number: bool = False


def shown(value: object, style: str = "") -> Text:
    """Return a value from outside as text without markup, control characters and marks that change its direction."""
    return Text("" if value is None else printable(str(value)), style=style)


def printable(text: str) -> str:
    """Return `text` with a space for each control character; line breaks stay."""
    return "".join(character if character.isprintable() or character == "\n" else " " for character in text)


def print_table(console: Console, columns: Sequence[Column], rows: Sequence[Sequence[Text]]) -> None:
    """Print a table; on a terminal that is too narrow, print each row as a few lines."""
    if _least_width(columns, rows) <= console.width:
        console.print(_table(columns, rows))
        return
    for row in rows:
        console.print(row[0])
        rest = (
            f"{column.header} {cell.plain}" for column, cell in zip(columns[1:], row[1:], strict=True) if cell.plain
        )
        console.print(Padding(Text(", ".join(rest), style="dim"), (0, 0, 0, 2)))


def _table(columns: Sequence[Column], rows: Sequence[Sequence[Text]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), show_edge=False)
    for column in columns:
        justify = "right" if column.number else "left"
        table.add_column(column.header, justify=justify, no_wrap=column.number, overflow="fold")  # type: ignore[arg-type]
    for row in rows:
        table.add_row(*row)
    return table


def _least_width(columns: Sequence[Column], rows: Sequence[Sequence[Text]]) -> int:
    widths = []
    for index, column in enumerate(columns):
        longest = max([len(column.header), *(row[index].cell_len for row in rows)])
        widths.append(longest if column.number else min(longest, TEXT_WIDTH))
    return sum(widths) + _GAP * (len(columns) - 1)
