"""Can an output be written to? Found out before anything runs. No Beam here, but for object stores."""

import re
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from newsbeam.pipeline.config import Config, has_wildcard, local_path

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{1,30}):/")
_EXTRAS = {"gs": "gcp", "s3": "s3"}


def output_mistake(config: Config) -> str:
    """Return why the config's output can't be used, or ""."""
    output = config.output
    if scheme := _SCHEME.match(output):
        return _store_mistake(output, scheme[1].lower())
    try:
        return _folder_mistake(Path(output)) or _inside_of_a_wire(Path(output), config)
    except (OSError, ValueError) as error:
        return f"can't be used: {getattr(error, 'strerror', None) or error}"


def _store_mistake(output: str, scheme: str) -> str:
    from apache_beam.io.filesystems import FileSystems

    try:
        FileSystems.get_filesystem(output)
    except ValueError:
        if scheme in _EXTRAS:
            return f"needs what is not installed: pip install 'newsbeam[{_EXTRAS[scheme]}]'"
        return f'unknown scheme "{scheme}:"; allowed: {", ".join(_EXTRAS)}, or a path'
    if scheme in _EXTRAS and not urlsplit(output).netloc:
        return f"names no bucket: {output}"
    return ""


def _folder_mistake(folder: Path) -> str:
    """Return why no folder can be made or written to there; what is made for the test is removed."""
    existing = _first_that_exists(folder.absolute())
    if not existing.is_dir():
        return f"can't be a folder: {existing} is {'a file' if existing.is_file() else 'no folder'}"
    try:
        with tempfile.TemporaryDirectory(prefix=".newsbeam-", dir=existing):
            return ""
    except OSError as error:
        return f"can't be written to: {existing}: {error.strerror or error}"


def _first_that_exists(folder: Path) -> Path:
    """Return `folder` or the folder above it that exists.

    Raises:
        OSError: There can be no such folder: its name is too long.
    """
    try:
        folder.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return _first_that_exists(folder.parent)
    return folder


def _inside_of_a_wire(output: Path, config: Config) -> str:
    for index, wire in enumerate(config.wires):
        drop = local_path(wire.path, config.folder)
        if drop is None or has_wildcard(wire.path) or not wire.names.takes("a.parquet"):
            continue
        if drop.resolve() in (output.resolve(), *output.resolve().parents):
            return f"is inside of wires[{index}].path, so that what is written would be read: {wire.path}"
    return ""
