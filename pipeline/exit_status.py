"""Exit statuses of the commands, and the errors that lead to them.

0    done; dead letters are not a failure, the summary counts them
1    the command failed
2    a config or an option that can't be used, found before anything ran
3    the run is done, but no source that it asked gave anything
4    another run, stream, compaction or sender of alerts is at work on the output; nothing was read or written
5    with --strict: the run is done, but a source failed, or something is a dead letter; a source is late (inspect
     --freshness); an alert could not be sent
130  stopped by Ctrl-C
"""

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from newsbeam.pipeline.errors import NotUsableError

DONE = 0
FAILED = 1
USAGE = 2
NOTHING_RECEIVED = 3
LOCKED = 4
INCOMPLETE = 5
INTERRUPTED = 130


_LOGGER = logging.getLogger(__name__)


class RunFailed(click.ClickException):
    """The command failed."""

    exit_code = FAILED

    def format_message(self) -> str:
        """Return the message without control characters: it may quote a server or a file."""
        from newsbeam.pipeline.terminal import printable

        return printable(self.message)


class OutputBusy(RunFailed):
    """Another process is writing to the output."""

    exit_code = LOCKED


class BadUsage(click.ClickException):
    """The config or an option can't be used."""

    exit_code = USAGE

    def show(self, file: Any = None) -> None:
        """Print the message without "Error:": a config's errors begin with file:line:column, which editors follow."""
        from newsbeam.pipeline.terminal import printable

        click.echo(printable(self.message), file=file, err=True)


@contextmanager
def failing_as(what: str, verbose: bool = False, as_record: bool = False) -> Iterator[None]:
    """Turn an error in the block into one line that says what failed, or into an abort where it was Ctrl-C.

    Args:
        what: The command.
        verbose: Show the traceback as well.
        as_record: Log the traceback, in the form of the log, and don't print it.

    Raises:
        BadUsage: What the command was given can't be used.
        RunFailed: Anything else.
    """
    try:
        yield
    except click.ClickException:
        raise
    except NotUsableError as error:
        raise BadUsage(str(error)) from error
    except BrokenPipeError:  # a reader of stdout that has seen enough
        raise
    except Exception as error:
        if was_interrupted(error):
            raise click.Abort from error
        if verbose and as_record:
            _LOGGER.exception("%s failed", what)
        elif verbose:
            traceback.print_exc()
        kind = OutputBusy if _is_locked(error) else RunFailed
        raise kind(f"{what} failed: {in_one_line(error)}") from error


def in_one_line(error: Exception) -> str:
    """Return an error as one line: for a traceback that came as text from a worker its last line.

    The class is named unless it is newsbeam's own.
    """
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if "Traceback (most recent call last):" in lines:
        return lines[-1]
    name = "" if type(error).__module__.startswith("newsbeam.") else type(error).__name__
    return ": ".join(part for part in (name, *lines[:1]) if part) or type(error).__name__


def _is_locked(error: Exception) -> bool:
    from newsbeam.transforms.write.alert_ledger import AlertsLockedError
    from newsbeam.transforms.write.compaction.swap import CompactionLockedError
    from newsbeam.transforms.write.lock import OutputLockedError

    return isinstance(error, OutputLockedError | CompactionLockedError | AlertsLockedError)


def was_interrupted(error: BaseException | None) -> bool:
    """Return whether Ctrl-C caused an error; Beam wraps it in a RuntimeError, in any step."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None
