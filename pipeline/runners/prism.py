"""Prism, Beam's runner on one machine: its launch, its end, its log output and its memory."""

import ctypes
import logging
import socket
import sys
import threading
from typing import Any, TextIO, cast

from apache_beam.options.pipeline_options import DebugOptions, PipelineOptions
from apache_beam.runners.portability.job_server import StopOnExitJobServer
from apache_beam.runners.portability.prism_runner import PrismJobServer, PrismRunner

from newsbeam.pipeline.runners import prism_launcher

_beam_log = logging.getLogger("apache_beam")
_M_ARENA_MAX = -8  # malloc.h


class PrismError(Exception):
    """Prism can't be started."""


class Runner(PrismRunner):
    """Beam's PrismRunner with a Prism that ends with this process, also on SIGKILL, and not before.

    Beam's own keeps running after a SIGKILL of this process, and waits for its worker forever.
    """

    def create_job_service_handle(self, job_service: Any, options: PipelineOptions) -> Any:
        """Return the handle of a job that may run for as long as it likes."""
        handle = super().create_job_service_handle(job_service, options)
        handle.timeout = None  # else --job_server_timeout, five minutes, would end the job
        return handle

    def default_job_server(self, options: PipelineOptions) -> Any:
        """Return a server that ends with this process: one for all pipelines, or one for each if Beam is told so."""
        if options.view_as(DebugOptions).lookup_experiment("disable_prism_server_singleton"):
            return StopOnExitJobServer(_JobServer(options))
        return self.shared_handle.acquire(lambda: StopOnExitJobServer(_JobServer(options)))


class _JobServer(PrismJobServer):
    def start(self) -> Any:
        """Start Prism.

        Raises:
            PrismError: It is not installed and Beam can't download it, or it does not start.
        """
        try:
            return super().start()
        except (OSError, RuntimeError, ValueError) as error:
            reason = " ".join(str(error).split())
            raise PrismError(
                f"the Prism runner can't be started; `make prism` builds it (needs Go): {reason}"
            ) from error

    def subprocess_cmd_and_endpoint(self) -> tuple[list[Any], str]:
        command, endpoint = super().subprocess_cmd_and_endpoint()
        # The kernel closes it at the end of this process; its connections are never accepted.
        self._lifeline = socket.create_server(("127.0.0.1", 0))
        port = self._lifeline.getsockname()[1]
        # -I and -S: without site-packages and PYTHON variables it starts in 20 ms.
        return [sys.executable, "-I", "-S", prism_launcher.__file__, port, *command], endpoint


def log_thread_output() -> None:
    """Log what Beam's threads print: the same traceback several times, whose last line is in newsbeam's own message.

    It stays in force until the process exits, since some threads raise errors only when Prism ends.
    """
    before = threading.excepthook

    def hook(args: threading.ExceptHookArgs) -> None:
        if args.exc_type.__module__.startswith("grpc."):
            _beam_log.info("%s: %s", args.thread and args.thread.name, args.exc_value)
        else:
            before(args)

    threading.excepthook = hook
    # Some of Beam's threads print their traceback themselves, past the hook.
    sys.stderr = cast(TextIO, _MainThreadsOnly(sys.stderr))


def limit_malloc_arenas() -> None:
    """Limit glibc's malloc to two arenas for all threads of this process, so that it keeps less free memory.

    By default there are up to eight a core, and memory that is free in one can't be used by threads of another. Beam's
    worker has thirty threads, which pass megabytes around: after 100,000 entries 300 of 700 MB were free, with two
    arenas 120 of 540. Call it before there are more than eight threads; other allocators have no such setting.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        mallopt(_M_ARENA_MAX, 2)


class _MainThreadsOnly:
    """A text stream that prints the main thread's output and logs that of other threads."""

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
