"""newsbeam init | run | stream | check | ... | reprocess | evaluate: parses arguments and prints, nothing else.

Each command imports what it needs: `--help` loads neither the config nor Beam. `exit_status` has the exit statuses.
"""

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr
from datetime import UTC, datetime
from difflib import get_close_matches
from importlib.metadata import version
from io import StringIO, TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsbeam.pipeline.alert_commands import alert, usable_alerts
from newsbeam.pipeline.errors import NotUsableError
from newsbeam.pipeline.evaluate_commands import evaluate
from newsbeam.pipeline.exit_status import (
    DONE,
    INCOMPLETE,
    INTERRUPTED,
    USAGE,
    BadUsage,
)
from newsbeam.pipeline.options import (
    BEAM_OPTIONS,
    CONFIG,
    DAY,
    OF_CONFIG,
    OUTPUT,
    SINCE_DAY,
    STRICT,
    SUMMARY,
    UNTIL_DAY,
    WRITE_TO,
    Log,
    logged,
    working,
)
from newsbeam.pipeline.reading_commands import COMMANDS
from newsbeam.pipeline.usable_config import usable_config
from newsbeam.pipeline.view_commands import VIEW_COMMANDS

if TYPE_CHECKING:
    from newsbeam.pipeline.alerts.send import AlertSender
    from newsbeam.pipeline.config.model import Config
    from newsbeam.pipeline.display import Display

# What newsbeam doesn't know is Beam's, or refused by `_check_beam_options`.
PASS_THROUGH = {"ignore_unknown_options": True}


