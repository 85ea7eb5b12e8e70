"""`newsbeam stream`: the same graph for ever.

On this machine (Prism) the engine's state dies with it, so a start goes on from the output: what a killed stream was
writing is finished or removed, versions and paragraphs of the window are read back, and sources are polled anew. On a
cluster the state is in checkpoints and savepoints; a start without one begins with an empty memory, or with the
output's (`warm_start`), which it must where there are entries: else all that is still published would be new.

Ctrl-C and SIGTERM end a local stream; what it had not written yet is polled again by the next one. A cluster's job goes
on without us.
"""

import secrets
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from math import ceil
from typing import Any

from newsbeam.pipeline import graph
from newsbeam.pipeline.config import Config, Wire
from newsbeam.pipeline.runners import prism
from newsbeam.pipeline.runners.runners import StreamEngine, stream_engine
from newsbeam.pipeline.settings import fetch_settings
from newsbeam.pipeline.sources import expand_feeds, wire_spec
from newsbeam.pipeline.streaming import bootstrap
from newsbeam.pipeline.streaming.status_lines import StatusLines
from newsbeam.transforms.enrich.tag_batches import load_models
from newsbeam.transforms.read import poll_sources
from newsbeam.transforms.read.due import FILES, host_of
from newsbeam.transforms.read.http import HttpClient
from newsbeam.transforms.read.poll_sources import SourceGroup
from newsbeam.transforms.read.sources import access_of, without_access
from newsbeam.transforms.records import Poll, Source
from newsbeam.transforms.runtime.counters import listening
from newsbeam.transforms.runtime.workers import worker_pool
from newsbeam.transforms.write.lock import output_lock
from newsbeam.transforms.write.lookup.lookups import known_polls
from newsbeam.transforms.write.store import Store

PATIENCE_S = 300.0
"""How long a local stream goes on trying where its output refuses to be written: a full disk, say."""


@dataclass(frozen=True)
class StreamOptions:
    """How a stream begins and ends.

    Attributes:
        warm_start: Begin with what the output has of the window; a local engine always does.
        stop_after: Seconds after which no more ticks come, and the stream ends; None for never.
    """

    warm_start: bool = False
    stop_after: float | None = None


def stream(
    config: Config,
    beam_args: Sequence[str] = (),
    note: Callable[[str], None] = print,
    options: StreamOptions = StreamOptions(),
) -> None:
    """Run until stopped.

    Args:
        config: What to poll, and where to write.
        beam_args: Beam's options.
        note: Called with a line for each thing to know: the engine, sources that are passed over, now and then counts.
        options: How to begin and end.

    Raises:
        recovery.StartError: A job would begin with an empty state beside an output with entries, or is told to fill one
            that it has from a savepoint.
        OutputLockedError: Another run or stream on this machine is writing to the output.
        PrismError: The engine is Prism, and can't be had.
        KeyboardInterrupt: Ctrl-C or SIGTERM, on this machine.
    """
    engine = stream_engine(beam_args)
    store = Store(config.output).absolute()  # a cluster's workers are in folders of their own
    with ExitStack() as stack:
        stack.enter_context(_sigterm_as_ctrl_c())
        if engine.local:
            prism.quiet()
            prism.thrift()
            stack.enter_context(output_lock(store, "newsbeam stream"))
            prepare = partial(load_models, dict(config.entities.models))
            stack.enter_context(worker_pool(engine.processes, prepare))
        from_output = options.warm_start or engine.local
        began = datetime.now(UTC)
        _check_start(engine, store, from_output, began)
        with HttpClient(fetch_settings(config)) as client:
            expanded = expand_feeds(config, client, note)
        config, feeds = config.with_access(access_of(expanded)), [without_access(feed) for feed in expanded]
        groups = source_groups(feeds, config.wires, config)
        note(_beginning(engine, groups, config, from_output))
        if engine.local:
            since = (began - config.dedup.window).date()
            note_waiting(known_polls(store, [feed.feed_url for feed in feeds], since).values(), began, note)
        pipeline = engine.pipeline()
        ticks = engine.ticks(pipeline, config.stream.tick.total_seconds(), options.stop_after)
        to = bootstrap.Output(store, new_epoch(), began, from_output, state_unknown=engine.state == "unknown")
        if engine.local:  # elsewhere the engine repeats a bundle that fails, and sees to it that nothing piles up
            to = replace(to, max_wait_s=PATIENCE_S, max_in_flight=poll_sources.MAX_IN_FLIGHT)
        graph.stream(ticks, config, groups, to)
        if engine.local:
            _run_here(pipeline, note)
        else:
            _run_there(pipeline, note)


