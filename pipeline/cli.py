"""newsbeam run | stream | check | inspect | views | compact: parses arguments, prints, nothing else.

Exit status: 0 done (dead letters are no failure, the summary says how many); 1 the run failed; 2 a config or an option
that can't be used, before anything ran; 3 the run is done, but none of the sources that it asked gave anything; 130
stopped by Ctrl-C.

Beam is imported inside the commands that need it, since that takes longer than `check` and `--help` should. Nothing
here is pickled with the graph.
"""

import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr
from datetime import UTC, datetime
from difflib import get_close_matches
from importlib.metadata import version
from io import StringIO, TextIOWrapper
from typing import Any

import click
from pydantic import TypeAdapter, ValidationError
from rich.console import Console

from newsbeam.pipeline.config import Config, ConfigError, Size, load_config
from newsbeam.pipeline.output_place import output_mistake
from newsbeam.pipeline.progress import (
    LineProgress,
    Progress,
    failed_sources,
    make_progress,
    print_summary,
    set_up_logging,
)
from newsbeam.pipeline.terminal import printable
from newsbeam.transforms.enrich.packages import missing_models

RUN_FAILED = 1
USAGE = 2
NOTHING_CAME = 3
INTERRUPTED = 130

PASS_THROUGH = {"ignore_unknown_options": True}


class _RunFailed(click.ClickException):
    exit_code = RUN_FAILED

    def format_message(self) -> str:
        """Return the message without what a terminal would obey: it may quote a server or a file."""
        return printable(self.message)


class _BadUsage(click.ClickException):
    exit_code = USAGE

    def show(self, file: Any = None) -> None:
        """Print the message as it is: a config's mistakes begin with the place in the file, as editors like it."""
        click.echo(printable(self.message), file=file, err=True)


