"""Files: which ones a pattern names, and their bytes. Local ones directly, `gs://` and `s3://` through Beam."""

import glob
import os
import re
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from apache_beam.io.filesystem import BeamIOError, CompressionTypes
from apache_beam.io.filesystems import FileSystems

from newsbeam.transforms.read.failures import BodyTooLongError, UnreadableFileError

_REMOTE = re.compile(r"(?!file:)[a-z][a-z0-9+.-]+://", re.IGNORECASE)


def is_remote(location: str) -> bool:
    """Return whether `location` is on an object store (`gs://bucket/...`): not a path, not a file: URL."""
    return bool(_REMOTE.match(location))


def is_pattern(location: str) -> bool:
    """Return whether `location` holds `*`, `?` or `[`."""
    return glob.has_magic(location)


def local_path(location: str) -> str:
    """Return the path that a file: URL means (RFC 8089, relative ones too), and any other `location` as it is.

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
    """Return the files that `pattern` names, sorted: the same files give the same list everywhere.

    Args:
        pattern: A path, relative to `base` or absolute, in which `*`, `?`, `[...]` and `**` (folders of any depth)
            stand for names, or an object store's URL with the same. Hidden files match only where the pattern has
            the dot. A file whose name is the pattern itself, brackets included, is just that file.
        base: The folder that relative paths start from.

    Returns:
        Paths that begin with `base` where the pattern is relative; empty if nothing matches.

    Raises:
        UnreadableFileError: The object store can't be asked.
    """
    if is_remote(pattern):
        return _expand_remote(pattern)
    if (base / pattern).is_file():
        return [str(base / pattern)]
    found = {base / name for name in glob.glob(pattern, root_dir=base, recursive=True)}
    return sorted(str(path) for path in found if path.is_file())


def _expand_remote(pattern: str) -> list[str]:
    try:
        (result,) = FileSystems.match([pattern])
    except (BeamIOError, OSError, ValueError) as error:
        raise UnreadableFileError(f"can't list {pattern}: {_reason(error)}", uri=pattern) from error
    return sorted({metadata.path for metadata in result.metadata_list})


def read_file(location: str, max_bytes: int) -> bytes:
    """Read a path, a file: URL or an object store's URL.

    Raises:
        UnreadableFileError: It is missing, a folder, or can't be read.
        BodyTooLongError: It is longer than `max_bytes`; the error holds what is below the limit.
    """
    path = local_path(location)
    try:
        if is_remote(path):
            with FileSystems.open(path, compression_type=CompressionTypes.UNCOMPRESSED) as remote:
                body: bytes = remote.read(max_bytes + 1)
        else:
            with open(path, "rb") as local:
                body = local.read(max_bytes + 1)
    except (BeamIOError, OSError, ValueError) as error:
        raise UnreadableFileError(f"can't read {printable(path)}: {_reason(error)}", uri=printable(path)) from error
    if len(body) > max_bytes:
        raise BodyTooLongError(f"longer than {max_bytes} bytes", uri=printable(path), body=body[:max_bytes])
    return body


def printable(path: str) -> str:
    """Return `path` as text that any encoder takes: bytes of a file name that are not UTF-8 become U+FFFD."""
    return os.fsencode(path).decode("utf-8", "replace")


def _reason(error: Exception) -> str:
    if isinstance(error, BeamIOError) and error.exception_details:
        error = next(iter(error.exception_details.values()))
    text = getattr(error, "strerror", None) or str(error)
    return " ".join(text.split()) or type(error).__name__
