"""An object store in memory, at memory://."""

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager

from obstore.store import MemoryStore, ObjectStore

from newsbeam.transforms.common.object_clients import CLIENTS, HINTS, ObjectStoreError, object_client
from newsbeam.transforms.common.objects import Objects, split_url


@contextmanager
def memory_objects() -> Iterator[None]:
    """Make memory:// a store of this process; its bucket "broken" can't be accessed."""
    object_client.cache_clear()
    CLIENTS["memory"] = _client
    HINTS["memory"] = "no way"
    try:
        yield
    finally:
        del CLIENTS["memory"], HINTS["memory"]
        object_client.cache_clear()


def _client(bucket: str, environment: object) -> ObjectStore:
    if bucket == "broken":
        raise ObjectStoreError("no access\nto the bucket")
    return MemoryStore()


class Bucket(MutableMapping[str, bytes]):
    """Objects by URL."""

    def __getitem__(self, url: str) -> bytes:
        return _at(url)[0].read(_at(url)[1]).data

    def __setitem__(self, url: str, data: bytes) -> None:
        _at(url)[0].write(_at(url)[1], data)

    def __delitem__(self, url: str) -> None:
        _at(url)[0].delete([_at(url)[1]])

    def __iter__(self) -> Iterator[str]:
        return (f"memory://bucket/{name}" for name, _ in Objects("memory", "bucket", "").list())

    def __len__(self) -> int:
        return len(list(self))


def _at(url: str) -> tuple[Objects, str]:
    scheme, bucket, name = split_url(url)
    return Objects(scheme, bucket, ""), name
