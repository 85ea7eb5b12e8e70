"""Objects of s3://, gs:// and az:// by URL. No Beam here.

What holds in all three, and what newsbeam builds on:

    a write    appears whole, with its last byte, or not at all; a reader that has begun reads one version
    a read     after a write or a deletion sees it, also in lists (S3 since 2020, GCS and Azure always)
    a create   succeeds for one of several writers (If-None-Match on S3 and Azure, ifGenerationMatch=0 on GCS)
    a replace  succeeds for one of several writers that have read the same version (If-Match, ifGenerationMatch)

There is no rename: `move` writes the new name, then deletes the old one, and between both names exist.
"""

import io
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO, Any, BinaryIO

import obstore
from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)
from obstore.store import ObjectStore

from newsbeam.transforms.common.file_stat import FileStat
from newsbeam.transforms.common.object_clients import CLIENTS, HINTS, ObjectStoreError, object_client, one_line

_URL = re.compile(r"(?!file:)([a-z][a-z0-9+.-]{1,30})://([^/]*)/?(.*)", re.IGNORECASE | re.DOTALL)
_DENIED = re.compile(r"status code: 40[13]\b")  # also where obstore has no error of its own for it
_WHOLE_BYTES = 16 << 20
_BUFFER_BYTES = 1 << 20
_PART_BYTES = 64 << 20  # a larger object is sent in parts, which are not visible before the last one


def is_object_url(location: str) -> bool:
    """Return whether `location` is on an object store (`gs://bucket/...`): neither a path nor a file: URL."""
    return bool(_URL.match(location))


@dataclass(frozen=True)
class Version:
    """The content of an object, and what tells it from other versions of it."""

    data: bytes
    etag: str | None
    generation: str | None


