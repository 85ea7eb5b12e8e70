"""What Prism, the engine of one machine, needs from us while it works: quiet, thrift, and an end."""

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
    """Prism does not start."""


class Runner(PrismRunner):
    """Beam's runner, with a Prism that ends when this process does, however and whenever, and not before.

    Beam's own is left behind by a SIGKILL, and waits for its worker for ever; and its job is ended by the deadline of a
    request, `--job_server_timeout`, which is five minutes.
    """

    def create_job_service_handle(self, job_service: Any, options: PipelineOptions) -> Any:
        handle = super().create_job_service_handle(job_service, options)
        handle.timeout = None
        return handle

    def default_job_server(self, options: PipelineOptions) -> Any:
        if options.view_as(DebugOptions).lookup_experiment("disable_prism_server_singleton"):
            return StopOnExitJobServer(_JobServer(options))
        return self.shared_handle.acquire(lambda: StopOnExitJobServer(_JobServer(options)))


class _JobServer(PrismJobServer):
    def start(self) -> Any:
        """Start Prism.

        Raises:
            PrismError: There is none and Beam can't download it, or it does not start.
        """
        try:
            return super().start()
        except (OSError, RuntimeError, ValueError) as error:
            reason = " ".join(str(error).split())
            raise PrismError(
                f"its engine, Prism, can't be started; `make prism` builds it (needs Go): {reason}"
            ) from error

    def subprocess_cmd_and_endpoint(self) -> tuple[list[Any], str]:
        command, endpoint = super().subprocess_cmd_and_endpoint()
        # Closed by the kernel, at the end of this process; nobody accepts the connections.
        self._lifeline = socket.create_server(("127.0.0.1", 0))
        port = self._lifeline.getsockname()[1]
        return [sys.executable, "-I", "-S", prism_launcher.__file__, port, *command], endpoint


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


def thrift() -> None:
    """Have glibc's malloc keep less of what is free: two arenas for all threads of this process.

    By default there are up to eight a core, and what one has freed the threads of another can't have. Beam's worker has
    thirty threads, which hand megabytes around: after 100,000 entries 300 of 700 MB were free, with two arenas 120 of
    540. To be called before there are more than eight; other allocators don't do this.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        mallopt(_M_ARENA_MAX, 2)


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
