"""newsbeam run | stream | check | inspect | views | compact | evaluate: parses arguments and prints, nothing else.

Exit status: 0 done (dead letters are not a failure, the summary counts them); 1 the command failed; 2 a config or an
option that can't be used, found before anything ran; 3 the run is done, but no source that it asked gave anything; 130
stopped by Ctrl-C.

Each command imports what it needs: `--help` loads neither the config nor Beam.
"""

import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr
from datetime import UTC, datetime
from difflib import get_close_matches
from importlib.metadata import version
from io import StringIO, TextIOWrapper
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from newsbeam.pipeline.config import Config

RUN_FAILED = 1
USAGE = 2
NOTHING_RECEIVED = 3
INTERRUPTED = 130

PASS_THROUGH = {"ignore_unknown_options": True}


class _RunFailed(click.ClickException):
    exit_code = RUN_FAILED

    def format_message(self) -> str:
        """Return the message without control characters: it may quote a server or a file."""
        from newsbeam.pipeline.terminal import printable

        return printable(self.message)


class _BadUsage(click.ClickException):
    exit_code = USAGE

    def show(self, file: Any = None) -> None:
        """Print the message without "Error:": a config's errors begin with file:line:column, which editors follow."""
        from newsbeam.pipeline.terminal import printable

        click.echo(printable(self.message), file=file, err=True)


