"""Lists drops: the folders, prefixes and patterns that agencies' files arrive in, without unfinished files."""

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from newsbeam.transforms.common.file_stat import FileStat
from newsbeam.transforms.common.objects import is_object_url
from newsbeam.transforms.read.files import fixed_part, is_pattern, list_objects, local_path, match_paths

Found = tuple[str, FileStat | None]
"""A path, and the file's size and time; None where it has none (a dangling link)."""

# Names of unfinished files: rsync (`.name.Ab3dE9`), lftp, WinSCP (`.filepart`), browsers (`.part`, `.crdownload`),
# rclone (`.partial`), editors (`.name.swp`, `name~`, `#name#`).
_UNFINISHED = re.compile(r"\..*|.*~|#.*#|.*\.(?:tmp|part|partial|filepart|crdownload|swp|lock)", re.DOTALL | re.I)


def is_unfinished(name: str) -> bool:
    """Return whether a file's or folder's name says that it is hidden or still being written."""
    return name not in (".", "..") and bool(_UNFINISHED.fullmatch(name))


def is_excluded(name: str) -> bool:
    """Return whether a path, such as that of a member of an archive, is hidden or unfinished in any of its names."""
    return any(map(is_unfinished, name.split("/")))


def list_drop(location: str, base: Path) -> list[Found]:
    """Return the files of a drop, sorted by path, without those that are unfinished by their names.

    Args:
        location: A folder (all files in it at any depth; links to folders are not followed), a file, a pattern as
            `expand_pattern` takes it, or an object store's prefix or pattern.
        base: The folder that relative paths start from.

    Returns:
        Files only: no folders, pipes or devices. A folder that can't be listed, a dangling link, a missing path without
        wildcards and the missing folder that a pattern begins with are among them, so that reading them gives the
        error.

    Raises:
        UnreadableFileError: The object store can't be listed, or a file: URL is of another host.
    """
    if is_object_url(location):
        return _list_remote(location)
    pattern = local_path(location)
    path = str(base / pattern)
    if os.path.isdir(path):
        return sorted(_walk(path))
    paths = _matches(pattern, base) if is_pattern(pattern) and not os.path.exists(path) else [path]
    return sorted(each for each in map(_stat, paths) if each)


def _list_remote(location: str) -> list[Found]:
    if is_pattern(location):
        found = list_objects(location)
    else:
        # An object can have the name of a prefix; a name that ends with a slash is a prefix only.
        found = {} if location.endswith("/") else list_objects(location)
        found = found or list_objects(f"{location.rstrip('/')}/**")
    # Only below the fixed part: a drop in a hidden folder is what the config asks for.
    fixed = fixed_part(location)
    return [(path, stat) for path, stat in found.items() if not _any_unfinished(path.removeprefix(fixed))]


def _walk(top: str) -> Iterator[Found]:
    folders = [top]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if is_unfinished(entry.name):
                        continue
                    # A link to a folder may lead back up, and the walk would never end.
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    elif found := _stat(entry.path.removeprefix("./")):
                        yield found
        # The folder itself is given without a stat, so that its poll says why it can't be listed.
        except OSError:
            yield folder, None


def _matches(pattern: str, base: Path) -> set[str]:
    fixed = str(base / fixed_part(pattern))
    fixed = "" if fixed == "." else fixed
    unlisted: set[str] = set()
    found = match_paths(pattern, base, unlisted)
    return {path for path in found if not _any_unfinished(path.removeprefix(fixed))} | unlisted


def _any_unfinished(path: str) -> bool:
    return any(is_unfinished(name) for name in path.split("/") if name)


def _stat(path: str) -> Found | None:
    """Return None for a folder, a pipe or a device. A path without status is kept: reading it gives the error."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return path, None
    if stat.S_ISREG(status.st_mode):
        return path, FileStat.of(status)
    return None
