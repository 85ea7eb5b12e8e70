"""Paths and URLs of inputs: which kind each is, and whether it can exist."""

import re
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from newsbeam.pipeline.config.hints import address_hint

DATE_PLACES = ("{date}", "{year}", "{month}", "{day}")
SCHEMES = ("http", "https", "feed", "file", "s3", "gs", "az")


def has_wildcard(location: str) -> bool:
    """Return whether a path is a pattern."""
    return any(character in location for character in "*?[") or has_date(location)


def has_date(location: str) -> bool:
    """Return whether a path has a place for dates."""
    return any(place in location for place in DATE_PLACES)


def local_path(location: str, folder: Path) -> Path | None:
    """Return the path of a plain path or file: URL, or None for other URLs."""
    scheme = _scheme(location)
    if scheme not in ("", "file"):
        return None
    plain = url2pathname(urlsplit(location).path) if scheme else location
    return folder / plain


def _scheme(location: str) -> str:
    # Two characters at least, since C:/ is a drive; file: and feed: may have no slashes.
    match = re.match(r"[a-z][a-z0-9+.-]+:(?=/|$)|(?:file|feed):", location, re.IGNORECASE)
    return match[0][:-1].lower() if match else ""


def location_error(location: str, folder: Path, *, folders: bool) -> str:
    """Return why an input can't exist, "" if it may. A run resolves patterns and URLs.

    Args:
        location: As in the config.
        folder: What a relative path is in.
        folders: Whether it may be a folder.
    """
    scheme = _scheme(location)
    if scheme and scheme not in SCHEMES:
        return f'unknown scheme "{scheme}:"; allowed: {", ".join(SCHEMES)}, or a path'
    try:
        if scheme in ("http", "https", "s3", "gs", "az") and not urlsplit(location).netloc:
            return f"is not a full URL: {location}"
        path = local_path(location, folder)
        # Before the patterns: names of files may have brackets.
        if path is None or path.is_file():
            return ""
        if path.is_dir():
            if folders:
                return ""
            return f"is a folder: {path}; add a pattern such as {location.rstrip('/')}/*.xml"
    except (OSError, ValueError) as error:  # a name that is too long, brackets without an IPv6 address
        return f"can't be used: {getattr(error, 'strerror', None) or error}"
    if has_wildcard(location):
        return ""
    return f"no such file{' or folder' if folders else ''}: {path}{address_hint(location)}"
