"""Tables of HTML: their cells as lines of one block, or left alone where the table is only layout."""

from collections.abc import Mapping

from newsbeam.transforms.text.blocks import Block

_LONG_CELL = 250  # characters: a cell with more is layout, not data
_MOST_COLUMNS = 100  # up to which cells can span, and the most rows: more is hostile


class Table:
    """A table that is being read: which of the blocks since `start` is in which cell.

    A cell that spans others stands in the first place that it spans, and the others stay empty, so that the cells
    after it keep their columns (WHATWG HTML, 4.9.12 "forming a table").
    """

    __slots__ = ("_row", "_spanned", "_to_come", "_widths", "cell", "cells", "nested", "start")

    def __init__(self, start: int) -> None:
        self.start = start
        self.cell = 0  # the column of the cell that is being read, from 1; 0 outside of cells
        self.nested = False
        self.cells: dict[int, tuple[int, int]] = {}
        self._row = 0
        self._to_come = 1  # the column at which the next cell begins
        self._widths: dict[int, int] = {}  # row -> its columns
        self._spanned: dict[int, int] = {}  # column -> the last row that a cell from above fills

    def begin_row(self) -> None:
        """Go to the next row."""
        self._row, self.cell, self._to_come = self._row + 1, 0, 1
        self._spanned = {column: last for column, last in self._spanned.items() if last >= self._row}

    def begin_cell(self, attributes: Mapping[str, str]) -> None:
        """Go to the next cell, which can span columns and rows."""
        while self._spanned.get(self._to_come, 0) >= self._row > 0:
            self._to_come += 1
        self.cell = self._to_come
        wide, high = _span(attributes.get("colspan")), _span(attributes.get("rowspan"))
        wide = max(1, min(wide, _MOST_COLUMNS - self.cell))
        self._to_come += wide
        self._widths[self._row] = self._to_come - 1
        if high > 1 and self.cell < _MOST_COLUMNS:
            self._spanned |= dict.fromkeys(range(self.cell, self._to_come), self._row + high - 1)

    def place(self, at: int) -> None:
        """Note that block number `at` is in the cell that is being read, if any."""
        if self.cell:
            self.cells[at] = (self._row, self.cell)

    def close(self, blocks: list[Block]) -> None:
        """Put the cells of a table of data into one of `blocks`; leave those of a table for layout as they are."""
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
        rest = [block for at, block in enumerate(blocks[self.start :], self.start) if at not in self.cells]
        blocks[self.start :] = [*rest, Block("\n".join(lines), "table")]


def _span(value: str | None) -> int:
    digits = (value or "").strip()
    return min(int(digits), _MOST_COLUMNS) or 1 if digits.isdecimal() and len(digits) <= 5 else 1


def _is_data(rows: dict[int, dict[int, list[str]]]) -> bool:
    if len(rows) < 2 or max(len(cells) for cells in rows.values()) < 2:
        return False
    return all(sum(map(len, texts)) <= _LONG_CELL for cells in rows.values() for texts in cells.values())
