"""`newsbeam stream`: runs the streaming graph.

On this machine (Prism) the runner's state is lost with the process, so each start is a warm start: an interrupted
commit is finished or removed, entries and paragraphs of the window are loaded from the output, and sources are polled
again. On a cluster the state is in checkpoints and savepoints. A start without one begins with an empty state, or with
the output's rows (`warm_start`). Where the output has entries it must be a warm start; otherwise every entry that is
still published would be written again.

Ctrl-C and SIGTERM stop a local stream; the next one polls again what was not written. A cluster's job continues without
this process.
"""

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
from newsbeam.pipeline.config.model import Config
from newsbeam.pipeline.config.sources import Wire
from newsbeam.pipeline.recorded_run import RecordedRun, recorded, shown_options, unrecorded
from newsbeam.pipeline.runners import prism
from newsbeam.pipeline.runners.runners import StreamEngine, stream_engine
from newsbeam.pipeline.settings import fetch_settings
from newsbeam.pipeline.sources import expand_feeds, wire_spec
from newsbeam.pipeline.streaming import bootstrap
from newsbeam.pipeline.streaming.status_lines import StatusLines
from newsbeam.transforms.common.plurals import counted
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

MAX_WRITE_WAIT_S = 300.0
"""How long a local stream retries a write that fails, on a full disk for example."""


@dataclass(frozen=True)
class StreamOptions:
    """How a stream starts and ends.

    Attributes:
        warm_start: Load the rows of the window from the output; a local stream always does.
        stop_after: Seconds until the last tick, after which the stream ends; None for never.
    """

    warm_start: bool = False
    stop_after: float | None = None


def stream(
    config: Config,
    beam_args: Sequence[str] = (),
    note: Callable[[str], None] = print,
    options: StreamOptions = StreamOptions(),
) -> None:
    """Run a stream until it is stopped.

    Args:
        config: The sources and the output.
        beam_args: Beam's options.
        note: Called with each line for the user: the runner, sources that are skipped, counts.
        options: How to start and end.

    Raises:
        bootstrap.StartError: A job would start with an empty state although the output has entries, or a warm start
            was asked for with a savepoint.
        OutputLockedError: Another run or stream on this machine is writing to the output.
        PrismError: The runner is Prism, and it can't be started.
        KeyboardInterrupt: Ctrl-C or SIGTERM, on this machine.
    """
    engine = stream_engine(beam_args)
    store = Store(config.output).absolute()  # a cluster's workers have other current folders
    with ExitStack() as stack:
        # First, so that a SIGTERM during the start releases what is held by then.
        stack.enter_context(_sigterm_as_ctrl_c())
        if engine.local:
            prism.log_thread_output()
            # Before Beam starts its threads, each of which would get an arena.
            prism.limit_malloc_arenas()
            # On a cluster ownership tokens protect the output, since its workers are on other machines.
            stack.enter_context(output_lock(store, "newsbeam stream", config.lock_lease.total_seconds()))
            prepare = partial(load_models, dict(config.entities.models))
            stack.enter_context(worker_pool(engine.processes, prepare))
        row = stack.enter_context(
            recorded(store, config, "stream", engine.name, submitted=not engine.local, locked=engine.local)
            if engine.state != "unknown"
            else unrecorded(config, "stream", engine.name)  # the job will be started from elsewhere
        )
        from_output = options.warm_start or engine.local  # a local stream's state was lost with its last process
        submitted_at = datetime.now(UTC)
        # Before any source is asked.
        _check_start(engine, store, from_output, submitted_at)
        with HttpClient(fetch_settings(config)) as client:
            expanded = expand_feeds(config, client, note)
        config, feeds = config.with_access(access_of(expanded)), [without_access(feed) for feed in expanded]
        groups = source_groups(feeds, config.wires, config)
        note(_first_line(engine, groups, config, from_output))
        if engine.local:
            since = (submitted_at - config.dedup.window).date()
            note_feeds_not_due(
                known_polls(store, [feed.feed_url for feed in feeds], since).values(), submitted_at, note
            )
        pipeline = engine.showing(shown_options(row.row, config.output)).pipeline()
        ticks = engine.ticks(pipeline, config.stream.tick.total_seconds(), options.stop_after)
        to = bootstrap.Output(
            store,
            row.row.run_id,
            submitted_at,
            from_output,
            state_unknown=engine.state == "unknown",
            shards=1 if engine.local else config.stream.shards,  # one process has no use for more
        )
        if engine.local:  # other runners repeat a bundle that fails, and have back-pressure
            to = replace(to, max_wait_s=MAX_WRITE_WAIT_S, max_in_flight=poll_sources.MAX_IN_FLIGHT)
        graph.stream(ticks, config, groups, to)
        if engine.local:
            _run_locally(pipeline, config, note, row)
        else:
            _submit(pipeline, note, row)


