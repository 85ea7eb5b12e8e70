"""Reads files and lists those that a pattern matches: local ones directly, `gs://` and `s3://` through Beam."""

import glob
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit
from urllib.request import url2pathname

from apache_beam.io.filesystem import BeamIOError, CompressionTypes
from apache_beam.io.filesystems import FileSystems

from newsbeam.transforms.common.file_stat import FileStat
from newsbeam.transforms.read.failures import BodyTooLongError, SourceError, UnreadableFileError

_REMOTE = re.compile(r"(?!file:)[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_ANY_DEPTH = re.compile(r"(?<![^/])\*\*(?:/|$)")  # a `**` that is a whole name
_NONBLOCK = getattr(os, "O_NONBLOCK", 0)


def stat_file(path: str) -> FileStat | None:
    """Return size and time of a file; None if it is not a file or can't be examined."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return FileStat.of(status) if stat.S_ISREG(status.st_mode) else None


def is_remote(location: str) -> bool:
    """Return whether `location` is on an object store (`gs://bucket/...`): neither a path nor a file: URL."""
    return bool(_REMOTE.match(location))


def is_pattern(location: str) -> bool:
    """Return whether `location` holds `*`, `?` or `[`."""
    return glob.has_magic(location)


def local_path(location: str) -> str:
    """Return the path of a file: URL (RFC 8089, also a relative one), and any other `location` unchanged.

    Raises:
        UnreadableFileError: The URL names another host.
    """
    if location[:5].lower() != "file:":
        return location
    parts = urlsplit(location)
    if parts.netloc.lower() not in ("", "localhost"):
        raise UnreadableFileError(f"a file: URL of another host ({parts.netloc})", uri=location)
    return url2pathname(parts.path)


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
    if is_remote(pattern):
        return list(list_objects(pattern))
    if (base / pattern).is_file():
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
    if not _can_be_listed(fixed):
        unlisted.add(f"{fixed}/")
        return set()
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
    """Return the objects of a store that `pattern` matches, sorted, with size and time.

    Raises:
        UnreadableFileError: The store can't be listed.
    """
    try:
        (result,) = FileSystems.match([pattern])
    except (BeamIOError, OSError, ValueError) as error:
        raise UnreadableFileError(f"can't list {pattern}: {_reason(error)}", uri=pattern) from error
    found = {
        each.path: FileStat.of_object(each.size_in_bytes, each.last_updated_in_seconds) for each in result.metadata_list
    }
    return dict(sorted(found.items()))


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
    pieces, missing = [head], max_bytes + 1 - len(head)
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
        with _open_remote(path) if is_remote(path) else _open_local(path) as file:
            yield file
    except SourceError:
        raise
    except (BeamIOError, OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    except Exception as error:
        if not is_remote(path):
            raise
        # Each object store's library has its own exceptions, and one object must not stop the others.
        raise _unreadable(path, error) from error


def _open_remote(path: str) -> BinaryIO:
    file: BinaryIO = FileSystems.open(path, compression_type=CompressionTypes.UNCOMPRESSED)
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
    if isinstance(error, BeamIOError) and error.exception_details:
        error = next(iter(error.exception_details.values()))
    text = getattr(error, "strerror", None) or str(error)
    return " ".join(text.split()) or type(error).__name__