def _parse_size(_: click.Context, __: click.Parameter, text: str) -> int:
    from pydantic import TypeAdapter, ValidationError

    from newsbeam.pipeline.config import Size

    try:
        return TypeAdapter(Size).validate_python(text)
    except ValidationError as error:
        raise click.BadParameter(f"{text!r} is not a size; write 128MB or 1GB") from error


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line `argv` (the process's own by default) and return its exit status."""
    _escape_what_cannot_be_encoded()
    try:
        status = newsbeam.main(args=argv, prog_name="newsbeam", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        click.echo("stopped; run the command again to continue", err=True)
        return INTERRUPTED
    return status if isinstance(status, int) else 0


def _escape_what_cannot_be_encoded() -> None:
    """Make stdout and stderr write escapes for characters that their encoding lacks, instead of raising an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper) and stream.encoding.lower().replace("-", "") != "utf8":
            stream.reconfigure(errors="backslashreplace")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("newsbeam"), message="newsbeam %(version)s")
def newsbeam() -> None:
    """Reads news feeds and newswire, and writes deduplicated, enriched paragraphs as Parquet."""


@newsbeam.command(context_settings=PASS_THROUGH)
@click.argument("config_path", metavar="CONFIG")
@click.option("--output", metavar="DIR", help="Write here instead of the config's `output`.")
@click.option("--now", is_flag=True, help="Fetch every feed now, also those that are not due yet.")
@click.option("--quiet", "-q", is_flag=True, help="Print no progress and no summary.")
@click.option("--verbose", "-v", is_flag=True, help="Show what libraries log, and tracebacks.")
@click.argument("beam_options", metavar="[BEAM OPTIONS]", nargs=-1, type=click.UNPROCESSED)
def run(
    config_path: str, output: str | None, now: bool, quiet: bool, verbose: bool, beam_options: tuple[str, ...]
) -> int:
    """Read every source in CONFIG once, and write what is new.

    All other options go to Apache Beam, for example --runner=PrismRunner or --direct_num_workers=2.
    """
    from rich.console import Console

    from newsbeam.pipeline.batch.progress import failed_sources, make_progress, print_summary, set_up_logging

    config = _load(config_path, output)
    console = Console(stderr=True)
    set_up_logging(console, verbose)  # before Beam is imported, which logs on import
    _check_beam_options(beam_options)
    _require_models(config, config_path)
    from newsbeam.pipeline.batch.run import run as run_once
    from newsbeam.pipeline.runners.runners import EngineError

    with _failing_as("the run", verbose):
        try:
            with make_progress(console, quiet) as progress:
                summary = run_once(config, list(beam_options), progress, now=now)
        except EngineError as error:  # an option that can't be used: exit status 2, not 1
            raise click.UsageError(str(error)) from error
    if not quiet:
        print_summary(summary, Console())
    if not summary.nothing_received:
        return 0
    failed = f":\n{failed_sources(summary)}" if quiet else ""
    click.echo(f"error: no source could be read{failed}", err=True)
    return NOTHING_RECEIVED


@newsbeam.command(context_settings=PASS_THROUGH)
@click.argument("config_path", metavar="CONFIG")
@click.option("--output", metavar="DIR", help="Write here instead of the config's `output`.")
@click.option(
    "--warm-start", is_flag=True, help="On a cluster without a savepoint: start with what is already in the output."
)
@click.option(
    "--stop-after",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="Stop after this time, for a trial.",
)
@click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors.")
@click.option("--verbose", "-v", is_flag=True, help="Show what libraries log, and tracebacks.")
@click.argument("beam_options", metavar="[BEAM OPTIONS]", nargs=-1, type=click.UNPROCESSED)
def stream(
    config_path: str,
    output: str | None,
    warm_start: bool,
    stop_after: float | None,
    quiet: bool,
    verbose: bool,
    beam_options: tuple[str, ...],
) -> None:
    """Poll the sources in CONFIG continuously and write what is new.

    Each source is polled when it is due, and new rows are written within seconds. By default the stream runs on this
    machine, on the Prism runner. All other options go to Apache Beam.
    """
    from rich.console import Console

    from newsbeam.pipeline.batch.progress import LineProgress, Progress, set_up_logging

    config = _load(config_path, output)
    console = Console(file=sys.stderr)  # the present one: later it is replaced, to log what Beam's threads print
    set_up_logging(console, verbose)
    _check_beam_options(beam_options)
    _require_models(config, config_path)
    from newsbeam.pipeline.streaming.stream import StreamOptions
    from newsbeam.pipeline.streaming.stream import stream as run_stream

    note = (Progress() if quiet else LineProgress(console)).note
    with _failing_as("the stream", verbose):
        run_stream(config, list(beam_options), note, StreamOptions(warm_start, stop_after))


@newsbeam.command()
@click.argument("config_path", metavar="CONFIG")
def check(config_path: str) -> None:
    """Check CONFIG and list the sources that a run would read.

    It reads lists of feeds (OPML), also over the network, but no feeds.
    """
    from rich.console import Console

    from newsbeam.pipeline.batch.progress import set_up_logging

    config = _load(config_path)
    console = Console()
    set_up_logging(Console(stderr=True))
    from newsbeam.pipeline.reports.check import print_check

    print_check(config, console)
    _require_models(config, config_path)


@newsbeam.command()
@click.argument("output", metavar="OUTPUT")
@click.option("--limit", "-n", default=10, show_default=True, type=click.IntRange(min=1), help="Rows in each list.")
def inspect(output: str, limit: int) -> None:
    """Show what is in OUTPUT: sources, stories, dead letters and more."""
    from rich.console import Console

    from newsbeam.pipeline.reports.inspect_output import InspectError, inspect_output

    try:
        inspect_output(output, Console(), limit)
    except InspectError as error:
        raise _BadUsage(str(error)) from error


@newsbeam.command()
@click.argument("output", metavar="OUTPUT")
def views(output: str) -> None:
    """Print DuckDB SQL for views of the current stories in OUTPUT.

    The views leave out versions that were killed, replaced or are under embargo, and repeated paragraphs.

    For example: newsbeam views OUTPUT | duckdb news.db
    """
    from newsbeam.pipeline.reports.views import NoOutputError, views_sql

    try:
        click.echo(views_sql(output).encode(), nl=False)  # UTF-8, as DuckDB reads it, whatever the terminal's encoding
    except NoOutputError as error:
        raise _RunFailed(str(error)) from error


@newsbeam.command()
@click.argument("output", metavar="OUTPUT")
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
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Merge days before this one (UTC); default: today.",
)
def compact(output: str, target_size: int, before: datetime | None) -> None:
    """Merge the small files of past days in OUTPUT.

    The rows stay the same. It can work while a run, a stream or a reader uses OUTPUT. A reader that misses a file
    should list the files again.
    """
    from rich.console import Console

    from newsbeam.pipeline.compact_output import CompactError, compact_output

    day = (before or datetime.now(UTC)).date()
    try:
        compact_output(output, day, target_size, Console(), Console(stderr=True))
    except CompactError as error:
        raise _BadUsage(str(error)) from error
    except Exception as error:
        raise _RunFailed(f"the compaction failed: {_in_one_line(error)}") from error


@newsbeam.group()
def evaluate() -> None:
    """Measure on labelled rows of your own how good what newsbeam adds is."""


@evaluate.command()
@click.argument("file", metavar="FILE")
@click.option("--limit", "-n", default=10, show_default=True, metavar="N", help="Rows of the list of errors.")
def topics(file: str, limit: int) -> None:
    """Show how good topics are on FILE: a table by topic, calibration, and the most frequent errors.

    FILE is JSON lines, CSV or TSV: topics (qcodes such as medtop:15000000, several with "|"), title, text, language.
    """
    from rich.console import Console

    from newsbeam.pipeline.reports.evaluate import EvaluationError, print_topics

    try:
        print_topics(file, limit, Console())
    except EvaluationError as error:
        raise _BadUsage(str(error)) from error


@contextmanager
def _failing_as(what: str, verbose: bool) -> Iterator[None]:
    """Turn an error in the block into one line that says what failed, or into an abort where it was Ctrl-C."""
    try:
        yield
    except click.ClickException:
        raise
    except Exception as error:
        if _was_interrupted(error):
            raise click.Abort from error
        if verbose:
            traceback.print_exc()
        raise _RunFailed(f"{what} failed: {_in_one_line(error)}") from error


def _load(path: str, output: str | None = None) -> "Config":
    from newsbeam.pipeline.config import ConfigError, load_config
    from newsbeam.pipeline.output_location import output_error

    if path.startswith("-"):
        raise click.UsageError(f"CONFIG comes first, then Beam's options, but the first argument is {path}")
    try:
        config = load_config(path)
    except ConfigError as error:
        raise _BadUsage(str(error)) from error
    config = config if output is None else config.with_output(output)
    error_line = output_error(config)
    if error_line:
        raise _BadUsage(f"{config.output_location}: {error_line}")
    return config


def _require_models(config: "Config", path: str) -> None:
    from newsbeam.transforms.enrich.packages import missing_models

    missing = missing_models(config.entities.models)
    if missing:
        raise _BadUsage("\n".join(f"{path}: {line}" for line in missing))


def _check_beam_options(options: Sequence[str]) -> None:
    """Refuse options that Beam would drop with a warning, such as a misspelled --output."""
    if not options:
        return
    from apache_beam.options.pipeline_options import PipelineOptions

    if not options[0].startswith("-"):
        raise click.UsageError(f"unexpected argument: {options[0]}")
    printed = StringIO()
    try:
        with redirect_stderr(printed):
            parsed = PipelineOptions(list(options))
            known = parsed.get_all_options()
            everything = parsed.get_all_options(retain_unknown_options=True)
    except SystemExit as stop:
        reason = printed.getvalue().rstrip().rpartition("error: ")[2]
        raise click.UsageError(f"Beam options: {reason}") from stop
    unknown = sorted(set(everything) - set(known))
    # A job server has options that only it knows, such as --checkpointing_interval and --savepoint_path.
    if unknown and known["runner"] not in ("PortableRunner", "FlinkRunner"):
        guess = get_close_matches(unknown[0], ["output", "now", "quiet", "verbose", *known], n=1)
        hint = f" (did you mean --{guess[0]}?)" if guess else ""
        raise click.UsageError(f"no such option: --{unknown[0]}{hint}")


def _was_interrupted(error: BaseException | None) -> bool:
    """Return whether Ctrl-C caused an error; Beam wraps it in a RuntimeError, in any step."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


def _in_one_line(error: Exception) -> str:
    """Return an error as one line: for a traceback that came as text from a worker its last line.

    The class is named unless it is newsbeam's own.
    """
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if "Traceback (most recent call last):" in lines:
        return lines[-1]
    name = "" if type(error).__module__.startswith("newsbeam.") else type(error).__name__
    return ": ".join(part for part in (name, *lines[:1]) if part) or type(error).__name__
