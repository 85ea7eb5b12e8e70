"""Joins the cells of an HTML table into one block; leaves tables for layout as they are."""

from collections.abc import Mapping

from newsbeam.transforms.text.block import Block

_LONG_CELL = 250  # characters: a longer cell is layout, not data
_MOST_COLUMNS = 100  # the most columns and rows that a cell can span; more is an attack


class Table:
    """An open table: the cell of each block since `start`.

    A cell that spans others is in the first place that it spans, and the other places stay empty, so that the cells
    after it keep their columns (WHATWG HTML, 4.9.12 "forming a table").
    """

    __slots__ = ("_next_column", "_row", "_spanned", "_widths", "cell", "cells", "nested", "start")

    def __init__(self, start: int) -> None:
        self.start = start
        self.cell = 0  # the column of the open cell, from 1; 0 outside cells
        self.nested = False
        self.cells: dict[int, tuple[int, int]] = {}
        self._row = 0
        self._next_column = 1  # the column of the next cell
        self._widths: dict[int, int] = {}  # row -> number of columns
        self._spanned: dict[int, int] = {}  # column -> the last row that a cell from an earlier row spans

    def begin_group(self) -> None:
        """Start or end a group of rows, beyond which no cell spans."""
        self._spanned.clear()

    def begin_row(self) -> None:
        """Start the next row."""
        self._row, self.cell, self._next_column = self._row + 1, 0, 1
        self._spanned = {column: last for column, last in self._spanned.items() if last >= self._row}

    def begin_cell(self, attributes: Mapping[str, str]) -> None:
        """Start the next cell, which can span columns and rows."""
        while self._spanned.get(self._next_column, 0) >= self._row > 0:
            self._next_column += 1
        self.cell = self._next_column
        wide, high = _span(attributes.get("colspan")) or 1, _span(attributes.get("rowspan")) or _MOST_COLUMNS
        wide = max(1, min(wide, _MOST_COLUMNS - self.cell))
        self._next_column += wide
        self._widths[self._row] = self._next_column - 1
        if high > 1 and self.cell < _MOST_COLUMNS:
            self._spanned |= dict.fromkeys(range(self.cell, self._next_column), self._row + high - 1)

    def place(self, at: int) -> None:
        """Put block number `at` into the open cell, if any."""
        if self.cell:
            self.cells[at] = (self._row, self.cell)

    def close(self, blocks: list[Block]) -> None:
        """Join the cells of a data table into one of `blocks`; leave those of a table for layout as they are."""
        rows: dict[int, dict[int, list[str]]] = {}
        if self.nested or not self.cells:
            return
        for at, (row, cell) in self.cells.items():
            rows.setdefault(row, {}).setdefault(cell, []).append(blocks[at].text)
        if not _is_data(rows):
            return
        lines = [
            " | ".join(" ".join(row.get(n, ())) for n in range(1, self._widths[at] + 1)) for at, row in rows.items()
        ]
        # Blocks outside of cells, such as the caption, stay paragraphs and come first.
        rest = [block for at, block in enumerate(blocks[self.start :], self.start) if at not in self.cells]
        blocks[self.start :] = [*rest, Block("\n".join(lines), "table")]


def _span(value: str | None) -> int:
    """Return how many columns or rows a cell spans; 0, of rows, stands for all the rest of their group."""
    digits = (value or "").strip()
    return min(int(digits), _MOST_COLUMNS) if digits.isdecimal() and len(digits) <= 5 else 1


def _is_data(rows: dict[int, dict[int, list[str]]]) -> bool:
    if len(rows) < 2 or max(len(cells) for cells in rows.values()) < 2:
        return False
    return all(sum(map(len, texts)) <= _LONG_CELL for cells in rows.values() for texts in cells.values())
