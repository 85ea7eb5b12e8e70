"""The only module that accesses the files of an output: a local folder directly, gs:// and s3:// through Beam.

A name is a path relative to the output's root, separated by "/": `paragraphs/date=2026-11-24/ab12.parquet`.
"""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any


@dataclass(frozen=True)
class Store:
    """The files below `root`: a local folder, or a URL of one of Beam's file systems.

    Locally, `write` and `rename` are durable (fsync of the file and its folders), and `rename` is atomic. An object
    store has no rename: there it copies, then deletes. The copy appears atomically, but for a moment both names exist.
    """

    root: str

    @property
    def local(self) -> bool:
        """Whether the output is a folder on this machine."""
        return "://" not in self.root

    def absolute(self) -> "Store":
        """Return the same output with an absolute path, for processes with another working directory."""
        return Store(str(Path(self.root).absolute())) if self.local else self

    def path(self, name: str) -> str:
        """Return the full path or URL of `name`."""
        return f"{self.root.rstrip('/')}/{name}"

    def list(self, folder: str = "") -> list[str]:
        """Return the names of all files below `folder`, sorted; an empty list if the folder doesn't exist."""
        return sorted(self._walk(folder) if self.local else self._match(folder))

    def exists(self, name: str) -> bool:
        """Return whether a file of this name exists."""
        return Path(self.path(name)).is_file() if self.local else beam_files().exists(self.path(name))

    def open_read(self, name: str) -> IO[bytes]:
        """Open a file for reading, with random access."""
        return open(self.path(name), "rb") if self.local else beam_files().open(self.path(name), **_RAW)

    @contextmanager
    def write(self, name: str) -> Iterator[IO[bytes]]:
        """Open a new file for writing and create its folders; it is on disk when the block ends.

        The file is visible while it is being written: write under a name that readers ignore, then `rename`.
        """
        if not self.local:
            with beam_files().create(self.path(name), **_RAW) as file:
                yield file
            return
        path = Path(self.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as local_file:
            yield local_file
            local_file.flush()
            os.fsync(local_file.fileno())
        self._sync_folders(path.parent)

    def create(self, name: str, content: bytes) -> bool:
        """Write a file at once, unless the name exists; return whether it was written. It is durable then."""
        if self.exists(name):
            return False
        draft = f"{name}.{secrets.token_hex(4)}.tmp"
        with self.write(draft) as file:
            file.write(content)
        try:
            os.link(self.path(draft), self.path(name))
        except FileExistsError:
            return False
        finally:
            self.delete(draft)
        self._sync_folders(Path(self.path(name)).parent)
        return True

    def rename(self, source: str, target: str) -> None:
        """Rename a file; an existing file of the new name is replaced."""
        if not self.local:
            beam_files().rename([self.path(source)], [self.path(target)])
            return
        path = Path(self.path(target))
        path.parent.mkdir(parents=True, exist_ok=True)
        os.replace(self.path(source), path)
        self._sync_folders(path.parent)

    def delete(self, name: str) -> None:
        """Delete a file, or a folder with its content; do nothing if neither exists."""
        if not self.local:
            names = [name] if self.exists(name) else self.list(name)
            beam_files().delete([self.path(each) for each in names])
        elif Path(self.path(name)).is_dir():
            shutil.rmtree(self.path(name))
        else:
            Path(self.path(name)).unlink(missing_ok=True)

    def _walk(self, folder: str) -> Iterator[str]:
        for parent, _, files in os.walk(self.path(folder), onerror=_raise_unless_missing):
            for file in files:
                yield Path(parent, file).relative_to(self.root).as_posix()

    def _match(self, folder: str) -> Iterator[str]:
        (found,) = beam_files().match([self.path(f"{folder}/**".lstrip("/"))])
        for file in found.metadata_list:
            yield file.path.removeprefix(self.path(""))

    def _sync_folders(self, folder: Path) -> None:
        """Sync `folder` and its parents: in POSIX a file's name is durable only after a sync of its folder."""
        root = Path(self.root)
        for each in [folder, *folder.parents]:
            sync_folder(each)
            if each == root:
                break


# Otherwise Beam guesses a compression from the name and decompresses what it reads.
_RAW = {"mime_type": "application/octet-stream", "compression_type": "uncompressed"}


def sync_folder(folder: Path) -> None:
    """Make the names in a local folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def beam_files() -> Any:
    """Return Beam's file systems; imported late, since reading a local output doesn't need Beam."""
    from apache_beam.io.filesystems import FileSystems

    return FileSystems


def _raise_unless_missing(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error
