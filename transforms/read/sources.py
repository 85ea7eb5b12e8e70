"""What the config lists, as `Source` records: URLs, files, patterns of files, drops, OPML lists.

A source has a name, which is shown, and an id, by which its entries are told from those of others. Without one in the
config, the id is where the source is: a feed's address (`ids.address`) or path, a wire's folder. So a name can change,
or be another source's as well. Two feeds of one publisher that carry the same stories are one source only if the config
gives them one id: a name proves nothing, since a feed's title is its own choice, and a host has many publishers.
"""

import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from newsbeam.transforms.ids import address
from newsbeam.transforms.read.access import NO_ACCESS, Access, split_userinfo
from newsbeam.transforms.read.drops import list_drop
from newsbeam.transforms.read.failures import BadUrlError, SourceError
from newsbeam.transforms.read.files import (
    Stamp,
    expand_pattern,
    is_pattern,
    is_remote,
    local_path,
    look_at,
    printable,
    read_file,
)
from newsbeam.transforms.read.http import HttpClient, normalise_url
from newsbeam.transforms.read.names import EVERY_NAME, NameFilter
from newsbeam.transforms.read.opml import OpmlFeeds, Skipped, read_opml
from newsbeam.transforms.records import Source

POLL_INTERVAL_S = 900.0


_AnySource = TypeVar("_AnySource", bound=Source)


@dataclass(frozen=True)
class WebFeed(Source):
    """A feed on the web, with what the config or a list says of it and no row may have.

    Attributes:
        access: What its requests carry.
        keeps_interval: Whether its interval was given, so that `run` keeps to it, too.
    """

    access: Access = NO_ACCESS
    keeps_interval: bool = False

    def bare(self) -> Source:
        """Return the feed without its secrets, as it may be written to a disk."""
        return Source(**_fields(self))


@dataclass(frozen=True)
class WireFile(Source):
    """One file of a wire, as it was when it was found.

    Attributes:
        stamp: Its size and time; on disk it is read only while it has the same ones. None where it has none: a folder
            that can't be listed, a link that leads nowhere.
        settle_s: Seconds since its last change after which nobody is thought to be writing it.
    """

    stamp: Stamp | None = None
    settle_s: float = 0.0


@dataclass(frozen=True)
class Unlisted(WireFile):
    """A drop, a pattern or a list of feeds of which nobody knows what it holds: its poll fails and says why.

    Attributes:
        reason: What listing it gave.
    """

    reason: str = ""


@dataclass(frozen=True)
class OpmlSources:
    """The sources of an OPML list, and what in it was skipped."""

    sources: tuple[Source, ...]
    skipped: tuple[Skipped, ...]


def is_web(location: str) -> bool:
    """Return whether `location` is asked for over HTTP (`feed:` URLs are)."""
    return location.strip()[:8].lower().startswith(("http://", "https://", "feed:"))


def expand_feed(
    location: str,
    name: str = "",
    language: str = "",
    format: str = "auto",
    poll_interval_s: float = POLL_INTERVAL_S,
    base: Path = Path(),
    zone: str = "",
    source_id: str = "",
    access: Access = NO_ACCESS,
    keeps_interval: bool = False,
) -> list[Source]:
    """Return the sources of one line of `feeds:`: one, or one a file that a pattern matches.

    Args:
        location: An http(s) or file: URL, a path, or a pattern of paths (see `expand_pattern`).
        name: The source's name; by default what the feed calls itself in its entries, and the host without `www.` or
            the name of the file where there is no title.
        language: BCP 47, or "".
        format: "auto", or what to parse it as.
        poll_interval_s: Seconds between polls.
        base: The folder that relative paths start from.
        zone: The time zone of times that name none (IANA), or "".
        source_id: The source's id; by default its address, or the path of each file.
        access: What requests for a URL carry; a name and a password may be in the URL itself.
        keeps_interval: Whether `poll_interval_s` was given, not the default.

    Returns:
        Sources sorted by path; a path that does not exist is one all the same, and its poll will say so.

    Raises:
        UnreadableFileError: An object store can't list its files, or a file: URL is of another host.
    """
    template = Source(
        location,
        name,
        location,
        format=format,
        language=language,
        poll_interval_s=poll_interval_s,
        zone=zone,
        source_id=source_id,
        named=bool(name),
    )
    if is_web(location):
        return [_web_source(template, access, keeps_interval)]
    return _file_sources(template, base)