def _check_start(engine: StreamEngine, store: Store, from_output: bool, submitted_at: datetime) -> None:
    if engine.state == "empty" and not from_output:
        bootstrap.check_no_entries(store, submitted_at)
    if engine.state == "kept" and from_output:  # a key without state would load rows that are going to be quarantined
        raise bootstrap.StartError("--warm-start needs an empty state: leave it out with a savepoint or --update")


def _run_locally(pipeline: Any, config: Config, note: Callable[[str], None], row: RecordedRun) -> None:
    lines = StatusLines(note)
    with listening(lines.count):
        result = pipeline.run()
        try:
            with lines.every():
                result.wait_until_finish()
        finally:
            row.count(config, lines.counts())
            with suppress(Exception):  # Ctrl-C goes to the whole process group, so Prism may have ended already
                result.cancel()


def _submit(pipeline: Any, note: Callable[[str], None], row: RecordedRun) -> None:
    result = pipeline.run()
    note("the job is submitted and continues without this command; its runner shows the metrics")
    try:
        result.wait_until_finish()
    except KeyboardInterrupt:
        row.goes_on = True
        # Ctrl-C ends this command only. Canceling the job would throw its state away, and with it what is written once.
        note("the job continues; stop it with its runner's own tools, on Flink with a savepoint")


def source_groups(feeds: Iterable[Source], wires: Iterable[Wire], config: Config) -> list[SourceGroup]:
    """Return the groups whose sources are polled one after another: the feeds of each host, and each wire.

    Patterns and OPML lists of feeds are expanded once, before; a wire is listed again at every tick. Of a wire that the
    config has twice the first one counts.
    """
    by_host: dict[str, list[Source]] = {}
    for feed in feeds:
        # The host is the key of state and the unit that is polled politely: its feeds are asked one after another.
        by_host.setdefault(host_of(feed.location), []).append(feed)
    groups = {host: SourceGroup(host, tuple(sources)) for host, sources in by_host.items()}
    for wire in wires:
        spec = wire_spec(wire, config.folder.absolute())
        # Keyed by the path as configured, which state keeps: an absolute one would change with the machine.
        groups.setdefault(f"wire:{wire.path}", SourceGroup(f"wire:{wire.path}", wire=spec))
    return list(groups.values())


def _first_line(engine: StreamEngine, groups: Sequence[SourceGroup], config: Config, from_output: bool) -> str:
    hosts = [group for group in groups if group.feeds]
    polled = [
        counted(sum(len(group.feeds) for group in hosts), "feed"),
        counted(len(groups) - len(hosts), "wire"),
    ]
    web = sum(group.key != FILES for group in hosts)
    at = f" on {counted(web, 'host')}" if web else ""
    end = "; stop with Ctrl-C" if engine.local else ""
    warm = ", warm start" if from_output else ""
    return f"{engine.name}: {polled[0]}{at}, {polled[1]}, output {config.output}{warm}{end}"


def note_feeds_not_due(polls: Iterable[Poll], now: datetime, note: Callable[[str], None]) -> None:
    """Note how many feeds were polled before the start and are not due yet, and when the next one is."""
    due = sorted(poll.next_poll_at for poll in polls if poll.next_poll_at and poll.next_poll_at > now)
    if due:
        minutes = ceil((due[0] - now).total_seconds() / 60)
        note(f"not due yet: {counted(len(due), 'feed')}; the next one is due in {counted(minutes, 'minute')}")


@contextmanager
def _sigterm_as_ctrl_c() -> Iterator[None]:
    """Treat SIGTERM, which supervisors send, as Ctrl-C while the block runs."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    # As KeyboardInterrupt, so that one way out releases the lock and ends Prism.
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
