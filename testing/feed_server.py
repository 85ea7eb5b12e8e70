"""A feed server on loopback that publishes entries over time, has faults on request, and logs what it has served.

In a test:

    with FeedServer(log, feeds=4, clock=clock) as server:
        ... server.urls ... server.fault("hang", [0]) ... server.poison(2)

In a separate process, started from the root of the repository, with the same methods (`Control`):

    with feed_server_process(log, "--feeds", "50", "--rate", "20") as server: ...
    python -m testing.feed_server --port 8000 --log served.jsonl --feeds 50 --drop drop

It has one thread with an event loop: 50 feeds at 20 requests a second take a few per cent of a core.
"""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from testing.feed_answers import FAULTS, Answer, Fault, answer, feed_path, with_fault
from testing.published import Schedule, ServedLog
from testing.wire_drop import DropWriter

SLOW_PIECES, SLOW_PAUSE_S = 10, 0.1
HOSTS = ("127.0.0.1", "localhost")
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 seconds


@dataclass(frozen=True)
class Request:
    """The parts of an HTTP request that the server uses; header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class FeedServer:
    """Serves feeds on loopback under two host names, 127.0.0.1 and localhost.

    Args:
        log: The file that served versions are appended to (see `ServedLog`).
        feeds: The number of feeds; `Schedule` decides what they contain.
        seed: Decides what is published and when.
        entries_per_second: The rate of all feeds together.
        port: The TCP port; 0 for any free one.
        clock: Returns the time in Unix seconds.
        **schedule: `entries`, `window` and `update_after_s` of `Schedule`.
    """

    def __init__(
        self,
        log: Path,
        *,
        feeds: int = 10,
        seed: int = 0,
        entries_per_second: float = 1.0,
        port: int = 0,
        clock: Callable[[], float] = time.time,
        **schedule: Any,
    ):
        self._log = ServedLog(log)
        self._clock = clock
        self._feeds = {feed_path(feed): feed for feed in range(feeds)}
        self._schedule = Schedule(
            feeds=feeds, seed=seed, entries_per_second=entries_per_second, start=clock(), **schedule
        )
        self._faults: dict[int, tuple[Fault, float]] = {}
        self._listener = socket.create_server(("127.0.0.1", port), backlog=256)
        self.port: int = self._listener.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=[self._serve()], name="feed server")

    @property
    def urls(self) -> list[str]:
        """The URLs of the feeds by number: half of them at each host."""
        return [f"http://{HOSTS[feed // 2 % 2]}:{self.port}{path}" for path, feed in self._feeds.items()]

    def fault(self, fault: Fault | None, feeds: Collection[int] = (), seconds: float = float("inf")) -> None:
        """Give feeds (all by default) a fault for a time, from the next request on; None ends their faults.

        Raises:
            ValueError: There is no such fault.
        """
        if fault is not None and fault not in FAULTS:
            raise ValueError(f"unknown fault {fault!r}; use one of {', '.join(FAULTS)}")
        now = self._clock()
        chosen = list(feeds) or list(self._feeds.values())
        for feed in chosen:
            if fault is None:
                self._faults.pop(feed, None)
            else:
                self._faults[feed] = fault, now + seconds
        self._log.fault(fault, [str(feed) for feed in chosen], now)

    def poison(self, feed: int) -> str:
        """Publish an entry that contains `POISON` immediately; return its guid."""
        version = self._schedule.poison(feed, self._clock())
        self._log.version(version, version.updated)
        return version.guid

    def __enter__(self) -> Self:
        self._stopped = asyncio.Event()
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join()
        self._loop.close()
        self._log.close()

    async def _serve(self) -> None:
        connections: set[asyncio.Task[None]] = set()

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            connections.add(task)
            try:
                with contextlib.suppress(asyncio.CancelledError):  # the server ends
                    await self._converse(reader, writer)
            finally:
                connections.discard(task)
                writer.transport.abort()

        server = await asyncio.start_server(connected, sock=self._listener)
        await self._stopped.wait()
        server.close()
        for task in list(connections):
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of a connection until either side ends it."""
        answered: tuple[str, float] | None = None
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                try:
                    request = await _read_request(reader)
                except (ConnectionError, asyncio.IncompleteReadError):
                    if answered:
                        self._log.unconfirmed(*answered)
                    return
                answered = None
                if request.path == "/control":
                    await _send(writer, self._control(request), self._clock())
                elif (feed := self._feeds.get(request.path)) is not None:
                    answered = str(feed), await self._answer(feed, request, reader, writer)
                else:
                    await _send(writer, Answer(404, {}), self._clock())

    async def _answer(
        self, feed: int, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> float:
        """Answer a request for a feed; return the time at which it came."""
        started = self._clock()
        for version in self._schedule.advance(started):
            self._log.version(version, version.updated)
        versions, changed_at = self._schedule.shown(feed)
        fault = self._fault_of(feed, started)
        reply = with_fault(answer(feed, versions, changed_at, request.headers, started), fault)
        sent = False
        try:
            await _SENDERS.get(fault, _send)(writer, reply, started)
            if fault == "hang":
                await reader.read()  # until the client closes the connection
            sent = fault != "hang"
        finally:
            self._log.answer(
                str(feed),
                reply.versions,
                started=started,
                time=self._clock(),
                status=reply.status if sent else None,
                fault=fault,
                host=request.headers.get("host", "").partition(":")[0],
            )
        return started

    def _fault_of(self, feed: int, now: float) -> Fault | None:
        fault, until = self._faults.get(feed, (None, 0.0))
        return fault if now < until else None

    def _control(self, request: Request) -> Answer:
        order = json.loads(request.body)
        reply = {}
        try:
            if order.pop("do") == "poison":
                reply["guid"] = self.poison(**order)
            else:
                self.fault(**order)
        except (ValueError, TypeError) as error:
            reply["error"] = str(error)
        return Answer(200, {"Content-Type": "application/json"}, json.dumps(reply).encode())


async def _read_request(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip().split("\r\n")
    method, path, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Request(method, path, headers, await reader.readexactly(int(headers.get("content-length", "0"))))


async def _send(writer: asyncio.StreamWriter, answer: Answer, now: float) -> None:
    writer.write(answer.head(now) + answer.body)
    await writer.drain()


async def _send_slowly(writer: asyncio.StreamWriter, answer: Answer, now: float) -> None:
    writer.write(answer.head(now))
    size = len(answer.body) // SLOW_PIECES + 1
    for start in range(0, len(answer.body), size):
        await asyncio.sleep(SLOW_PAUSE_S)
        writer.write(answer.body[start : start + size])
        await writer.drain()


async def _send_half(writer: asyncio.StreamWriter, answer: Answer, now: float) -> None:
    data = answer.head(now) + answer.body
    writer.write(data[: len(data) - len(answer.body) // 2 - 1])
    await writer.drain()
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    writer.transport.abort()
    raise ConnectionResetError


async def _send_nothing(writer: asyncio.StreamWriter, answer: Answer, now: float) -> None:
    pass


_SENDERS: dict[Fault | None, Callable[[asyncio.StreamWriter, Answer, float], Awaitable[None]]] = {
    "slow": _send_slowly,
    "reset": _send_half,
    "hang": _send_nothing,
}


@dataclass(frozen=True)
class Control:
    """A feed server in another process."""

    port: int
    urls: list[str]

    def fault(self, fault: Fault | None, feeds: Collection[int] = (), seconds: float | None = None) -> None:
        """Do what `FeedServer.fault` does."""
        self._order(do="fault", fault=fault, feeds=list(feeds), **({} if seconds is None else {"seconds": seconds}))

    def poison(self, feed: int) -> str:
        """Do what `FeedServer.poison` does."""
        return self._order(do="poison", feed=feed)["guid"]

    def _order(self, **order: Any) -> dict[str, str]:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/control", json.dumps(order).encode())
        with urllib.request.urlopen(request, timeout=10) as answer:
            reply: dict[str, str] = json.load(answer)
        if "error" in reply:
            raise ValueError(reply["error"])
        return reply


@contextlib.contextmanager
def feed_server_process(log: Path, *arguments: str) -> Iterator[Control]:
    """Run a feed server in a separate process; `arguments` are those of the command line."""
    command = [sys.executable, "-m", "testing.feed_server", "--log", str(log), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[1]) as process:
        try:
            assert process.stdout is not None
            yield Control(**json.loads(process.stdout.readline()))
        finally:
            process.terminate()


def write_config(
    folder: Path, urls: Sequence[str], drop: Path | None = None, *, settle: str = "2s", more: str = ""
) -> Path:
    """Write a newsbeam config of the feeds and the drop; entity tagging is off unless `more` configures it."""
    feeds = "".join(f"\n  - {{url: '{url}', source: Feeds, language: en, poll: 1s}}" for url in urls)
    wires = f"wires:\n  - {{path: {drop}, source: Wire, settle: {settle}}}\n" if drop else ""
    entities = "" if "entities:" in more else "entities: {models: {}}\n"
    more = more if "fetch: {" in more else f"{more}fetch: {{}}\n"
    more = more.replace("fetch: {", "fetch: {allow_networks: [127.0.0.0/8], ").replace(", }", "}")
    config = folder / "config.yaml"
    config.write_text(f"output: {folder / 'output'}\nfeeds:{feeds}\n{wires}{entities}{more}")
    return config


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until SIGTERM or SIGINT, or until the parent process ends; print the port and the feeds' URLs as JSON."""
    parser = argparse.ArgumentParser(prog="python -m testing.feed_server")
    parser.add_argument("--log", type=Path, required=True, help="file that served versions are appended to")
    parser.add_argument("--port", type=int, default=0, help="TCP port (default: any free one)")
    parser.add_argument("--feeds", type=int, default=10, help="number of feeds (default: 10)")
    parser.add_argument("--seed", type=int, default=0, help="decides what is published and when (default: 0)")
    parser.add_argument("--rate", type=float, default=1.0, help="entries a second in all feeds together (default: 1)")
    parser.add_argument("--entries", type=int, help="number of entries to publish (default: no limit)")
    parser.add_argument("--window", type=int, default=30, help="entries that a feed contains (default: 30)")
    parser.add_argument(
        "--update-after",
        type=float,
        nargs=2,
        default=(20.0, 60.0),
        metavar=("MIN", "MAX"),
        help="seconds from one version of an entry to the next (default: 20 60)",
    )
    parser.add_argument("--drop", type=Path, help="folder to write NewsML-G2 files to as well")
    parser.add_argument("--drop-rate", type=float, default=0.2, help="stories a second in the drop (default: 0.2)")
    given = parser.parse_args(arguments)
    stop = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, stop)  # before threads start, which inherit it
    with contextlib.ExitStack() as stack:
        server = FeedServer(
            given.log,
            feeds=given.feeds,
            seed=given.seed,
            entries_per_second=given.rate,
            port=given.port,
            entries=given.entries,
            window=given.window,
            update_after_s=tuple(given.update_after),
        )
        stack.enter_context(server)
        if given.drop:
            stack.enter_context(DropWriter(given.drop, given.log, seed=given.seed, stories_per_second=given.drop_rate))
        print(json.dumps({"port": server.port, "urls": server.urls}), flush=True)
        threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
        signal.sigwait(stop)


def _end_with(parent: int) -> None:
    """End this process when its parent has ended, however that ended."""
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
