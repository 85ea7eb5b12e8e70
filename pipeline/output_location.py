"""Checks that an output can be written to, or read, before anything runs."""

import re
import tempfile
from pathlib import Path

from newsbeam.pipeline.config.locations import has_wildcard, local_path
from newsbeam.pipeline.config.model import Config
from newsbeam.transforms.common.object_clients import ObjectStoreError
from newsbeam.transforms.common.objects import Objects, is_object_url

# Two characters at least: C:/ is a drive.
TABLE_FILES = "date=*/*.parquet"
"""The files of a table, within its folder."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{1,30}):/")


def output_error(config: Config) -> str:
    """Return why the config's output can't be used, or ""."""
    output = config.output
    if _SCHEME.match(output):
        return store_error(output)
    try:
        return _folder_error(Path(output)) or _inside_a_wire(Path(output), config)
    except (OSError, ValueError) as error:
        return f"can't be used: {getattr(error, 'strerror', None) or error}"


def store_error(url: str) -> str:
    """Return why an object store can't be used, and what to install or set, or ""; makes one request."""
    try:
        Objects.at(url).check()
    except ObjectStoreError as error:
        return str(error)
    except OSError as error:
        return f"can't be used: {error.filename}: {error.strerror or error}"
    return ""


def no_rows_error(output: str) -> str:
    """Return why there is nothing to read in an output, with its name, or "".

    Args:
        output: A folder that newsbeam wrote to, or its URL in an object store.
    """
    from newsbeam.transforms.write.schema import SCHEMAS  # not before it is needed: it loads Arrow

    if is_object_url(output):
        if error := store_error(output):
            return f"{output}: {error}"
    elif not (folder := Path(output).expanduser()).is_dir():
        return f"{output}: {'not a folder' if folder.exists() else 'no such folder'}"
    if not any(has_files(output, table) for table in SCHEMAS):
        return f"{output}: newsbeam has written nothing there yet"
    return ""


def has_files(output: str, table: str) -> bool:
    """Return whether a table of an output has files."""
    if is_object_url(output):
        return any(name.endswith(".parquet") for name, _ in Objects.at(output).list(table))
    return any((Path(output).expanduser() / table).glob(TABLE_FILES))


def _folder_error(folder: Path) -> str:
    """Return why the folder can't be created or written to, or ""; the check leaves nothing there."""
    existing = _first_that_exists(folder.absolute())
    if not existing.is_dir():
        return f"can't be a folder: {existing} is {'a file' if existing.is_file() else 'not a folder'}"
    # A test file, since permissions don't show a file system that is read-only or full.
    try:
        with tempfile.TemporaryDirectory(prefix=".newsbeam-", dir=existing):
            return ""
    except OSError as error:
        return f"can't be written to: {existing}: {error.strerror or error}"


def _first_that_exists(folder: Path) -> Path:
    """Return `folder`, or the nearest folder above it that exists.

    Raises:
        OSError: The folder can't exist: its name is too long.
    """
    try:
        # Not stat: a link that leads nowhere is there, and no folder can be created in its place.
        folder.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return _first_that_exists(folder.parent)
    return folder


def _inside_a_wire(output: Path, config: Config) -> str:
    for index, wire in enumerate(config.wires):
        drop = local_path(wire.path, config.folder)
        # A wire that excludes Parquet files may contain the output.
        if drop is None or has_wildcard(wire.path) or not wire.names.takes("a.parquet"):
            continue
        if drop.resolve() in (output.resolve(), *output.resolve().parents):
            return f"is inside wires[{index}].path, so that a run would read its own files: {wire.path}"
    return ""