@dataclass(frozen=True)
class Objects:
    """The objects of one bucket below a prefix.

    Errors of requests are `OSError`, in one line with the URL: `FileNotFoundError` for an object or a bucket that
    doesn't exist, `PermissionError` for missing or wrong credentials.

    Attributes:
        scheme: "s3", "gs" or "az".
        bucket: The bucket, or Azure's container.
        prefix: What each name begins with: "" or a path that ends with "/".
    """

    scheme: str
    bucket: str
    prefix: str

    @classmethod
    def at(cls, url: str) -> "Objects":
        """Return the objects below `url`, which is taken as a folder.

        Raises:
            ObjectStoreError: The scheme is unknown, or the bucket is missing.
        """
        scheme, bucket, path = split_url(url)
        return cls(scheme, bucket, f"{path.strip('/')}/".lstrip("/"))

    def url(self, name: str = "") -> str:
        """Return the URL of an object."""
        return f"{self.scheme}://{self.bucket}/{self.prefix}{name}"

    def list(self, folder: str = "") -> Iterator[tuple[str, FileStat]]:
        """Yield the objects below `folder` with what tells their versions apart, in no order; a page at a time."""
        with self._naming(folder):
            for page in obstore.list(self._client, f"{self.prefix}{folder}".strip("/") or None):
                for found in page:
                    yield found["path"].removeprefix(self.prefix), _stat(found)

    def stat(self, name: str) -> FileStat | None:
        """Return what tells an object's version from others; None if it doesn't exist."""
        with suppress(FileNotFoundError), self._naming(name):
            return _stat(obstore.head(self._client, self._key(name)))
        return None

    def read(self, name: str) -> Version:
        """Read a small object."""
        with self._naming(name):
            found = obstore.get(self._client, self._key(name))
            return Version(bytes(found.bytes()), found.meta["e_tag"], found.meta["version"])

    def open(self, name: str, whole_bytes: int | None = None) -> BinaryIO:
        """Open an object for reading, with random access.

        One of at most `whole_bytes` (16 MiB by default) is read at once, so it can be read to its end also when it is
        deleted or replaced meanwhile. A larger one is read in parts, and a read after it was replaced is an error.

        Raises:
            FileNotFoundError: There is no such object.
        """
        with self._naming(name):
            found = obstore.head(self._client, self._key(name))
        if found["size"] <= (_WHOLE_BYTES if whole_bytes is None else whole_bytes):
            return io.BytesIO(self.read(name).data)
        return io.BufferedReader(_Ranges(self, name, found["size"], found["e_tag"]), _BUFFER_BYTES)

    def read_range(self, name: str, start: int, length: int, etag: str | None = None) -> bytes:
        """Read a part of an object, of the version with this ETag.

        Raises:
            OSError: It was replaced, or can't be read.
        """
        options: Any = {"range": (start, start + length)} | ({"if_match": etag} if etag else {})
        with self._naming(name):
            try:
                return bytes(obstore.get(self._client, self._key(name), options=options).bytes())
            except PreconditionError as error:
                raise OSError(116, "it was replaced while it was read", self.url(name)) from error  # ESTALE

    def write(self, name: str, data: bytes | IO[bytes]) -> None:
        """Write an object, or replace it."""
        with self._naming(name):
            obstore.put(self._client, self._key(name), data, chunk_size=_PART_BYTES)

    def create(self, name: str, data: bytes) -> Version | None:
        """Write an object unless it exists; return its version if it was written."""
        return self._put_if(name, data, "create")

    def replace(self, name: str, data: bytes, known: Version) -> Version | None:
        """Write an object unless it has changed since it was read; return its version if it was written."""
        # S3 and Azure compare the ETag, Cloud Storage the generation; each store gets those that it gave.
        version = {"e_tag": known.etag, "version": known.generation}
        return self._put_if(name, data, {key: value for key, value in version.items() if value is not None})

    def _put_if(self, name: str, data: bytes, mode: Any) -> Version | None:
        with self._naming(name):
            try:
                written = obstore.put(self._client, self._key(name), data, mode=mode)
            except (AlreadyExistsError, PreconditionError):
                return None
            except FileNotFoundError:
                # The object that was to be replaced has gone. Where one is created, it is the bucket that is missing: a
                # lease would wait for it without end.
                if mode == "create":
                    raise
                return None
        return Version(data, written["e_tag"], written["version"])

    def move(self, source: str, target: str) -> None:
        """Write an object under another name, replacing what is there, then delete it; can be repeated after a kill."""
        with self._naming(source):
            if self.scheme == "az":
                # Azure's copy may go on after its answer, with the target visible and empty meanwhile (Copy Blob).
                with self.open(source) as file:
                    self.write(target, file)
            else:
                obstore.copy(self._client, self._key(source), self._key(target))
        # After the copy is complete: a kill in between leaves both names, never none.
        self.delete([source])

    def delete(self, names: Iterable[str]) -> None:
        """Delete objects; those that don't exist are skipped."""
        keys = [self._key(name) for name in names]
        with self._naming(""):
            try:
                if keys:
                    obstore.delete(self._client, keys)
            except FileNotFoundError:  # GCS and Azure; the others of the request may be left
                for key in keys:
                    with suppress(FileNotFoundError):
                        obstore.delete(self._client, key)

    def check(self) -> None:
        """Make one request, which finds missing credentials, a wrong bucket, or a server that doesn't answer.

        Raises:
            OSError: The bucket can't be listed; the message says what to set.
        """
        next(iter(self.list()), None)

    @property
    def _client(self) -> ObjectStore:
        return object_client(self.scheme, self.bucket)

    def _key(self, name: str) -> str:
        return f"{self.prefix}{name}"

    @contextmanager
    def _naming(self, name: str) -> Iterator[None]:
        """Turn errors of obstore into OSErrors with the URL."""
        try:
            yield
        except FileNotFoundError as error:
            # One of our own, which names the object already.
            if error.filename:
                raise
            raise FileNotFoundError(2, "No such object", self.url(name)) from error
        except BaseError as error:
            if isinstance(error, (PermissionDeniedError, UnauthenticatedError)) or _DENIED.search(str(error)):
                why = f"access denied ({one_line(error)}); {HINTS[self.scheme]}"
                raise PermissionError(13, why, self.url(name)) from error
            raise OSError(5, f"{one_line(error)}{self._advice(error)}", self.url(name)) from error

    def _advice(self, error: BaseError) -> str:
        """Return what to do if no credentials were found: the last place to look is a machine's metadata server."""
        missing = "169.254." in str(error) or "metadata" in str(error) or "oken request" in str(error)
        return f"; no credentials were found: {HINTS[self.scheme]}" if missing else ""


def split_url(url: str) -> tuple[str, str, str]:
    """Return the scheme, the bucket and the path of an object store's URL.

    Raises:
        ObjectStoreError: The scheme is unknown, or the bucket is missing.
    """
    found = _URL.fullmatch(url)
    scheme = found[1].lower() if found else ""
    if not found or scheme not in CLIENTS:
        raise ObjectStoreError(f'unknown scheme "{scheme}:"; allowed: {", ".join(CLIENTS)}, or a path')
    if not found[2]:
        raise ObjectStoreError(f"has no bucket: {url}")
    return scheme, found[2], found[3]


class _Ranges(io.RawIOBase):
    """A large object as a file."""

    def __init__(self, objects: Objects, name: str, size: int, etag: str | None):
        self._objects = objects
        self._name = name
        self._size = size
        self._etag = etag
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        length = min(len(buffer), self._size - self._at)
        if length <= 0:
            return 0
        data = self._objects.read_range(self._name, self._at, length, self._etag)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def _stat(found: Any) -> FileStat:
    return FileStat(found["size"], int(found["last_modified"].timestamp() * 1e9), (found["e_tag"] or "").strip('"'))
