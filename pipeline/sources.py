"""Expands the config's `feeds` and `wires` to sources: URLs, files, and the matches of patterns and OPML lists."""

from collections.abc import Callable, Sequence
from pathlib import Path

from newsbeam.pipeline.config.model import Config
from newsbeam.pipeline.config.sources import Feed, OpmlList, Wire
from newsbeam.transforms.common.objects import is_object_url
from newsbeam.transforms.common.plurals import counted
from newsbeam.transforms.errors import RecordError
from newsbeam.transforms.read.http import HttpClient
from newsbeam.transforms.read.quiet_files import wait_for_quiet_files
from newsbeam.transforms.read.source_spec import SourceSpec
from newsbeam.transforms.read.sources import Unlisted, expand_feed, expand_opml, expand_wire, is_web, unique_sources
from newsbeam.transforms.records import Source

_NAMES_SHOWN = 3


def expand_sources(config: Config, client: HttpClient, note: Callable[[str], None]) -> list[Source]:
    """Return every source once, in the order of the config; wait for files that changed in the last seconds.

    A drop, pattern or OPML list that can't be listed is also a source: its poll fails.

    Args:
        config: For its feeds and wires.
        client: For OPML lists on the web.
        note: Called with one line for each input that fails or is skipped: a pattern without a match, an empty drop,
            files that are still being written, a feed of an OPML list that can't be read.
    """
    sources = expand_feeds(config, client, note)
    for wire in config.wires:
        try:
            found = _wire(wire, config, note)
        except Exception as error:  # noqa: BLE001 - one line of the config must not stop the others
            note(f"error: {wire.path}: {_reason(error)}")
            found = [Unlisted(wire.path, wire.source or wire.path, wire.path, wire=True, reason=_reason(error))]
        _report_unlisted(found, note)
        if not found:
            note(f"warning: {wire.path}: no files found")
        sources += found
    # After all drops are listed: the files of all of them are waited for together.
    finished, unfinished = wait_for_quiet_files(_unique(sources, note))
    if unfinished:
        note(f"left for the next run, since they are still being written: {_shown(unfinished)}")
    return finished


def expand_feeds(config: Config, client: HttpClient, note: Callable[[str], None]) -> list[Source]:
    """Return every feed once, in the order of the config; arguments are those of `expand_sources`."""
    sources: list[Source] = []
    for feed in config.feeds:
        try:
            found = _opml(feed, config, client, note) if isinstance(feed, OpmlList) else _feed(feed, config)
        except Exception as error:  # noqa: BLE001 - as for wires
            note(f"error: {feed.location}: {_reason(error)}")
            found = [Unlisted(feed.location, _name(feed), feed.location, reason=_reason(error))]
        _report_unlisted(found, note)
        if not found:
            note(f"warning: {feed.location}: no feeds found")
        sources += found
    return _unique(sources, note)


def _reason(error: Exception) -> str:
    """Return the message of an error; of one that is a bug here also its class."""
    return str(error) if isinstance(error, RecordError) else f"{type(error).__name__}: {error}"


def _report_unlisted(found: Sequence[Source], note: Callable[[str], None]) -> None:
    for source in found:
        # The source of a local folder is the folder itself only where it can't be listed.
        if source.feed_url.endswith("/") and not (is_object_url(source.location) or is_web(source.location)):
            note(f"error: {source.feed_url}: this folder can't be listed")


def _unique(sources: Sequence[Source], note: Callable[[str], None]) -> list[Source]:
    kept = unique_sources(sources)
    first = {id(source) for source in kept}
    again = [source for source in sources if id(source) not in first]
    if again:
        note(f"listed more than once, only the first is used: {_shown(again)}")
    return kept


def _feed(feed: Feed, config: Config) -> list[Source]:
    spec = SourceSpec(
        feed.location,
        feed.source or "",
        feed.id or "",
        feed.language or "",
        feed.format,
        feed.zone or "",
        config.folder,
        poll_interval_s=feed.poll.total_seconds(),
        keeps_interval="poll" in feed.model_fields_set,
        access=feed.access(),
    )
    return expand_feed(spec)


def _name(feed: Feed | OpmlList) -> str:
    return (feed.source if isinstance(feed, Feed) else None) or feed.location


def _wire(wire: Wire, config: Config, note: Callable[[str], None]) -> list[Source]:
    return expand_wire(
        wire_spec(wire, config.folder),
        lambda number: note(f"{wire.path}: {counted(number, 'file')} skipped because of include and exclude"),
    )


def wire_spec(wire: Wire, folder: Path) -> SourceSpec:
    """Return a wire of the config; relative paths start from `folder`."""
    return SourceSpec(
        wire.path,
        wire.source or "",
        wire.id or "",
        wire.language or "",
        wire.format,
        wire.zone or "",
        folder,
        names=wire.names,
        quiet_period_s=wire.settle.total_seconds(),
        since=wire.since,
        until=wire.until,
    )


def _shown(sources: Sequence[Source]) -> str:
    names = ", ".join(source.feed_url for source in sources[:_NAMES_SHOWN])
    more = len(sources) - _NAMES_SHOWN
    return f"{names} and {more:,} more" if more > 0 else names


def _opml(opml: OpmlList, config: Config, client: HttpClient, note: Callable[[str], None]) -> list[Source]:
    spec = SourceSpec(
        opml.location,
        language=opml.language or "",
        zone=opml.zone or "",
        base=config.folder,
        poll_interval_s=opml.poll.total_seconds(),
        keeps_interval="poll" in opml.model_fields_set,
        access=opml.access(),
        allow_outside=opml.allow_outside,
    )
    listed = expand_opml(spec, client)
    for skipped in listed.skipped:
        note(f"warning: {opml.location}: skipped {skipped.what}: {skipped.why}")
    return list(listed.sources)
