"""Arguments and options that several commands have, each declared once; and what shows a command's progress."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from newsbeam.pipeline.exit_status import failing_as

if TYPE_CHECKING:
    from newsbeam.pipeline.display import Display
    from newsbeam.transforms.common.progress import Progress

Command = Callable[..., Any]

CONFIG = click.argument("config_path", metavar="CONFIG")
OUTPUT = click.argument("output", metavar="OUTPUT")
BEAM_OPTIONS = click.argument("beam_options", metavar="[BEAM OPTIONS]", nargs=-1, type=click.UNPROCESSED)

WRITE_TO = click.option("--output", metavar="DIR", help="Write here instead of the config's `output`.")
OF_CONFIG = click.option(
    "--config", "config_path", metavar="CONFIG", help="Take models, topics and limits from CONFIG."
)
STRICT = click.option("--strict", is_flag=True, help="Exit status 5 if a source failed or something is a dead letter.")
SUMMARY = click.option("--summary", "report", metavar="FILE", help='Write the results as JSON to FILE; "-" for stdout.')
QUIET = click.option("--quiet", "-q", is_flag=True, help="Print no progress and no notes.")
UNTIL = click.option("--until", metavar="TIME", help="The end of the period: a date or time (UTC); by default now.")

DAY = click.DateTime(["%Y-%m-%d"])
SINCE_DAY = click.option("--since", type=DAY, metavar="DATE", help="Only what was fetched on this day (UTC) or later.")
UNTIL_DAY = click.option(
    "--until", type=DAY, metavar="DATE", help="Only what was fetched on this day (UTC) or earlier."
)


def since(default: str) -> Callable[[Command], Command]:
    """Return the option for the beginning of a period."""
    return click.option(
        "--since", default=default, show_default=True, metavar="TIME", help="24h, 7d, or a date or time (UTC)."
    )


@dataclass(frozen=True)
class Log:
    """How a command says what it does.

    Attributes:
        format: text or json.
        quiet: Print nothing but errors.
        verbose: Show what libraries log, and tracebacks.
    """

    format: str
    quiet: bool
    verbose: bool

    @property
    def is_json(self) -> bool:
        """Whether a line of the log is an object."""
        return self.format == "json"

    def display(self, lines_only: bool = False) -> "Display":
        """Return the display, and set up logging; see `make_display`."""
        from newsbeam.pipeline.display import make_display

        return make_display(self.format, self.quiet, self.verbose, lines_only)

    def failing_as(self, what: str) -> AbstractContextManager[None]:
        """Turn an error in the block into one line that says what failed."""
        return failing_as(what, self.verbose, as_record=self.is_json)


def logged(command: Command) -> Command:
    """Add the options of the log to a command, which gets them as its argument `log`."""

    @click.option(
        "--log-format",
        type=click.Choice(["text", "json"]),
        default="text",
        help="json: log an object a line, on stderr, for log collectors.",
    )
    @click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors.")
    @click.option("--verbose", "-v", is_flag=True, help="Show what libraries log, and tracebacks.")
    @wraps(command)
    def with_log(*arguments: Any, log_format: str, quiet: bool, verbose: bool, **options: Any) -> Any:
        return command(*arguments, log=Log(log_format, quiet, verbose), **options)

    return with_log


@contextmanager
def working(what: str, quiet: bool = False) -> Iterator["Progress"]:
    """Show on stderr how far a block is; turn an error in it into one line.

    Args:
        what: The command, for that line: "the report".
        quiet: Show nothing.
    """
    from rich.console import Console

    from newsbeam.pipeline.progress import make_progress

    with failing_as(what), make_progress(Console(stderr=True), quiet) as progress:
        yield progress