def expand_wire(
    location: str,
    name: str = "",
    format: str = "auto",
    language: str = "",
    settle_s: float = 0.0,
    base: Path = Path(),
    zone: str = "",
    names: NameFilter = EVERY_NAME,
    left_out: Callable[[int], None] | None = None,
    source_id: str = "",
) -> list[Source]:
    """Return the sources of one line of `wires:`: one a file that is there, sorted by path; none if none is.

    Args:
        location: A folder, a file, a pattern, or an object store's prefix (see `list_drop`).
        name: The source's name; by default the name of the folder, for a pattern that of each file's folder.
        format: "auto", or what to parse it as.
        language: BCP 47, or "".
        settle_s: Seconds that a file must have been left alone; see `wait_for_writers`.
        base: The folder that relative paths start from.
        zone: The time zone of times that name none (IANA), or "".
        names: Which of the files; those of an archive are all read. What can't be listed is none that is left out.
        left_out: Told how many files `names` leaves out, if it does.
        source_id: The source's id, the space in which the agency's ids are unique; by default the folder, for a pattern
            the one before its first wildcard, or, without a name, each file's.

    Raises:
        UnreadableFileError: An object store can't list its files, or a file: URL is of another host.
    """
    pattern = local_path(location)
    if not source_id and (name or not is_pattern(pattern)):
        source_id = _drop_id(pattern, base)
    template = WireFile(
        location,
        name,
        location,
        wire=True,
        format=format,
        language=language,
        settle_s=settle_s,
        zone=zone,
        source_id=source_id,
    )
    there = list_drop(pattern, base)
    found = [(path, stamp) for path, stamp in there if stamp is None or names.takes(path)]
    if left_out and len(found) < len(there):
        left_out(len(there) - len(found))
    named = _named(replace(template, name=name or _drop_name(pattern, base)), [path for path, _ in found], base)
    return [replace(source, stamp=stamp) for source, (_, stamp) in zip(named, found, strict=True)]


def wait_for_writers(sources: Sequence[Source]) -> tuple[list[Source], list[Source]]:
    """Look again at files that changed a moment ago, and return the sources to read and those still being written.

    All young files are waited for together, no longer than the longest `settle_s`; objects of a store are there once
    they are complete. Those that are what they were are finished; those that changed or went away meanwhile are for
    the next run. A time in the future, which another machine's clock may write, is as good as now.
    """
    now = time.time()
    rest_s = 0.0
    young: dict[str, Stamp] = {}
    for source in sources:
        if isinstance(source, WireFile) and source.stamp and not is_remote(source.location):
            age_s = max(0.0, now - source.stamp.modified_ns / 1e9)
            if age_s < source.settle_s:
                young[source.location] = source.stamp
                rest_s = max(rest_s, source.settle_s - age_s)
    if not young:
        return list(sources), []
    time.sleep(rest_s)
    changed = {location for location, stamp in young.items() if look_at(location) != stamp}
    return (
        [source for source in sources if source.location not in changed],
        [source for source in sources if source.location in changed],
    )


def expand_opml(
    location: str,
    client: HttpClient,
    language: str = "",
    format: str = "auto",
    poll_interval_s: float = POLL_INTERVAL_S,
    base: Path = Path(),
    zone: str = "",
    access: Access = NO_ACCESS,
    keeps_interval: bool = False,
    allow_outside: bool = False,
) -> OpmlSources:
    """Return the feeds of an OPML list, read from a path or, through `client`, a URL.

    A feed is named by its title in the list, whatever others are called, else as it calls itself.
    A list on disk may name files in its folder; one from the web may not, lest it read our disk.

    Args:
        location: A path or an http(s) URL.
        client: How to fetch.
        language: Of feeds whose outline says nothing.
        format: "auto", or what to parse feeds as.
        poll_interval_s: Seconds between polls.
        base: The folder that relative paths start from.
        zone: The time zone of times that name none (IANA), or "".
        access: What the request for the list carries; those for the feeds in it don't.
        keeps_interval: Whether `poll_interval_s` was given.
        allow_outside: Whether a list on disk may name files outside of its folder.

    Raises:
        SourceError: The list can't be had.
        ParseError: It can't be read, is unsafe, or is no OPML.
    """
    opml, folder = _read_list(location, client, base, access)
    sources: list[Source] = []
    skipped = list(opml.skipped)
    for feed in opml.feeds:
        named = split_userinfo(feed.xml_url)[0]
        what = feed.title or named
        try:
            if not is_web(feed.xml_url):
                _check_file(feed.xml_url, folder, allow_outside)
            spoken = feed.language or language
            found = expand_feed(
                feed.xml_url,
                feed.title,
                spoken,
                format,
                poll_interval_s,
                folder or base,
                zone,
                keeps_interval=keeps_interval,
            )
        except SourceError as error:
            skipped.append(Skipped(what, str(error)))
            continue
        inside = [source for source in found if allow_outside or is_web(source.location) or _is_in(source, folder)]
        sources += inside
        if len(inside) < len(found):
            skipped.append(Skipped(what, _OUTSIDE.format(named)))
    return OpmlSources(tuple(unique_sources(sources)), tuple(skipped))


def _read_list(location: str, client: HttpClient, base: Path, access: Access) -> tuple[OpmlFeeds, Path | None]:
    """Return a list, and the folder that it is in: None for one that is not on disk."""
    if is_web(location):
        return read_opml(client.get(location, access=access).body), None
    path = location if is_remote(location) else str(base / local_path(location))
    opml = read_opml(read_file(path, client.settings.max_bytes))
    return opml, None if is_remote(path) else Path(path).parent


