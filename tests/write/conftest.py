"""Records to write, and outputs to write them to: a local folder, and an object store in memory."""

import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest
from apache_beam.io.filesystem import FileMetadata, FileSystem

from newsbeam.transforms import ids
from newsbeam.transforms.records import Entry, Paragraph, Story
from newsbeam.transforms.write.store import Store

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class ObjectStore(FileSystem):
    """As S3 and GCS for Beam: no folders, no rename, and objects that appear when they are closed."""

    objects: ClassVar[dict[str, bytes]] = {}

    @classmethod
    def scheme(cls) -> str:
        return "memory"

    def has_dirs(self) -> bool:
        return False

    def join(self, basepath: str, *paths: str) -> str:
        return "/".join((basepath, *paths))

    def split(self, path: str) -> tuple[str, ...]:
        return tuple(path.rsplit("/", 1))

    def mkdirs(self, path: str) -> None:
        raise NotImplementedError

    def _list(self, dir_or_prefix: str) -> Iterator[FileMetadata]:
        return (FileMetadata(n, len(b)) for n, b in list(self.objects.items()) if n.startswith(dir_or_prefix))

    def create(self, path: str, mime_type: str = "", compression_type: str = "") -> io.BytesIO:
        class Upload(io.BytesIO):
            def close(self) -> None:
                if not self.closed:
                    ObjectStore.objects[path] = self.getvalue()
                super().close()

        return Upload()

    def open(self, path: str, mime_type: str = "", compression_type: str = "") -> io.BytesIO:
        if path not in self.objects:
            raise FileNotFoundError(path)
        return io.BytesIO(self.objects[path])

    def copy(self, source_file_names: list[str], destination_file_names: list[str]) -> None:
        for source, destination in zip(source_file_names, destination_file_names, strict=True):
            self.objects[destination] = self.objects[source]

    def rename(self, source_file_names: list[str], destination_file_names: list[str]) -> None:
        self.copy(source_file_names, destination_file_names)
        self.delete(source_file_names)

    def exists(self, path: str) -> bool:
        return path in self.objects

    def delete(self, paths: list[str]) -> None:
        for path in paths:
            del self.objects[path]

    def size(self, path: str) -> int:
        return len(self.objects[path])

    def last_updated(self, path: str) -> float:
        raise NotImplementedError

    def checksum(self, path: str) -> str:
        raise NotImplementedError

    def metadata(self, path: str) -> FileMetadata:
        return FileMetadata(path, len(self.objects[path]))


@pytest.fixture(params=["folder", "objects"])
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An output in a folder, then one in an object store that is one of Beam's file systems."""
    yield Store(str(tmp_path / "output") if request.param == "folder" else "memory://bucket/output")
    ObjectStore.objects.clear()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "output"))


@pytest.fixture
def make_story() -> Callable[..., Story]:
    return _make_story


def _make_story(name: str = "a", texts: tuple[str, ...] = ("One.", "Two."), **fields: Any) -> Story:
    """A story called `name`; `fields` are the entry's."""
    entry_id = ids.entry_id("Example", name)
    defaults: dict[str, Any] = {
        "source": "Example",
        "source_id": "example",
        "feed_url": "https://example.org/rss.xml",
        "format": "rss20",
        "fetched_at": NOON,
        "version": 1,
        "url": f"https://example.org/{name}",
        "content_hash": ids.digest(*texts),
        "paragraph_count": len(texts),
    }
    entry = Entry(entry_id, **{**defaults, **fields})
    prints = [ids.digest(text) for text in texts]
    return Story(
        entry,
        tuple(
            Paragraph(
                paragraph_id=ids.paragraph_id(entry_id, entry.version, n, prints[n]),
                entry_id=entry_id,
                entry_version=entry.version,
                position=n,
                text=text,
                kind="paragraph",
                language="en",
                fingerprint=prints[n],
            )
            for n, text in enumerate(texts)
        ),
    )