def _parse_size(_: click.Context, __: click.Parameter, text: str) -> int:
    from pydantic import TypeAdapter, ValidationError

    from newsbeam.pipeline.config.values import Size

    try:
        return TypeAdapter(Size).validate_python(text)
    except ValidationError as error:
        raise click.BadParameter(f"{text!r} is not a size; write 128MB or 1GB") from error


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line `argv` (the process's own by default) and return its exit status."""
    _escape_what_cannot_be_encoded()
    show = _shows_errors(sys.argv[1:] if argv is None else argv)
    try:
        # Not standalone: click would end the process itself, and print errors in its own form only.
        status = newsbeam.main(args=argv, prog_name="newsbeam", standalone_mode=False)
    except click.ClickException as error:
        show(error)
        return error.exit_code
    except click.Abort:
        show(click.ClickException(_STOPPED))
        return INTERRUPTED
    except NotUsableError as error:
        show(BadUsage(str(error)))
        return USAGE
    except BrokenPipeError:  # a reader of stdout has seen enough, as `head` has
        # Else Python's own flush of stdout at the exit would fail as well.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    return status if isinstance(status, int) else DONE


_STOPPED = "stopped; run the command again to continue"


def _shows_errors(arguments: Sequence[str]) -> Callable[[click.ClickException], None]:
    """Return what prints the error that ends a command: also one that the options of the command come too late for."""
    # Both spellings, with a space and with "=": click has parsed nothing if the command line itself is wrong.
    pairs = [f"{first}={second}" for first, second in zip(arguments, [*arguments[1:], ""], strict=True)]

    def show(error: click.ClickException) -> None:
        if "--log-format=json" in (*arguments, *pairs):
            from newsbeam.pipeline.json_lines import JsonLines

            JsonLines(sys.stderr).write("error", error.format_message(), exit_status=error.exit_code)
        elif error.message == _STOPPED:
            click.echo(_STOPPED, err=True)
        else:
            error.show()

    return show


def _escape_what_cannot_be_encoded() -> None:
    """Make stdout and stderr write escapes for characters that their encoding lacks, instead of raising an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper) and stream.encoding.lower().replace("-", "") != "utf8":
            stream.reconfigure(errors="backslashreplace")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("newsbeam"), message="newsbeam %(version)s")
def newsbeam() -> None:
    """Reads news feeds and newswire, and writes deduplicated, enriched paragraphs as Parquet."""


for _command in (*COMMANDS, *VIEW_COMMANDS, alert, evaluate):
    newsbeam.add_command(_command)


@newsbeam.command()
@click.argument("path", metavar="[FILE]", default="newsbeam.yaml")
def init(path: str) -> None:
    """Write a config to begin with to FILE (newsbeam.yaml), or to stdout for "-".

    It does not replace a file.
    """
    from newsbeam.pipeline.starting_config import starting_config

    if path == "-":
        click.echo(starting_config(path), nl=False)
        return
    try:
        # "x" fails if the file is there, also if it was made a moment ago.
        with Path(path).open("x", encoding="utf-8") as file:
            file.write(starting_config(path))
    except OSError as error:
        raise BadUsage(f"{path}: {error.strerror}") from error
    click.echo(f"wrote {path}; next: put your feeds into it, then `newsbeam check {path}`")


@newsbeam.command(context_settings=PASS_THROUGH)
@CONFIG
@WRITE_TO
@click.option("--now", is_flag=True, help="Fetch every feed now, also those that are not due yet.")
@STRICT
@SUMMARY
@logged
@BEAM_OPTIONS
def run(
    config_path: str,
    output: str | None,
    now: bool,
    strict: bool,
    report: str | None,
    log: Log,
    beam_options: tuple[str, ...],
) -> int:
    """Read every source in CONFIG once, and write what is new.

    All other options go to Apache Beam, for example --runner=PrismRunner or --direct_num_workers=2.
    """
    from newsbeam.pipeline.reports.run_report import reporting

    with reporting(report) as results:
        config = usable_config(config_path, output)
        from newsbeam.pipeline.display import explain, status_of

        display = log.display()
        _check_beam_options(beam_options)
        _require_models(config, config_path)
        # Before the run: a rule that can't be used is an error of the config.
        sender = usable_alerts(config, config_path) if config.alerts else None
        from newsbeam.pipeline.batch.run import run as run_once

        with log.failing_as("the run"):
            with display.progress as progress:
                summary = run_once(config, list(beam_options), progress, now=now, strict=strict)
            if report != "-":
                display.show_summary(summary)
            if sender:
                _send_alerts(sender, display)
            _advise_compaction(config, display)
        status = status_of(summary, strict)
        results.append((status, summary))
    explain(status, summary, display, with_sources=log.quiet or report == "-" or log.is_json)
    return status


def _send_alerts(sender: "AlertSender", display: "Display") -> None:
    """Send what the rules find after a run, which nothing here can fail: the rows are written."""
    from newsbeam.pipeline.alerts.send import done_lines, problem_lines
    from newsbeam.pipeline.exit_status import in_one_line

    try:
        report = sender.send()
        lines = [*done_lines(report), *problem_lines(report)]
    except Exception as error:  # noqa: BLE001 - the next run sends them
        lines = [f"warning: alerts: {in_one_line(error)}"]
    for line in lines:
        display.tell(line)


def _advise_compaction(config: "Config", display: "Display") -> None:
    from newsbeam.pipeline.reports.small_files import compaction_hint
    from newsbeam.transforms.write.store import Store

    if hint := compaction_hint(Store(config.output), datetime.now(UTC).date()):
        display.tell(hint)


@newsbeam.command(context_settings=PASS_THROUGH)
@OUTPUT
@OF_CONFIG
@SINCE_DAY
@UNTIL_DAY
@click.option("--source", "sources", multiple=True, metavar="NAME", help="Only documents of this source (name or id).")
@click.option("--dead-letters", is_flag=True, help="Only documents that dead letters are from.")
@STRICT
@SUMMARY
@logged
@BEAM_OPTIONS
def reprocess(
    output: str,
    config_path: str | None,
    since: datetime | None,
    until: datetime | None,
    sources: tuple[str, ...],
    dead_letters: bool,
    strict: bool,
    report: str | None,
    log: Log,
    beam_options: tuple[str, ...],
) -> int:
    """Process documents in OUTPUT again, for example with raised limits, and write what is new.

    It takes them from the raw log, `raw/`, and with --dead-letters also from the dead letters themselves.
    """
    from newsbeam.pipeline.reports.run_report import reporting

    with reporting(report) as results:
        config = usable_config(config_path, output) if config_path else _default_config(output)
        from newsbeam.pipeline.display import explain, status_of

        display = log.display()
        _check_beam_options(beam_options)
        _require_models(config, config_path or "default config")
        from newsbeam.pipeline.batch.reprocess import reprocess as reprocess_documents
        from newsbeam.transforms.write.logged_documents import Selection

        first, last = (day.date() if day else None for day in (since, until))
        selection = Selection(first, last, frozenset(sources), dead_letters)
        with log.failing_as("the reprocessing"):
            with display.progress as progress:
                summary = reprocess_documents(config, selection, list(beam_options), progress)
            if report != "-":
                display.show_summary(summary)
        status = status_of(summary, strict)
        results.append((status, summary))
    explain(status, summary, display, with_sources=False)
    return status


def _default_config(output: str) -> "Config":
    from newsbeam.pipeline.config.model import Config
    from newsbeam.pipeline.output_location import output_error

    config = Config.of_output(output)
    if error := output_error(config):
        raise BadUsage(f"{output}: {error}")
    return config


@newsbeam.command(context_settings=PASS_THROUGH)
@CONFIG
@WRITE_TO
@click.option(
    "--warm-start", is_flag=True, help="On a cluster without a savepoint: start with what is already in the output."
)
@click.option(
    "--stop-after",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="Stop after this time, for a trial.",
)
@logged
@BEAM_OPTIONS
def stream(
    config_path: str,
    output: str | None,
    warm_start: bool,
    stop_after: float | None,
    log: Log,
    beam_options: tuple[str, ...],
) -> None:
    """Poll the sources in CONFIG continuously and write what is new.

    Each source is polled when it is due, and new rows are written within seconds. By default the stream runs on this
    machine, on the Prism runner. All other options go to Apache Beam.
    """
    config = usable_config(config_path, output)
    display = log.display(lines_only=True)
    _check_beam_options(beam_options)
    _require_models(config, config_path)
    from newsbeam.pipeline.streaming.stream import StreamOptions
    from newsbeam.pipeline.streaming.stream import stream as run_stream

    with log.failing_as("the stream"):
        run_stream(config, list(beam_options), display.progress.note, StreamOptions(warm_start, stop_after))


@newsbeam.command()
@CONFIG
def check(config_path: str) -> None:
    """Check CONFIG and list the sources that a run would read.

    It reads lists of feeds (OPML), also over the network, but no feeds.
    """
    from rich.console import Console

    from newsbeam.pipeline.batch.summary import set_up_logging

    config = usable_config(config_path)
    console = Console()
    set_up_logging(Console(stderr=True))
    from newsbeam.pipeline.reports.check import print_check

    print_check(config, console)
    _require_models(config, config_path)
    if config.alerts:
        usable_alerts(config, config_path)


@newsbeam.command()
@OUTPUT
@click.option("--limit", "-n", default=10, show_default=True, type=click.IntRange(min=1), help="Rows in each list.")
@click.option("--freshness", is_flag=True, help="Show how fresh each source is; exit status 5 if one is late.")
@click.option("--json", "as_json", is_flag=True, help="With --freshness: print it as JSON.")
def inspect(output: str, limit: int, freshness: bool, as_json: bool) -> int:
    """Show what is in OUTPUT: sources, stories, dead letters and more.

    With --freshness: when each source was asked, answered and gave a new entry, its usual pause, what the config of the
    latest run expects, and why there are no rows of yesterday.
    """
    from rich.console import Console

    from newsbeam.pipeline.reports.freshness import freshness_json, freshness_of, print_freshness
    from newsbeam.pipeline.reports.inspect_output import inspect_output

    if as_json and not freshness:
        raise BadUsage("--json is for --freshness")
    with working("inspect") as progress:
        if not freshness:
            inspect_output(output, Console(), limit, progress=progress)
            return DONE
        found = freshness_of(output)
    if as_json:
        click.echo(freshness_json(found))
    else:
        print_freshness(found, Console())
    return INCOMPLETE if found.broken else DONE


@newsbeam.command()
@OUTPUT
@click.option(
    "--target-size",
    default="128MB",
    show_default=True,
    metavar="SIZE",
    callback=_parse_size,
    help="Size of a merged file.",
)
@click.option(
    "--before",
    type=DAY,
    metavar="DATE",
    help="Merge days before this one (UTC); default: today.",
)
@logged
def compact(output: str, target_size: int, before: datetime | None, log: Log) -> None:
    """Merge the small files of past days in OUTPUT.

    The rows stay the same. It can work while a run, a stream or a reader uses OUTPUT. A reader that misses a file
    should list the files again.
    """
    from rich.console import Console

    from newsbeam.pipeline.compact_output import compact_output

    day = (before or datetime.now(UTC)).date()
    display = log.display()
    with log.failing_as("the compaction"), display.progress as progress:
        compact_output(output, day, target_size, Console(quiet=log.quiet), progress)


@newsbeam.command()
@OUTPUT
@OF_CONFIG
@SINCE_DAY
@UNTIL_DAY
@logged
def enrich(
    output: str,
    config_path: str | None,
    since: datetime | None,
    until: datetime | None,
    log: Log,
) -> None:
    """Tag the rows in OUTPUT that have no tags, or those of an older model or list.

    It takes the text from the rows. What else is in them stays. A second call does nothing.
    """
    config = usable_config(config_path, output) if config_path else _default_config(output)
    display = log.display()
    _require_models(config, config_path or "default config")
    from newsbeam.pipeline.enrich_output import enrich_output

    days = {name: day.date() for name, day in (("since", since), ("until", until)) if day}
    with log.failing_as("the enrichment"), display.progress as progress:
        enrich_output(config, progress=progress, **days)


def _require_models(config: "Config", path: str) -> None:
    from newsbeam.transforms.enrich.packages import missing_models

    missing = missing_models(config.entities.models, config.topics.model or "")
    if missing:
        raise BadUsage("\n".join(f"{path}: {line}" for line in missing))


def _check_beam_options(options: Sequence[str]) -> None:
    """Refuse options that Beam would drop with a warning, such as a misspelled --output."""
    if not options:
        return
    from apache_beam.options.pipeline_options import PipelineOptions

    if not options[0].startswith("-"):
        raise click.UsageError(f"unexpected argument: {options[0]}")
    printed = StringIO()
    try:
        # argparse prints a usage of its own and exits; its reason is shown as all other errors are.
        with redirect_stderr(printed):
            parsed = PipelineOptions(list(options))
            known = parsed.get_all_options()
            everything = parsed.get_all_options(retain_unknown_options=True)
    except SystemExit as stop:
        reason = printed.getvalue().rstrip().rpartition("error: ")[2]
        raise click.UsageError(f"Beam options: {reason}") from stop
    unknown = sorted(set(everything) - set(known))
    # A job server has options that only it knows, such as --checkpointing_interval and --savepoint_path.
    if unknown and known["runner"] not in ("PortableRunner", "FlinkRunner", "SparkRunner"):
        guess = get_close_matches(unknown[0], ["output", "now", "quiet", "verbose", *known], n=1)
        hint = f" (did you mean --{guess[0]}?)" if guess else ""
        raise click.UsageError(f"no such option: --{unknown[0]}{hint}")
