"""What the config expects of its sources, by source: what a run or a stream writes into its row of `runs/`."""

from collections.abc import Iterator

from newsbeam.pipeline.config.alerts import Expect, parse_rate
from newsbeam.pipeline.config.model import Config
from newsbeam.pipeline.config.sources import Feed, OpmlList, Wire
from newsbeam.pipeline.settings import fetch_settings
from newsbeam.pipeline.sources import expand_feeds, wire_spec
from newsbeam.transforms.read.http import HttpClient
from newsbeam.transforms.read.sources import expand_wire, wire_identity
from newsbeam.transforms.write.run_record import Expected


def expectations(config: Config) -> tuple[Expected, ...]:
    """Return what is expected of each source of which the config says it.

    A list of feeds is read for it, also over the network. One that can't be, and a pattern without files, is expected
    as it is in the config: as a source that was never asked.
    """
    items = [item for item in (*config.feeds, *config.wires) if item.expect]
    if not items:
        return ()
    with HttpClient(fetch_settings(config)) as client:
        found = [each for item in items for each in _of_item(item, config, client)]
    first: dict[str, Expected] = {}  # of a source that the config has twice the first counts
    for each in found:
        first.setdefault(each.source_id, each)
    return tuple(first.values())


def _of_item(item: Feed | OpmlList | Wire, config: Config, client: HttpClient) -> Iterator[Expected]:
    sources = _wire(item, config) if isinstance(item, Wire) else _feeds(item, config, client)
    name = item.location if isinstance(item, OpmlList) else item.source or item.location
    for source, source_id, feed_url in sources or [(name, item.location, item.location)]:
        if item.expect:
            yield Expected(source, source_id or feed_url, feed_url, *_numbers(item.expect))


def _feeds(item: Feed | OpmlList, config: Config, client: HttpClient) -> list[tuple[str, str, str]]:
    # Its notes are those of the listing of sources, which follows.
    found = expand_feeds(config.model_copy(update={"feeds": (item,)}), client, lambda _: None)
    return [(source.name, source.source_id, source.feed_url) for source in found]


def _wire(item: Wire, config: Config) -> list[tuple[str, str, str]]:
    spec = wire_spec(item, config.folder)
    try:
        source_id, name = wire_identity(spec)
        if source_id:
            return [(name or source_id, source_id, item.location)]
        # Each folder of a pattern is a source.
        found = {source.source_id: source.name for source in expand_wire(spec)}
    except Exception:  # noqa: BLE001 - the listing of sources, which follows, says what is wrong
        return []
    return [(named, folder, folder) for folder, named in found.items()]


def _numbers(expect: Expect) -> tuple[int | None, int | None, int | None]:
    every_s = int(expect.every.total_seconds()) if expect.every else None
    if expect.entries is None:
        return every_s, None, None
    entries, per = parse_rate(expect.entries)
    return every_s, entries, int(per.total_seconds())
