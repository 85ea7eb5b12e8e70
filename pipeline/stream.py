"""`newsbeam stream`: the same graph for ever.

On this machine (Prism) the engine's state dies with it, so a start goes on from the output: what a killed stream was
writing is finished or removed, versions and paragraphs of the window are read back, and sources are polled anew. On a
cluster the state is in checkpoints and savepoints; a start without one begins with an empty memory, or with the
output's (`warm_start`).
"""

import secrets
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from urllib.parse import urlsplit

from newsbeam.pipeline import graph
from newsbeam.pipeline.config import Config, Wire
from newsbeam.pipeline.engines import StreamEngine, stream_engine
from newsbeam.pipeline.settings import fetch_settings
from newsbeam.pipeline.sources import expand_feeds
from newsbeam.transforms.enrich.batch import load_models
from newsbeam.transforms.pool import worker_pool
from newsbeam.transforms.read.http import HttpClient
from newsbeam.transforms.read.poll_sources import SourceGroup, WireSpec
from newsbeam.transforms.read.sources import is_web
from newsbeam.transforms.records import Source
from newsbeam.transforms.write.commit import recover
from newsbeam.transforms.write.lock import output_lock
from newsbeam.transforms.write.store import Store

FILES = "files"
"""The key of feeds that are files."""


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
    config: Config, beam_args: Sequence[str], note: Callable[[str], None], options: StreamOptions = StreamOptions()
) -> None:
    """Run until stopped.

    Args:
        config: What to poll, and where to write.
        beam_args: Beam's options.
        note: Called with a line for each thing to know: the engine, sources that are passed over.
        options: How to begin and end.

    Raises:
        OutputLockedError: Another run or stream on this machine is writing to the output.
    """
    engine = stream_engine(beam_args)
    store = Store(config.output)
    with ExitStack() as stack:
        if engine.local:
            stack.enter_context(output_lock(store, "newsbeam stream"))
            recover(store)
            prepare = partial(load_models, dict(config.entities.models))
            stack.enter_context(worker_pool(engine.processes, prepare, at_once=True))
        with HttpClient(fetch_settings(config)) as client:
            feeds = expand_feeds(config, client, note)
        _run(config, engine, store, feeds, note, options)


def _run(
    config: Config,
    engine: StreamEngine,
    store: Store,
    feeds: Sequence[Source],
    note: Callable[[str], None],
    options: StreamOptions,
) -> None:
    groups = source_groups(feeds, config.wires, config)
    warm = options.warm_start or engine.local
    note(
        f"{engine.name}: {len(feeds):,} feeds of {sum(bool(group.feeds) for group in groups):,} hosts, "
        f"{len(config.wires):,} wires, to {config.output}" + (", on from what is there" if warm else "")
    )
    epoch = f"{datetime.now(UTC):%Y%m%dT%H%M%S}{secrets.token_hex(3)}"
    pipeline = engine.pipeline()
    ticks = engine.ticks(pipeline, config.stream.tick.total_seconds(), options.stop_after)
    graph.stream(ticks, config, groups, graph.Output(store, epoch, warm))
    result = pipeline.run()
    try:
        result.wait_until_finish()
    finally:
        result.cancel()


def source_groups(feeds: Iterable[Source], wires: Iterable[Wire], config: Config) -> list[SourceGroup]:
    """Return what is polled one after another: the feeds of each host, and each wire."""
    by_host: dict[str, list[Source]] = {}
    for feed in feeds:
        by_host.setdefault(urlsplit(feed.location).netloc if is_web(feed.location) else FILES, []).append(feed)
    groups = [SourceGroup(host, tuple(sources)) for host, sources in by_host.items()]
    for wire in wires:
        spec = WireSpec(
            wire.path,
            wire.source or "",
            wire.format,
            wire.language or "",
            wire.settle.total_seconds(),
            config.folder.absolute(),
        )
        groups.append(SourceGroup(f"wire:{wire.path}", wire=spec))
    return groups
