"""newsbeam report | search | plot: the commands that show an output to a reader.

As in `cli`, each command imports what it needs.
"""

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsbeam.pipeline.exit_status import BadUsage
from newsbeam.pipeline.options import OUTPUT, QUIET, UNTIL, since, working

if TYPE_CHECKING:
    from datetime import datetime

    from newsbeam.pipeline.reports.periods import Period


@click.command()
@OUTPUT
@since("24h")
@UNTIL
@click.option("-o", "file", default="report.html", show_default=True, metavar="FILE", help='"-" for stdout.')
@click.option("--open", "open_it", is_flag=True, help="Open the report in the browser.")
@QUIET
def report(output: str, since: str, until: str | None, file: str, open_it: bool, quiet: bool) -> None:
    """Write a page about OUTPUT: what broke, what was corrected, which story led and who had it first.

    It is one HTML file that makes no request and has no script, so it can be sent as an attachment.
    """
    require("jinja2")
    period = _period(since, until)
    from newsbeam.pipeline.reports.report_data import collect
    from newsbeam.pipeline.reports.report_page import render

    with working("the report", quiet) as progress:
        rows = collect(output, period, progress)
        progress.phase("Writing the page")
        page = render(rows, output, period)
    _write(file, page.encode("utf-8"), output, quiet)
    if open_it and file != "-":
        click.launch(file)


# Words that begin with "-" are excluded, so the only short option is none, not even -h.
_WORDS = {"ignore_unknown_options": True, "help_option_names": ["--help"]}


@click.command(context_settings=_WORDS)
@OUTPUT
@click.argument("words", metavar="WORDS...", nargs=-1, required=True, type=click.UNPROCESSED)
@click.option("--since", metavar="TIME", help="Seen after: 24h, 7d, or a date or time (UTC).")
@click.option("--until", metavar="TIME", help="Seen before.")
@click.option("--source", default="", metavar="NAME", help="Of this source.")
@click.option("--topic", default="", metavar="TOPIC", help="With this topic: its name or qcode.")
@click.option("--name", default="", metavar="NAME", help="That mention this name.")
@click.option("--language", default="", metavar="TAG", help="In this language, such as de.")
@click.option("--kind", default="", metavar="KIND", help="With a word in a paragraph of this kind, such as quote.")
@click.option("--limit", default=10, show_default=True, type=click.IntRange(1, 1_000), help="Stories at most.")
@click.option("--json", "as_json", is_flag=True, help="Print the stories as JSON.")
@click.option("--quiet", is_flag=True, help="Print no progress.")
def search(
    output: str,
    words: tuple[str, ...],
    since: str | None,
    until: str | None,
    limit: int,
    as_json: bool,
    quiet: bool,
    **filters: str,
) -> None:
    """Find stories in OUTPUT by their words, the best first.

    A story has all WORDS, in any inflection. '"Two words"' in quotes are a phrase; no story has a -word.
    """
    require("tantivy", "platformdirs")
    from datetime import UTC, datetime

    from rich.console import Console

    from newsbeam.pipeline.reports.print_found import print_found
    from newsbeam.pipeline.reports.search import Filters, search_output

    now = datetime.now(UTC)
    chosen = Filters(since=_moment(since, now), until=_moment(until, now), **filters)
    with working("the search", quiet) as progress:
        found = search_output(output, " ".join(words), chosen, limit, now, progress)
    print_found(found, Console(), as_json)


@click.command()
@click.argument("output", metavar="OUTPUT", required=False)
@click.argument("name", metavar="NAME", required=False)
@click.option("-o", "file", metavar="FILE", help="Where to write, as SVG, PNG or HTML by the ending of its name.")
@since("30d")
@UNTIL
@click.option("--list", "list_them", is_flag=True, help="List the plots.")
@QUIET
def plot(output: str, name: str, file: str, since: str, until: str | None, list_them: bool, quiet: bool) -> None:
    """Draw the plot NAME of OUTPUT. `newsbeam plot --list` lists the plots."""
    from newsbeam.pipeline.reports.plot_queries import PLOTS

    if list_them:
        for each in PLOTS.values():
            click.echo(f"{each.name:<14}{each.about}")
        return
    if not (output and name and file):
        raise BadUsage("OUTPUT, NAME and -o FILE are needed; --list lists the plots")
    if name not in PLOTS:
        raise BadUsage(f"no such plot: {name}; there are {', '.join(PLOTS)}")
    ending = Path(file).suffix.lower()
    if ending not in (".svg", ".png", ".html"):
        raise BadUsage(f"{file}: the name should end with .svg, .png or .html")
    require("jinja2", "matplotlib", "networkx")
    period = _period(since, until)
    from newsbeam.pipeline.reports.plots import plot_output

    with working("the plot", quiet) as progress:
        progress.phase(f"Plotting {name}")
        data = plot_output(output, PLOTS[name], period, ending[1:])
    _write(file, data, output, quiet)


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


def _moment(text: str | None, now: "datetime") -> "datetime | None":
    if not text:
        return None
    from newsbeam.pipeline.reports.periods import parse_moment

    try:
        return parse_moment(text, now)
    except ValueError as error:
        raise BadUsage(str(error)) from error


def _write(file: str, data: bytes, output: str, quiet: bool) -> None:
    """Write a file that appears complete, or stdout for "-"."""
    if file == "-":
        sys.stdout.buffer.write(data)
        return
    from newsbeam.pipeline.reports.export import write_file

    write_file(Path(file), data, output)
    if not quiet:
        click.echo(f"wrote {file}", err=True)


COMMANDS = (report, search, plot)
