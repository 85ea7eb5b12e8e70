"""newsbeam report | search | plot: the commands that show an output to a reader.

As in `cli`, each command imports what it needs.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsbeam.pipeline.exit_status import BadUsage

if TYPE_CHECKING:
    from newsbeam.pipeline.reports.periods import Period

_OUTPUT = click.argument("output", metavar="OUTPUT")


@click.command()
@_OUTPUT
@click.option("--since", default="24h", show_default=True, metavar="TIME", help="24h, 7d, or a date or time (UTC).")
@click.option("--until", metavar="TIME", help="The end of the period: a date or time (UTC); by default now.")
@click.option("-o", "file", default="report.html", show_default=True, metavar="FILE", help='"-" for stdout.')
@click.option("--open", "open_it", is_flag=True, help="Open the report in the browser.")
def report(output: str, since: str, until: str | None, file: str, open_it: bool) -> None:
    """Write a page about OUTPUT: what broke, what was corrected, which story led and who had it first.

    It is one HTML file that makes no request and has no script, so it can be sent as an attachment.
    """
    require("jinja2")
    period = _period(since, until)
    from newsbeam.pipeline.reports.report_data import ReportError, collect
    from newsbeam.pipeline.reports.report_page import render

    try:
        with _doing(f"reading {output}"):
            page = render(collect(output, period), output, period)
    except ReportError as error:
        raise BadUsage(str(error)) from error
    _write(file, page.encode("utf-8"))
    if open_it and file != "-":
        click.launch(file)


def require(*packages: str) -> None:
    """Raise an error that says what to install, unless the packages of the extra `report` are there."""
    if not all(map(find_spec, packages)):
        raise BadUsage("this needs packages that are not installed: pip install 'newsbeam[report]'")


def _period(since: str, until: str | None) -> "Period":
    from datetime import UTC, datetime

    from newsbeam.pipeline.reports.periods import make_period

    try:
        return make_period(since, until, datetime.now(UTC))
    except ValueError as error:
        raise BadUsage(str(error)) from error


@contextmanager
def _doing(what: str) -> Iterator[None]:
    """Show on a terminal what is done."""
    from rich.console import Console
    from rich.text import Text

    from newsbeam.pipeline.terminal import printable

    with Console(stderr=True).status(Text(printable(what))):
        yield


def _write(file: str, data: bytes) -> None:
    """Write a file that appears complete, or stdout for "-"."""
    if file == "-":
        sys.stdout.buffer.write(data)
        return
    path = Path(file)
    draft = path.with_name(f".{path.name}.part")
    try:
        draft.write_bytes(data)
        draft.replace(path)
    except OSError as error:
        raise BadUsage(f"{file}: {error.strerror}") from error
    click.echo(f"wrote {file}", err=True)


COMMANDS = (report,)
