"""Makes `Source` records of what the config lists: URLs, files, patterns of files, drops, OPML lists.

A source has a name, which is shown, and an id, which tells its entries from those of others. The default id is its
place: a feed's address (`ids.address`) or path, a wire's folder. So a name can change, and two sources can have the
same name. Two feeds of one publisher that carry the same stories are one source only if the config gives them one id:
a name proves nothing, since a feed chooses its title, and many publishers share a host.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from newsbeam.transforms.common.file_stat import FileStat
from newsbeam.transforms.common.objects import is_object_url
from newsbeam.transforms.ids import address
from newsbeam.transforms.read.access import NO_ACCESS, Access, split_userinfo
from newsbeam.transforms.read.dated import any_date, list_dated_drop
from newsbeam.transforms.read.drops import list_drop
from newsbeam.transforms.read.failures import BadUrlError, SourceError
from newsbeam.transforms.read.files import expand_pattern, fixed_part, is_pattern, local_path, printable, read_file
from newsbeam.transforms.read.http import HttpClient, normalise_url
from newsbeam.transforms.read.opml import OpmlFeeds, Skipped, read_opml
from newsbeam.transforms.read.source_spec import SourceSpec
from newsbeam.transforms.records import Source


@dataclass(frozen=True)
class WebFeed(Source):
    """A feed on the web, with attributes that no row may have.

    Attributes:
        access: Secret headers of its requests.
        keeps_interval: Whether its interval is from the config, so that `run` observes it, too.
    """

    access: Access = NO_ACCESS
    keeps_interval: bool = False

    def bare(self) -> Source:
        """Return the feed without its secrets, so that it may be written to disk."""
        return Source(**_fields(self))


@dataclass(frozen=True)
class WireFile(Source):
    """One file of a wire, as it was when it was listed.

    Attributes:
        stat: Its size and time. A file on disk is read only while it has the same ones. None for a folder that can't
            be listed and a dangling link.
        quiet_period_s: Seconds without a change after which it is taken for complete.
    """

    stat: FileStat | None = None
    quiet_period_s: float = 0.0


@dataclass(frozen=True)
class Unlisted(WireFile):
    """A drop, a pattern or a list of feeds that could not be listed: its poll fails and says why.

    Attributes:
        reason: The error of listing it.
    """

    reason: str = ""


@dataclass(frozen=True)
class OpmlSources:
    """The sources of an OPML list, and its outlines that were skipped."""

    sources: tuple[Source, ...]
    skipped: tuple[Skipped, ...]


def is_web(location: str) -> bool:
    """Return whether `location` is fetched over HTTP (`feed:` URLs are)."""
    return location.strip()[:8].lower().startswith(("http://", "https://", "feed:"))


def expand_feed(spec: SourceSpec) -> list[Source]:
    """Return the sources of one line of `feeds:`: one, or one for each file that a pattern matches.

    Returns:
        Sources sorted by path. A path that does not exist is a source, too, and its poll says so.

    Raises:
        UnreadableFileError: An object store can't list its files, or a file: URL is of another host.
    """
    template = Source(
        spec.location,
        spec.name,
        spec.location,
        format=spec.format,
        language=spec.language,
        poll_interval_s=spec.poll_interval_s,
        zone=spec.zone,
        source_id=spec.source_id,
        named=bool(spec.name),
    )
    if is_web(spec.location):
        # In a URL the characters of a pattern are part of it.
        return [_web_source(template, spec.access, spec.keeps_interval)]
    return _file_sources(template, spec.base)


def expand_wire(spec: SourceSpec, on_filtered: Callable[[int], None] | None = None) -> list[Source]:
    """Return the sources of one line of `wires:`: one for each file that is there, sorted by path.

    Args:
        spec: The wire.
        on_filtered: Called with the number of files that `spec.names` excludes, if any. A folder that can't be listed
            is never excluded.

    Raises:
        UnreadableFileError: An object store can't list its files, or a file: URL is of another host.
    """
    pattern, (source_id, name) = local_path(spec.location), wire_identity(spec)
    template = WireFile(
        spec.location,
        name,
        spec.location,
        wire=True,
        source_id=source_id,
    )
    # Not `replace`, which takes longer than the listing: a stream lists its drops every second.
    file = partial(
        WireFile,
        wire=True,
        format=spec.format,
        language=spec.language,
        quiet_period_s=spec.quiet_period_s,
        zone=spec.zone,
    )
    if spec.since is not None:
        listed = list_dated_drop(pattern, spec.base, spec.since, spec.until)
    else:
        listed = list_drop(pattern, spec.base)
    # Without a stat it is a folder that can't be listed, whatever its name: an exclusion must not hide that.
    found = [(path, stat) for path, stat in listed if stat is None or spec.names.takes(path)]
    if on_filtered and len(found) < len(listed):
        on_filtered(len(listed) - len(found))
    named = _named(template, [path for path, _ in found], spec.base)
    return [
        file(path, name, feed_url, source_id=source_id, stat=stat)
        for (path, stat), (name, feed_url, source_id) in zip(found, named, strict=True)
    ]


def wire_identity(spec: SourceSpec) -> tuple[str, str]:
    """Return id and name of a wire; the id is "" where every folder that its pattern matches is a source of its own."""
    pattern, source_id, name = local_path(spec.location), spec.source_id, spec.name
    if spec.since is not None:  # all days are one source
        fixed = fixed_part(any_date(pattern))
        source_id, name = source_id or _drop_id(fixed, spec.base), name or _drop_name(fixed, spec.base)
    elif not source_id and (name or not is_pattern(pattern)):
        source_id = _drop_id(pattern, spec.base)
    return source_id, name or _drop_name(pattern, spec.base)


def expand_opml(spec: SourceSpec, client: HttpClient) -> OpmlSources:
    """Return the feeds of an OPML list, read from a path or, through `client`, a URL.

    A feed is named by its title in the list, also where two have the same; without a title it names itself.
    A list on disk may name files in its folder. One from the web may not, since it could read any file of our disk.

    Args:
        spec: The list. Its language, format, zone and interval are those of its feeds.
        client: Fetches the list.

    Raises:
        SourceError: The list can't be fetched or read.
        ParseError: It can't be parsed, is unsafe, or is not OPML.
    """
    # A list may contain what its author chose, so its place decides which files it may name.
    opml, folder = _read_list(spec, client)
    # The headers of a list's request are for its own server, and an id would make one source of all its feeds.
    in_list = replace(spec, base=folder or spec.base, source_id="", access=NO_ACCESS)
    sources: list[Source] = []
    skipped = list(opml.skipped)
    for feed in opml.feeds:
        url = split_userinfo(feed.xml_url)[0]
        what = feed.title or url
        try:
            if not is_web(feed.xml_url):
                _check_file(feed.xml_url, folder, spec.allow_outside)
            language = feed.language or spec.language
            found = expand_feed(replace(in_list, location=feed.xml_url, name=feed.title, language=language))
        except SourceError as error:
            skipped.append(Skipped(what, str(error)))
            continue
        if not found:
            skipped.append(Skipped(what, "no file matches this pattern"))
        # Again after expansion: a symbolic link in the folder may lead out of it.
        inside = [source for source in found if spec.allow_outside or is_web(source.location) or _is_in(source, folder)]
        sources += inside
        if len(inside) < len(found):
            skipped.append(Skipped(what, _OUTSIDE.format(url)))
    return OpmlSources(tuple(unique_sources(sources)), tuple(skipped))


def _read_list(spec: SourceSpec, client: HttpClient) -> tuple[OpmlFeeds, Path | None]:
    """Return a list, and the folder that it is in: None for one that is not on disk."""
    location = spec.location
    if is_web(location):
        return read_opml(client.get(location, access=spec.access).body), None
    path = location if is_object_url(location) else str(spec.base / local_path(location))
    opml = read_opml(read_file(path, client.settings.max_bytes))
    return opml, None if is_object_url(path) else Path(path).parent


_OUTSIDE = "{} is outside the list's folder; set allow_outside in the config to read it"


def _check_file(location: str, folder: Path | None, allow_outside: bool) -> None:
    """Verify that a list may name a file.

    Raises:
        BadUrlError: The list is not on disk, the file is not, or it is outside the list's folder.
    """
    if folder is None or is_object_url(location):
        raise BadUrlError(f"not an http(s) URL: {split_userinfo(location)[0]}")
    # The path as written, before a pattern is expanded in folders that the list has no right to.
    named = os.path.normpath(os.path.join(os.path.abspath(folder), local_path(location)))
    if not allow_outside and not Path(named).is_relative_to(os.path.abspath(folder)):
        raise BadUrlError(_OUTSIDE.format(location))


def _is_in(source: Source, folder: Path | None) -> bool:
    """Return whether a file is in a folder after links are resolved."""
    return folder is not None and Path(os.path.realpath(source.location)).is_relative_to(os.path.realpath(folder))


def unique_sources(sources: Iterable[Source]) -> list[Source]:
    """Return the first source of each location: a feed may be in a list and in the config."""
    first: dict[str, Source] = {}
    for source in sources:
        # Links are not resolved: two names of one file are two sources to whoever made the link.
        key = source.location if is_web(source.location) else os.path.abspath(source.location)
        first.setdefault(key, source)
    return list(first.values())


def _web_source(template: Source, access: Access, keeps_interval: bool) -> WebFeed:
    location, user, password = split_userinfo(template.location)
    try:
        url = normalise_url(location)
    except BadUrlError:
        url = location  # its poll fails with this error
    named = replace(
        template,
        location=url,
        name=template.name or _host(url),
        # As configured and not as sent: polls and state are found by it, whatever rules of encoding change.
        feed_url=location.strip(),
        source_id=template.source_id or address(url),
    )
    # Of an OPML list: the config takes user names out of its own URLs.
    access = access if user is None else _access(user, password)
    return WebFeed(**_fields(named), access=access, keeps_interval=keeps_interval)


def _fields(source: Source) -> dict[str, Any]:
    """Return the attributes that every source has."""
    return {field.name: getattr(source, field.name) for field in fields(Source)}


def _access(user: str, password: str) -> Access:
    try:
        return Access.of(user, password)
    except ValueError:  # the server answers 401
        return NO_ACCESS


def access_of(sources: Iterable[Source]) -> dict[str, Access]:
    """Return the secret headers of the sources that have some, by feed_url."""
    feeds = [source for source in sources if isinstance(source, WebFeed)]
    return {feed.feed_url: feed.access for feed in feeds if feed.access.headers}


def without_access(source: Source) -> Source:
    """Return a source without secrets, so that it may be written to disk."""
    return source.bare() if isinstance(source, WebFeed) else source


def _file_sources(template: Source, base: Path) -> list[Source]:
    pattern = local_path(template.location)
    paths = expand_pattern(pattern, base)
    if not paths and not is_pattern(pattern):
        paths = [pattern if is_object_url(pattern) else str(base / pattern)]
    return [
        replace(template, location=path, name=name, feed_url=feed_url, source_id=source_id)
        for path, (name, feed_url, source_id) in zip(paths, _named(template, paths, base), strict=True)
    ]


def _named(template: Source, paths: Iterable[str], base: Path) -> Iterator[tuple[str, str, str]]:
    """Yield name, feed_url and id for each path. The default name of a feed is its file's, of a wire its folder's."""
    pattern = local_path(template.location)
    remote = is_object_url(pattern)
    relative = not remote and not os.path.isabs(pattern)
    folders: dict[str, tuple[str, str]] = {}
    for path in paths:
        folder, file = os.path.split(path)
        if folder not in folders:
            # Relative as in the config, so that rows and stored polls don't depend on the current folder.
            place = os.path.relpath(folder or ".", base) if relative else folder
            folders[folder] = _folder(path), "" if place == "." else place
        in_folder, place = folders[folder]
        feed_url = printable(path if remote else os.path.join(place, file))
        name = template.name or (in_folder if template.wire else printable(file or os.path.basename(folder)))
        source_id = template.source_id or ((printable(place) or ".") if template.wire else feed_url)
        yield name, feed_url, source_id


def _drop_id(pattern: str, base: Path) -> str:
    """Return the folder of a wire: of a file the one it is in, of a pattern the one before the first wildcard."""
    remote = is_object_url(pattern)
    # Up to a folder that exists: an id must not depend on whether a file has arrived.
    while is_pattern(pattern) or not (remote or os.path.isdir(base / pattern)):
        above = pattern.rstrip("/").rpartition("/")[0]
        if not above or above == pattern:
            return "/" if pattern.startswith("/") else "."
        pattern = above
    return printable(pattern.rstrip("/") if remote else os.path.normpath(pattern))


def _drop_name(location: str, base: Path) -> str:
    """Return the name of a drop that is a folder, "" for a pattern or a file."""
    if is_object_url(location):
        return "" if is_pattern(location) else location.rstrip("/").rpartition("/")[2]
    folder = os.path.abspath(base / location)
    return printable(os.path.basename(folder)) if os.path.isdir(folder) else ""


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or url).removeprefix("www.")
    except ValueError:
        return url


def _folder(path: str) -> str:
    folder = os.path.dirname(path if is_object_url(path) else os.path.abspath(path))
    return printable(os.path.basename(folder) or folder)
