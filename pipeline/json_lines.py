"""Logs as JSON lines (`--log-format json`), for collectors: an object a line, on stderr.

{"time": "2026-11-30T12:00:00.000Z", "level": "warning", "message": "...", ...}
"""

import json
import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TextIO

from rich.console import Console

from newsbeam.pipeline.batch.summary import LineHandler
from newsbeam.pipeline.progress import LineProgress

_LEVELS = ("error", "warning")


class JsonLines:
    """Writes lines to a stream; threads may share it."""

    def __init__(self, stream: TextIO):
        self._stream = stream
        self._lock = threading.Lock()

    def write(self, level: str, message: str, **fields: Any) -> None:
        """Write one line, in ASCII, so that no terminal, encoding or collector can misread it."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = json.dumps({"time": now, "level": level, "message": message, **fields}, default=str)
        # A handler has its own lock, but notes are written past it.
        with self._lock:
            self._stream.write(f"{line}\n")
            self._stream.flush()

    def note(self, message: str) -> None:
        """Write a note, whose level may be its first word: "warning: ..."."""
        level, colon, text = message.partition(": ")
        known = bool(colon) and level in _LEVELS
        self.write(level if known else "info", text if known else message)


class JsonProgress(LineProgress):
    """Progress as JSON lines."""

    def __init__(self, lines: JsonLines, clock: Callable[[], float] = time.monotonic):
        super().__init__(Console(stderr=True), clock)
        self._lines = lines

    def note(self, message: str) -> None:
        """Write the line."""
        self._lines.note(message)

    def _line(self, text: str) -> None:
        self._lines.write("info", text, progress=self._fields())


class JsonHandler(LineHandler):
    """Writes a record as a JSON line, with its logger, and its traceback if it has one."""

    def __init__(self, lines: JsonLines, verbose: bool):
        super().__init__(Console(stderr=True), verbose)
        self._lines = lines
        self._formatter = logging.Formatter()

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record."""
        fields = {"logger": record.name}
        if record.exc_info:
            fields["traceback"] = self._formatter.formatException(record.exc_info)
        self._lines.write(record.levelname.lower(), record.getMessage(), **fields)
