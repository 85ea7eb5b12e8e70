"""Reads files and lists those that a pattern matches: local ones, and objects of stores (`s3://`). No Beam here."""

import fnmatch
import glob
import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit
from urllib.request import url2pathname

from newsbeam.transforms.common.file_stat import FileStat
from newsbeam.transforms.common.objects import Objects, is_object_url, split_url
from newsbeam.transforms.read.failures import BodyTooLongError, SourceError, UnreadableFileError

_ANY_DEPTH = re.compile(r"(?<![^/])\*\*(?:/|$)")  # a `**` that is a whole name
_NONBLOCK = getattr(os, "O_NONBLOCK", 0)


def stat_file(path: str) -> FileStat | None:
    """Return size and time of a file; None if it is not a file or can't be examined."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return FileStat.of(status) if stat.S_ISREG(status.st_mode) else None


def is_pattern(location: str) -> bool:
    """Return whether `location` holds `*`, `?` or `[`."""
    return glob.has_magic(location)


def local_path(location: str) -> str:
    """Return the path of a file: URL (RFC 8089, also a relative one), and any other `location` unchanged.

    Raises:
        UnreadableFileError: It is not a valid URL, or names another host.
    """
    if location[:5].lower() != "file:":
        return location
    try:
        parts = urlsplit(location)
    except ValueError as error:  # brackets that are not an IPv6 address
        raise UnreadableFileError(f"not a file: URL: {error}", uri=location) from error
    if parts.netloc.lower() not in ("", "localhost"):
        raise UnreadableFileError(f"a file: URL of another host ({parts.netloc})", uri=location)
    path = url2pathname(parts.path)
    if "\0" in path:  # written as %00; the functions of `os` raise ValueError for it
        raise UnreadableFileError("not a file: URL: no path has a NUL", uri=location)
    return path


def expand_pattern(pattern: str, base: Path) -> list[str]:
    """Return the files that `pattern` matches, sorted.

    Args:
        pattern: A path, relative to `base` or absolute, in which `*`, `?`, `[...]` and `**` (folders of any depth)
            stand for names, or an object store's URL with the same. Hidden files match only where the pattern has
            the dot. `**` follows no links to folders, which can form a loop. A file whose name is the pattern itself,
            brackets included, is that file.
        base: The folder that relative paths start from.

    Returns:
        Paths that begin with `base` where the pattern is relative; empty if nothing matches. A folder that can't be
        listed is one of them, with a slash at the end, so that reading it gives the error.

    Raises:
        UnreadableFileError: The object store can't be listed.
    """
    if is_object_url(pattern):
        return list(list_objects(pattern))
    # Not Path.is_file, which raises for a name that is too long.
    if os.path.isfile(base / pattern):
        return [str(base / pattern)]
    if not is_pattern(pattern):
        return []
    unlisted: set[str] = set()
    found = {path for path in match_paths(pattern, base, unlisted) if os.path.isfile(path)}
    return sorted(found | unlisted)


def match_paths(pattern: str, base: Path, unlisted: set[str] | None = None) -> set[str]:
    """Return the paths that a local `pattern` matches, also folders and dangling links.

    Args:
        pattern: As in `expand_pattern`.
        base: The folder that relative paths start from.
        unlisted: Receives the folders that can't be listed, each with a slash at the end: those that `**` matches, and
            the one that the pattern begins with, which may also be missing.
    """
    unlisted = set() if unlisted is None else unlisted
    fixed = str(base / fixed_part(pattern))
    # glob takes a folder that it can't list for an empty one.
    if not _can_be_listed(fixed):
        unlisted.add(f"{fixed}/")
        return set()
    # `**` is walked here, since glob's follows links and hides errors.
    first, *parts = _ANY_DEPTH.split(pattern)
    found = {str(base / name) for name in glob.glob(first, root_dir=base)} if first else {str(base)}
    for part in parts:
        folders = {folder for path in found for folder in _folders(path, unlisted)}
        found = {os.path.join(folder, name) for folder in folders for name in glob.glob(part or "*", root_dir=folder)}
    return {path.removeprefix("./") for path in found}


def fixed_part(pattern: str) -> str:
    """Return the folders that a pattern begins with, up to the first name with a wildcard."""
    names = pattern.split("/")
    first = next((index for index, name in enumerate(names) if is_pattern(name)), len(names))
    return "/".join(names[:first])


def _can_be_listed(folder: str) -> bool:
    try:
        os.scandir(folder).close()
    except (OSError, ValueError):
        return False
    return True


def _folders(path: str, unlisted: set[str]) -> Iterator[str]:
    """Yield `path`, if it is a folder, and the folders in it, at any depth, that are neither hidden nor links."""
    folders = [path]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(folder) as entries:
                folders += [
                    each.path
                    for each in entries
                    if each.is_dir(follow_symlinks=False) and not each.name.startswith(".")
                ]
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            unlisted.add(f"{folder}/")
            continue
        yield folder


def list_objects(pattern: str) -> dict[str, FileStat]:
    """Return the URLs of the objects of a store that `pattern` matches, sorted, with size, time and ETag.

    Args:
        pattern: The URL of an object, or one in which `*`, `?` and `[...]` stand for characters of a name, and `**` at
            the beginning of a name for folders of any depth.

    Raises:
        UnreadableFileError: The store can't be listed.
    """
    try:
        return dict(sorted(_list_objects(pattern)))
    except (OSError, ValueError) as error:
        raise UnreadableFileError(f"can't list {pattern}: {_reason(error)}", uri=pattern) from error


def _list_objects(pattern: str) -> Iterator[tuple[str, FileStat]]:
    scheme, bucket, path = split_url(pattern)
    objects = Objects(scheme, bucket, "")
    if not is_pattern(path):
        found = objects.stat(path) if path else None
        yield from [(objects.url(path), found)] if found else []
        return
    matches = name_matcher(path)
    for name, seen in objects.list(fixed_part(path)):
        # Consoles make an empty object "folder/" for a folder, which is listed without its slash.
        if matches(name) and (seen.size or objects.stat(name)):
            yield objects.url(name), seen


def name_matcher(pattern: str) -> Callable[[str], bool]:
    """Return what tells whether a pattern matches the name of an object; each name is looked at once."""
    # "drop/**.xml" is "drop/**/*.xml", and "drop/**" is "drop/**/*".
    *folders, last = pattern.split("/")
    parts = [part for name in folders for part in _any_depth_first(name)]
    parts += ["**", "*"] if last == "**" else _any_depth_first(last)
    tests = [None if part == "**" else re.compile(fnmatch.translate(part)).match for part in parts]

    def matches(name: str) -> bool:
        # A set of states in place of a regular expression: with several `**` a backtracking match takes exponential
        # time.
        states = {0}
        for part in name.split("/"):
            states |= {state + 1 for state in states if state < len(tests) and tests[state] is None}
            states = {
                state if test is None else state + 1
                for state in states
                if state < len(tests) and ((test := tests[state]) is None or test(part))
            }
        return len(tests) in states

    return matches


def _any_depth_first(name: str) -> list[str]:
    return ["**", f"*{name.lstrip('*')}"] if name.startswith("**") and name.strip("*") else [name]


def read_file(location: str, max_bytes: int) -> bytes:
    """Read a path, a file: URL or an object store's URL.

    Raises:
        UnreadableFileError: It is missing, a folder, or can't be read.
        BodyTooLongError: It is longer than `max_bytes`; the error holds the bytes up to the limit.
    """
    with open_file(location) as file:
        return read_rest(file, b"", max_bytes, location)


def read_rest(file: BinaryIO, head: bytes, max_bytes: int, location: str) -> bytes:
    """Return `head`, which has been read already, and the rest of `file`.

    Raises:
        BodyTooLongError: It is longer than `max_bytes`; the error holds the bytes up to the limit.
    """
    # One byte more than the limit, which tells a file of exactly the limit from a longer one.
    pieces, missing = [head], max_bytes + 1 - len(head)
    # In pieces, since a file can grow while it is read.
    while missing > 0 and (piece := file.read(min(missing, 1 << 20))):
        pieces.append(piece)
        missing -= len(piece)
    body = b"".join(pieces)
    if len(body) > max_bytes:
        uri = printable(local_path(location))
        raise BodyTooLongError(f"longer than {max_bytes} bytes", uri=uri, body=body[:max_bytes])
    return body


@contextmanager
def open_file(location: str) -> Iterator[BinaryIO]:
    """Open a path, a file: URL or an object store's URL; a pipe or a device is an error.

    Raises:
        UnreadableFileError: It is missing, is not a file, or can't be opened; or reading it in the `with` block fails.
    """
    path = local_path(location)
    try:
        with _open_remote(path) if is_object_url(path) else _open_local(path) as file:
            yield file
    except SourceError:
        raise
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error


def _open_remote(path: str) -> BinaryIO:
    scheme, bucket, name = split_url(path)
    file: BinaryIO = Objects(scheme, bucket, "").open(name)
    return file


def _open_local(path: str) -> BinaryIO:
    file = open(path, "rb", buffering=0, opener=_open_nonblocking)  # noqa: SIM115 - the caller closes it
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(0, "not a file")
    return file


def _open_nonblocking(path: str, flags: int) -> int:
    return os.open(path, flags | _NONBLOCK)  # a FIFO would wait for its writer


def _unreadable(path: str, error: Exception) -> UnreadableFileError:
    return UnreadableFileError(f"can't read {printable(path)}: {_reason(error)}", uri=printable(path))


def printable(path: str) -> str:
    r"""Return `path` as text that any encoder takes: a byte that is not UTF-8 becomes `\xe9`, so that names differ."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _reason(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error)
    return " ".join(text.split()) or type(error).__name__
