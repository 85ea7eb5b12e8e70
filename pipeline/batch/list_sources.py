"""ListSources: the sources of a config that are due, listed by the workers of a cluster's job."""

import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import TaggedOutput

from newsbeam.pipeline.config.model import Config
from newsbeam.pipeline.settings import fetch_settings
from newsbeam.pipeline.sources import expand_sources
from newsbeam.transforms.dedup.connected import hash_of
from newsbeam.transforms.read.due import due_in_run, host_of
from newsbeam.transforms.read.http import HttpClient
from newsbeam.transforms.read.sources import is_web, unique_sources
from newsbeam.transforms.records import Source
from newsbeam.transforms.runtime import metrics
from newsbeam.transforms.runtime.counters import count
from newsbeam.transforms.runtime.outputs import with_outputs
from newsbeam.transforms.runtime.set_aside import Aside, PackAside, unpack
from newsbeam.transforms.write.lookup.lookups import known_polls
from newsbeam.transforms.write.store import Store

SHARDS = 32
"""Parts of the sources: one worker looks up the last polls of a part. All feeds of a host are in one."""

FEEDS_AT_ONCE = 100

DUE, ASKED = "due", "asked"

_log = logging.getLogger("newsbeam")


@dataclass(frozen=True)
class Lines:
    """Some lines of the config's `feeds`, or one of its `wires`: what travels from the submitter to the workers."""

    first: int
    feeds: tuple[int, int] = (0, 0)
    wires: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Asked:
    """What the row of a poll needs of its source.

    Attributes:
        name, named, wire: As in `Source`.
        last_name: The source's name at its last poll; None if there is none.
    """

    name: str
    named: bool
    wire: bool
    last_name: str | None


@dataclass
class ListSources(beam.PTransform):
    """Lists the sources of a config and looks up their last polls.

    Input: the pipeline; the config's lines are its elements. Output: `due`, (Source, last Poll or None); `asked`,
    (feed_url, Asked) of the same sources. Key: shards, by host or path. Of a source that is listed twice the first one
    counts. What can't be listed is a source as well, whose poll fails.

    Attributes:
        config: Its feeds and wires, with an absolute folder.
        store: The output.
        aside: Where packs are kept that are too large for an element.
        since: The first partition in which polls are looked up.
        now: Ask every source, whether it is due or not.
    """

    config: Config
    store: Store
    aside: Aside
    since: date
    now: bool = False

    def expand(self, pipeline: beam.Pipeline) -> Any:
        return (
            pipeline
            | "Lines" >> beam.Create(lines_of(self.config), reshuffle=False)
            # Without it, all lines would be listed where they are created, by one worker: runners fuse the steps.
            | "Spread" >> beam.Reshuffle()
            | "Expand" >> beam.ParDo(_ExpandFn(self.config)).with_output_types(tuple[str, Any])
            | "Pack" >> PackAside(self.aside)
            | "GroupByKey" >> beam.GroupByKey()
            | with_outputs("Due", _DueFn(self.store, self.aside, self.since, self.now), ASKED, main=DUE, keyed=(ASKED,))
        )


def lines_of(config: Config) -> list[Lines]:
    """Return the parts in which the config's lines are listed."""
    feeds = [Lines(first, feeds=(first, first + FEEDS_AT_ONCE)) for first in range(0, len(config.feeds), FEEDS_AT_ONCE)]
    wires = [Lines(len(config.feeds) + wire, wires=(wire, wire + 1)) for wire in range(len(config.wires))]
    return feeds + wires


_Listed = tuple[tuple[int, int], Source]
"""A source with its place in the config: line, and number in what the line lists."""


def shard_of(listed: _Listed) -> str:
    """Return the shard of a source: of its host, or of its path."""
    location = listed[1].location
    place = host_of(location) if is_web(location) else os.path.abspath(location)
    return f"{hash_of(place) % SHARDS:02}"


class _ExpandFn(beam.DoFn):
    def __init__(self, config: Config):
        self._config = config

    def process(self, lines: Lines) -> Iterator[tuple[str, _Listed]]:
        config = self._config
        some = config.model_copy(
            update={"feeds": config.feeds[slice(*lines.feeds)], "wires": config.wires[slice(*lines.wires)]}
        )
        with HttpClient(fetch_settings(config)) as client:
            for number, source in enumerate(expand_sources(some, client, _log.warning)):
                listed = ((lines.first, number), source)
                yield shard_of(listed), listed


class _DueFn(beam.DoFn):
    def __init__(self, store: Store, aside: Aside, since: date, now: bool):
        self._store = store
        self._aside = aside
        self._since = since
        self._now = now

    def process(self, element: tuple[str, Iterable[Any]]) -> Iterator[Any]:
        # In the order of the config, whatever the shuffle gave: of a source that is listed twice the first one counts.
        listed: list[_Listed] = sorted(unpack(element[1], self._aside), key=lambda each: each[0])
        sources = unique_sources(source for _, source in listed)
        if len(sources) < len(listed):
            _log.warning("%d sources are listed more than once, only the first is used", len(listed) - len(sources))
        count(metrics.SOURCES, len(sources))
        known = known_polls(self._store, {source.feed_url for source in sources}, self._since)
        for source in sources if self._now else due_in_run(sources, known, datetime.now(UTC)):
            last = known.get(source.feed_url)
            asked = Asked(source.name, source.named, source.wire, last.source if last else None)
            yield TaggedOutput(ASKED, (source.feed_url, asked))
            yield source, last
