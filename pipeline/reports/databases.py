"""DuckDB connections that read object stores without an extension of DuckDB, which would have to be downloaded."""

from datetime import UTC, datetime
from typing import Any, BinaryIO

import duckdb
from fsspec import AbstractFileSystem

from newsbeam.transforms.common.file_stat import FileStat
from newsbeam.transforms.common.objects import Objects, is_object_url, split_url
from newsbeam.transforms.read.files import list_objects

# Of a larger file only the parts that a query needs are read: a footer, some columns of some row groups.
_WHOLE_BYTES = 64 << 10


def connect(output: str) -> duckdb.DuckDBPyConnection:
    """Return a database in memory that can read an output.

    Args:
        output: A folder, or a URL of an object store.

    Raises:
        ObjectStoreError: The URL's scheme is unknown, or it has no bucket.
    """
    database = duckdb.connect()
    database.execute("SET enable_progress_bar = false")  # it is printed on stdout, among the rows
    database.execute("SET parquet_metadata_cache = true")  # a view reads a table several times
    if is_object_url(output):
        database.register_filesystem(_ObjectFiles(split_url(output)[0]))
    return database


class _ObjectFiles(AbstractFileSystem):
    """The part of fsspec's interface that DuckDB uses to read: `glob`, `open`, and a file's size and time."""

    cachable = False

    def __init__(self, scheme: str):
        super().__init__()
        self.protocol = scheme

    def glob(self, path: str, **options: Any) -> list[str]:
        # Without the scheme, as names are in fsspec; `_url` puts it back.
        return [url.partition("://")[2] for url in list_objects(self._url(path))]

    def info(self, path: str, **options: Any) -> dict[str, Any]:
        return {"name": path, "size": self._stat(path).size, "type": "file"}

    def modified(self, path: str) -> datetime:
        return datetime.fromtimestamp(self._stat(path).modified_ns / 1e9, UTC)

    def _stat(self, path: str) -> FileStat:
        objects, name = self._at(path)
        found = objects.stat(name)
        if found is None:
            raise FileNotFoundError(path)
        return found

    def _open(self, path: str, mode: str = "rb", *arguments: Any, **options: Any) -> BinaryIO:
        objects, name = self._at(path)
        return objects.open(name, _WHOLE_BYTES)

    def _at(self, path: str) -> tuple[Objects, str]:
        scheme, bucket, name = split_url(self._url(path))
        return Objects(scheme, bucket, ""), name

    def _url(self, path: str) -> str:
        return path if is_object_url(path) else f"{self.protocol}://{path}"
