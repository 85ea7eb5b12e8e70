"""The only module that accesses the files of an output: a local folder, or a prefix of s3://, gs:// or az://.

A name is a path relative to the output's root, separated by "/": `paragraphs/date=2026-11-24/ab12.parquet`.
"""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from newsbeam.transforms.common.file_stat import FileStat
from newsbeam.transforms.common.objects import Objects, is_object_url

# A Parquet writer needs a file that it can ask for its position; larger ones are on disk until they are sent.
_UPLOAD_IN_MEMORY = 16 << 20


@dataclass(frozen=True)
class Store:
    """The files below `root`: a local folder, or a URL of an object store.

    No file is visible under its name before it is complete. Locally, `write` and `rename` are durable (fsync of the
    file and its folders), and `rename` is atomic. An object store has no rename: there the new name appears complete,
    then the old one is deleted, and for a moment both exist. So what renames must be able to repeat it.
    """

    root: str

    @property
    def local(self) -> bool:
        """Whether the output is a folder on this machine."""
        return not is_object_url(self.root)

    @property
    def objects(self) -> Objects:
        """The objects of an output that is not local.

        Raises:
            ObjectStoreError: The URL's scheme is unknown, or it has no bucket.
        """
        return Objects.at(self.root)

    def absolute(self) -> "Store":
        """Return the same output with an absolute path, for processes with another working directory."""
        return Store(str(Path(self.root).absolute())) if self.local else self

    def path(self, name: str) -> str:
        """Return the full path or URL of `name`."""
        return f"{self.root.rstrip('/')}/{name}"

    def list(self, folder: str = "") -> list[str]:
        """Return the names of all files below `folder`, sorted; an empty list if the folder doesn't exist."""
        return sorted(self._walk(folder) if self.local else (name for name, _ in self.objects.list(folder)))

    def list_folder(self, folder: str) -> dict[str, FileStat]:
        """Return the files directly in a folder, by the last part of their names; none if the folder doesn't exist."""
        if self.local:
            return dict(_scan(Path(self.path(folder))))
        found = ((name.removeprefix(f"{folder}/"), stat) for name, stat in self.objects.list(folder))
        return {name: stat for name, stat in found if "/" not in name}

    def exists(self, name: str) -> bool:
        """Return whether a file of this name exists."""
        return Path(self.path(name)).is_file() if self.local else self.objects.stat(name) is not None

    def open_read(self, name: str) -> IO[bytes]:
        """Open a file for reading, with random access.

        Raises:
            FileNotFoundError: There is no such file.
        """
        return open(self.path(name), "rb") if self.local else self.objects.open(name)

    def read(self, name: str) -> bytes:
        """Return the content of a small file.

        Raises:
            FileNotFoundError: There is no such file.
        """
        return Path(self.path(name)).read_bytes() if self.local else self.objects.read(name).data

    @contextmanager
    def write(self, name: str) -> Iterator[IO[bytes]]:
        """Open a new file for writing, and create its folders; it replaces one of the same name when the block ends.

        It is on disk then. If the block fails, there is no new file.
        """
        if not self.local:
            with tempfile.SpooledTemporaryFile(_UPLOAD_IN_MEMORY) as upload:
                yield upload
                upload.seek(0)
                # After the block: an error in it leaves no object.
                self.objects.write(name, upload)
            return
        path = Path(self.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        with _written(path) as (draft, local_file):
            yield local_file
            local_file.flush()
            os.fsync(local_file.fileno())
            # The data is on disk before the name is: else a power failure can leave an empty file under the final name.
            os.replace(draft, path)
        self._sync_folders(path.parent)

    def create(self, name: str, data: bytes) -> bool:
        """Write a small file unless one of this name exists; return whether it was written.

        Of several processes that try, one succeeds.
        """
        if not self.local:
            return self.objects.create(name, data) is not None
        path = Path(self.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        with _written(path) as (draft, local_file):
            local_file.write(data)
            local_file.flush()
            os.fsync(local_file.fileno())
            try:
                os.link(draft, path)  # unlike a rename, it doesn't replace
            except FileExistsError:
                return False
        self._sync_folders(path.parent)
        return True

    def rename(self, source: str, target: str) -> None:
        """Rename a file; an existing file of the new name is replaced.

        Raises:
            FileNotFoundError: There is no file to rename.
        """
        if not self.local:
            self.objects.move(source, target)
            return
        path = Path(self.path(target))
        path.parent.mkdir(parents=True, exist_ok=True)
        os.replace(self.path(source), path)
        self._sync_folders(path.parent)

    def delete(self, name: str) -> None:
        """Delete a file, or a folder with its content; do nothing if neither exists."""
        if not self.local:
            # An object store has no folders: a name with something below it is one.
            self.objects.delete(self.list(name) or [name])
        elif Path(self.path(name)).is_dir():
            shutil.rmtree(self.path(name))
        else:
            Path(self.path(name)).unlink(missing_ok=True)

    def delete_files(self, names: Iterable[str]) -> None:
        """Delete files, with as few requests as the store supports; those that don't exist are skipped."""
        if not self.local:
            self.objects.delete(names)
            return
        for name in names:
            Path(self.path(name)).unlink(missing_ok=True)

    def _walk(self, folder: str) -> Iterator[str]:
        # By default os.walk skips a folder that it can't read: rows would look as if they had never been written.
        for parent, _, files in os.walk(self.path(folder), onerror=_raise_unless_missing):
            for file in files:
                yield Path(parent, file).relative_to(self.root).as_posix()

    def _sync_folders(self, folder: Path) -> None:
        """Sync `folder` and its parents: in POSIX a file's name is durable only after a sync of its folder."""
        root = Path(self.root)
        for each in [folder, *folder.parents]:
            sync_folder(each)
            if each == root:
                break


def stat_file(path: Path) -> FileStat | None:
    """Return what tells a local file from others; None if there is no such file."""
    try:
        return FileStat.of(path.stat(follow_symlinks=False))
    except FileNotFoundError:
        return None


def sync_folder(folder: Path) -> None:
    """Make the names in a local folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _written(path: Path) -> Iterator[tuple[Path, IO[bytes]]]:
    """Open a draft beside `path`, which is gone when the block ends."""
    # In the same folder, since a rename is atomic within one file system only; the dot hides it from readers (Hive,
    # Spark).
    draft = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        with draft.open("wb") as file:
            yield draft, file
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()


def _scan(folder: Path) -> Iterator[tuple[str, FileStat]]:
    try:
        with os.scandir(folder) as found:
            for entry in found:
                # None: it was deleted since it was listed.
                if seen := stat_file(folder / entry.name):
                    yield entry.name, seen
    except FileNotFoundError:
        return


def _raise_unless_missing(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error
