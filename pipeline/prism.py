"""What Prism, the engine of one machine, needs from us while it works: quiet, and an end."""

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO, cast

_beam_log = logging.getLogger("apache_beam")


class PrismError(Exception):
    """Prism does not start."""


def start(pipeline: Any) -> Any:
    """Run a pipeline on Prism and return its result.

    Raises:
        PrismError: There is no Prism, and Beam can't download it.
    """
    try:
        return pipeline.run()
    except (OSError, RuntimeError, ValueError) as error:
        if isinstance(error, OSError) or "prism" in str(error).lower():
            reason = " ".join(str(error).split())
            raise PrismError(
                f"its engine, Prism, can't be started; `make prism` builds it (needs Go): {reason}"
            ) from error
        raise


@contextmanager
def ended_with_us() -> Iterator[None]:
    """See to it that Prism ends when this process is killed within the block; it would wait for its worker for ever.

    A shell waits for the end of a pipe that only this process holds. Where there is no `/proc`, nobody does; and a
    process that is killed while it is starting Prism leaves it behind.
    """
    prism = next((pid for pid in _children() if "prism" in _program(pid)), None)
    if prism is None:
        yield
        return
    command = ["/bin/sh", "-c", 'read -r _ || kill -9 "$0"', str(prism)]
    # In a session of its own, where Ctrl-C does not reach it.
    with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True) as watcher:  # noqa: S603 - ours
        try:
            yield
        finally:
            with suppress(BrokenPipeError):
                watcher.communicate(b"\n")


def quiet() -> None:
    """Log, instead of print, what Beam's threads do: each traceback several times; its last line is in our own message.

    For as long as the process lives, since Prism goes with its exit, which some of them only raise about then.
    """
    before = threading.excepthook

    def hook(args: threading.ExceptHookArgs) -> None:
        if args.exc_type.__module__.startswith("grpc."):
            _beam_log.info("%s: %s", args.thread and args.thread.name, args.exc_value)
        else:
            before(args)

    threading.excepthook = hook
    sys.stderr = cast(TextIO, _MainThreadsOnly(sys.stderr))


class _MainThreadsOnly:
    """A stream for what the main thread prints; what others print is logged."""

    def __init__(self, stream: TextIO):
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        if threading.current_thread() is threading.main_thread():
            return self._stream.write(text)
        for line in text.splitlines():
            if line.strip():
                _beam_log.info(line)
        return len(text)


def _children() -> list[int]:
    lists = Path("/proc/self/task").glob("*/children")
    return [int(pid) for each in lists for pid in each.read_text().split()]


def _program(pid: int) -> str:
    try:
        return os.path.basename(os.readlink(f"/proc/{pid}/exe"))
    except OSError:  # it has just ended
        return ""