def _check_start(engine: StreamEngine, store: Store, from_output: bool, began: datetime) -> None:
    if engine.state == "empty" and not from_output:
        bootstrap.check_empty(store, began)
    if engine.state == "kept" and from_output:  # of a key without state it would take for written what is taken back
        raise bootstrap.StartError("--warm-start is for a start from nothing; a savepoint, or a job, has its memory")


def _run_here(pipeline: Any, note: Callable[[str], None]) -> None:
    lines = StatusLines(note)
    with listening(lines.count):
        result = pipeline.run()
        try:
            with lines.every():
                result.wait_until_finish()
        finally:
            with suppress(Exception):  # Ctrl-C goes to the whole group, so that Prism may be gone already
                result.cancel()


def _run_there(pipeline: Any, note: Callable[[str], None]) -> None:
    result = pipeline.run()
    note("the job is submitted, and goes on without this command; its engine shows its metrics")
    try:
        result.wait_until_finish()
    except KeyboardInterrupt:
        note("the job goes on; its engine can stop it, on Flink with a savepoint")


def new_epoch() -> str:
    """Return an id for a submission, which no other one has."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}{secrets.token_hex(3)}"


def source_groups(feeds: Iterable[Source], wires: Iterable[Wire], config: Config) -> list[SourceGroup]:
    """Return what is polled one after another: the feeds of each host, and each wire.

    Feeds are those that patterns and OPML lists name now; a wire is listed again at every tick. A wire that is named
    twice counts as it is named first.
    """
    by_host: dict[str, list[Source]] = {}
    for feed in feeds:
        by_host.setdefault(host_of(feed.location), []).append(feed)
    groups = {host: SourceGroup(host, tuple(sources)) for host, sources in by_host.items()}
    for wire in wires:
        spec = wire_spec(wire, config.folder.absolute())
        groups.setdefault(f"wire:{wire.path}", SourceGroup(f"wire:{wire.path}", wire=spec))
    return list(groups.values())


def _beginning(engine: StreamEngine, groups: Sequence[SourceGroup], config: Config, from_output: bool) -> str:
    hosts = [group for group in groups if group.feeds]
    polled = [
        _number(sum(len(group.feeds) for group in hosts), "feed"),
        _number(len(groups) - len(hosts), "wire"),
    ]
    web = sum(group.key != FILES for group in hosts)
    at = f" at {_number(web, 'host')}" if web else ""
    end = "; Ctrl-C ends it" if engine.local else ""
    on = ", on from what is there" if from_output else ""
    return f"{engine.name}: {polled[0]}{at}, {polled[1]}, to {config.output}{on}{end}"


def note_waiting(polls: Iterable[Poll], now: datetime, note: Callable[[str], None]) -> None:
    """Say why nothing seems to happen: feeds that were polled before this start wait until they are due."""
    due = sorted(poll.next_poll_at for poll in polls if poll.next_poll_at and poll.next_poll_at > now)
    if due:
        minutes = ceil((due[0] - now).total_seconds() / 60)
        waiting = f"{_number(len(due), 'feed')} {'was' if len(due) == 1 else 'were'} polled lately"
        note(f"{waiting}; the next one is due in {_number(minutes, 'minute')}")


def _number(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


@contextmanager
def _sigterm_as_ctrl_c() -> Iterator[None]:
    """End in order, too, when a supervisor says so."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