def _parse_size(_: click.Context, __: click.Parameter, text: str) -> int:
    try:
        return TypeAdapter(Size).validate_python(text)
    except ValidationError as error:
        raise click.BadParameter(f"{text!r} is no size; write 128MB or 1GB") from error


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line `argv` (the process's own by default) and return its exit status."""
    _print_whatever_comes()
    try:
        status = newsbeam.main(args=argv, prog_name="newsbeam", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        click.echo("stopped; run again to go on", err=True)
        return INTERRUPTED
    return status if isinstance(status, int) else 0


def _print_whatever_comes() -> None:
    """Have characters that the encoding of the output lacks written as escapes, and not fail for them."""
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
@click.option("--now", is_flag=True, help="Ask each feed, also one whose server said when to come again.")
@click.option("--quiet", "-q", is_flag=True, help="Print no progress and no summary.")
@click.option("--verbose", "-v", is_flag=True, help="Show what libraries log, and tracebacks.")
@click.argument("beam_options", metavar="[BEAM OPTIONS]", nargs=-1, type=click.UNPROCESSED)
def run(
    config_path: str, output: str | None, now: bool, quiet: bool, verbose: bool, beam_options: tuple[str, ...]
) -> int:
    """Make one pass over what CONFIG names, and write what is new.

    Any other option goes to Apache Beam, for example --runner=PrismRunner or --direct_num_workers=2.
    """
    config = _load(config_path, output)
    console = Console(stderr=True)
    set_up_logging(console, verbose)
    _check_beam_options(beam_options)
    _need_models(config, config_path)
    from newsbeam.pipeline.engines import EngineError
    from newsbeam.pipeline.run import run as run_once

    with _failing_as("the run", verbose):
        try:
            with make_progress(console, quiet) as progress:
                summary = run_once(config, list(beam_options), progress, now=now)
        except EngineError as error:
            raise click.UsageError(str(error)) from error
    if not quiet:
        print_summary(summary, Console())
    if not summary.nothing_came:
        return 0
    named = f":\n{failed_sources(summary)}" if quiet else ""
    click.echo(f"error: none of the sources gave anything{named}", err=True)
    return NOTHING_CAME


@newsbeam.command(context_settings=PASS_THROUGH)
@click.argument("config_path", metavar="CONFIG")
@click.option("--output", metavar="DIR", help="Write here instead of the config's `output`.")
@click.option("--warm-start", is_flag=True, help="On a cluster, without a savepoint: begin with what OUTPUT has.")
@click.option(
    "--stop-after", type=click.FloatRange(0, min_open=True), metavar="SECONDS", help="End by itself, for a trial."
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
    """Poll what CONFIG names for ever, each source when it is due, and write what is new within seconds.

    Without options it runs on this machine, on Prism. Any other option goes to Apache Beam.
    """
    config = _load(config_path, output)
    console = Console(file=sys.stderr)  # as it is now: what Beam's threads print there will be logged
    set_up_logging(console, verbose)
    _check_beam_options(beam_options)
    _need_models(config, config_path)
    from newsbeam.pipeline.stream import StreamOptions
    from newsbeam.pipeline.stream import stream as run_for_ever

    note = (Progress() if quiet else LineProgress(console)).note
    with _failing_as("the stream", verbose):
        run_for_ever(config, list(beam_options), note, StreamOptions(warm_start, stop_after))


@newsbeam.command()
@click.argument("config_path", metavar="CONFIG")
def check(config_path: str) -> None:
    """Check CONFIG and show what a run would read, without reading it.

    Lists of feeds (OPML) are read, also over the network.
    """
    config = _load(config_path)
    console = Console()
    set_up_logging(Console(stderr=True))
    from newsbeam.pipeline.check import print_check

    print_check(config, console)
    _need_models(config, config_path)


@newsbeam.command()
@click.argument("output", metavar="OUTPUT")
@click.option("--limit", "-n", default=10, show_default=True, type=click.IntRange(min=1), help="Rows of each list.")
def inspect(output: str, limit: int) -> None:
    """Show what is in OUTPUT: rows, sources, languages, duplicates, entities, topics, stories, dead letters."""
    from newsbeam.pipeline.inspect_output import InspectError, inspect_output

    try:
        inspect_output(output, Console(), limit)
    except InspectError as error:
        raise _BadUsage(str(error)) from error


@newsbeam.command()
@click.argument("output", metavar="OUTPUT")
def views(output: str) -> None:
    """Print DuckDB SQL that makes views over OUTPUT: what is true now, without what was killed, corrected or repeated.

    For example: newsbeam views OUTPUT | duckdb news.db
    """
    from newsbeam.pipeline.views import NoOutputError, views_sql

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
    help="How large a file gets.",
)
@click.option(
    "--before",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Merge the days (UTC) before this one; today by default.",
)
def compact(output: str, target_size: int, before: datetime | None) -> None:
    """Merge the small files of past days in OUTPUT; the rows stay the same.

    It works beside a run, a stream and readers. A reader that listed the files before may find some gone: ask again.
    """
    from newsbeam.pipeline.compact_output import CompactError, compact_output

    day = (before or datetime.now(UTC)).date()
    try:
        compact_output(output, day, target_size, Console(), Console(stderr=True))
    except CompactError as error:
        raise _BadUsage(str(error)) from error
    except Exception as error:
        raise _RunFailed(f"the compaction failed: {_in_one_line(error)}") from error


@contextmanager
def _failing_as(what: str, verbose: bool) -> Iterator[None]:
    """Make of an error in the block one line that says what failed, or an end by Ctrl-C."""
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


def _load(path: str, output: str | None = None) -> Config:
    if path.startswith("-"):
        raise click.UsageError(f"CONFIG comes first, then Beam's options; got {path}")
    try:
        config = load_config(path)
    except ConfigError as error:
        raise _BadUsage(str(error)) from error
    config = config if output is None else config.with_output(output)
    mistake = output_mistake(config)
    if mistake:
        raise _BadUsage(f"{config.output_place}: {mistake}")
    return config


def _need_models(config: Config, path: str) -> None:
    missing = missing_models(config.entities.models)
    if missing:
        raise _BadUsage("\n".join(f"{path}: {line}" for line in missing))


def _check_beam_options(options: Sequence[str]) -> None:
    """Refuse what Beam would drop with a warning, a misspelt --output among it."""
    if not options:
        return
    from apache_beam.options.pipeline_options import PipelineOptions

    if not options[0].startswith("-"):
        raise click.UsageError(f"unexpected argument: {options[0]}")
    said = StringIO()
    try:
        with redirect_stderr(said):
            parsed = PipelineOptions(list(options))
            known = parsed.get_all_options()
            everything = parsed.get_all_options(retain_unknown_options=True)
    except SystemExit as stop:
        reason = said.getvalue().rstrip().rpartition("error: ")[2]
        raise click.UsageError(f"Beam options: {reason}") from stop
    unknown = sorted(set(everything) - set(known))
    # A job server has options of its own, such as --checkpointing_interval and --savepoint_path, and knows them only.
    if unknown and known["runner"] not in ("PortableRunner", "FlinkRunner"):
        guess = get_close_matches(unknown[0], ["output", "now", "quiet", "verbose", *known], n=1)
        hint = f" (did you mean --{guess[0]}?)" if guess else ""
        raise click.UsageError(f"no such option: --{unknown[0]}{hint}")


def _was_interrupted(error: BaseException | None) -> bool:
    """Return whether Ctrl-C is behind an error; Beam makes a RuntimeError of it, in whatever step it comes."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


def _in_one_line(error: Exception) -> str:
    """Return what went wrong; of a traceback that came as text from a worker, its last line.

    Errors of our own speak for themselves; others are named.
    """
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if "Traceback (most recent call last):" in lines:
        return lines[-1]
    name = "" if type(error).__module__.startswith("newsbeam.") else type(error).__name__
    return ": ".join(part for part in (name, *lines[:1]) if part) or type(error).__name__