_OUTSIDE = "outside of the list's folder: {}; allow_outside in the config allows it"


def _check_file(location: str, folder: Path | None, allow_outside: bool) -> None:
    """Refuse a file that a list may not name.

    Raises:
        BadUrlError: The list is not on disk, the file is not, or it is outside of the list's folder.
    """
    if folder is None or is_remote(location):
        raise BadUrlError(f"not an http(s) URL: {split_userinfo(location)[0]}")
    # As it is written, before a pattern is looked for in folders that are no business of the list's.
    named = os.path.normpath(os.path.join(os.path.abspath(folder), local_path(location)))
    if not allow_outside and not Path(named).is_relative_to(os.path.abspath(folder)):
        raise BadUrlError(_OUTSIDE.format(location))


def _is_in(source: Source, folder: Path | None) -> bool:
    """Return whether a file is in a folder, wherever links lead."""
    return folder is not None and Path(os.path.realpath(source.location)).is_relative_to(os.path.realpath(folder))


def unique_sources(sources: Iterable[Source]) -> list[Source]:
    """Return `sources` without those whose location came before: a feed may be in a list and on its own."""
    first: dict[str, Source] = {}
    for source in sources:
        key = source.location if is_web(source.location) else os.path.abspath(source.location)
        first.setdefault(key, source)
    return list(first.values())


def _web_source(template: Source, access: Access, keeps_interval: bool) -> WebFeed:
    location, user, password = split_userinfo(template.location)
    try:
        url = normalise_url(location)
    except BadUrlError:
        url = location  # its poll says what is wrong with it
    named = replace(
        template,
        location=url,
        name=template.name or _host(url),
        feed_url=location.strip(),
        source_id=template.source_id or address(url),
    )
    access = access if user is None else _access(user, password)
    return WebFeed(**_fields(named), access=access, keeps_interval=keeps_interval)


def _fields(source: Source) -> dict[str, Any]:
    """Return what is said of any source."""
    return {field.name: getattr(source, field.name) for field in fields(Source)}


def _access(user: str, password: str) -> Access:
    try:
        return Access.of(user, password)
    except ValueError:  # the server will say that it wants another name
        return NO_ACCESS


def access_of(sources: Iterable[Source]) -> dict[str, Access]:
    """Return what the requests to each source carry, by feed_url; of those that carry something."""
    feeds = [source for source in sources if isinstance(source, WebFeed)]
    return {feed.feed_url: feed.access for feed in feeds if feed.access.headers}


def without_access(source: Source) -> Source:
    """Return a source as it may be written to a disk."""
    return source.bare() if isinstance(source, WebFeed) else source


def _file_sources(template: Source, base: Path) -> list[Source]:
    pattern = local_path(template.location)
    paths = expand_pattern(pattern, base)
    if not paths and not is_pattern(pattern):
        paths = [pattern if is_remote(pattern) else str(base / pattern)]
    return _named(template, paths, base)


def _named(template: _AnySource, paths: Iterable[str], base: Path) -> list[_AnySource]:
    """Return a source for each path: without a name, a feed is called by its file, a wire by its folder."""
    pattern = local_path(template.location)
    relative = not is_remote(pattern) and not os.path.isabs(pattern)
    folders: dict[str, tuple[str, str]] = {}
    sources = []
    for path in paths:
        folder, file = os.path.split(path)
        if folder not in folders:
            # Relative as in the config, so that rows and the memory of polls don't depend on where we were started.
            place = os.path.relpath(folder or ".", base) if relative else folder
            folders[folder] = _folder(path), "" if place == "." else place
        in_folder, place = folders[folder]
        feed_url = printable(path if is_remote(path) else os.path.join(place, file))
        name = template.name or (in_folder if template.wire else printable(file or os.path.basename(folder)))
        source_id = template.source_id or ((printable(place) or ".") if template.wire else feed_url)
        sources.append(replace(template, location=path, name=name, feed_url=feed_url, source_id=source_id))
    return sources


def _drop_id(pattern: str, base: Path) -> str:
    """Return the folder of a wire: that of a file, and of a pattern what comes before its first wildcard."""
    remote = is_remote(pattern)
    while is_pattern(pattern) or not (remote or os.path.isdir(base / pattern)):
        above = pattern.rstrip("/").rpartition("/")[0]
        if not above or above == pattern:
            return "/" if pattern.startswith("/") else "."
        pattern = above
    return printable(pattern.rstrip("/") if remote else os.path.normpath(pattern))


def _drop_name(location: str, base: Path) -> str:
    """Return the name of a drop that is one place, "" for the files of a pattern."""
    if is_remote(location):
        return "" if is_pattern(location) else location.rstrip("/").rpartition("/")[2]
    folder = os.path.abspath(base / location)
    return printable(os.path.basename(folder)) if os.path.isdir(folder) else ""


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or url).removeprefix("www.")
    except ValueError:
        return url


def _folder(path: str) -> str:
    folder = os.path.dirname(path if is_remote(path) else os.path.abspath(path))
    return printable(os.path.basename(folder) or folder)
