"""What newsbeam builds on, asked of each server."""

import os
import threading
import time

import pytest

from newsbeam.pipeline.output_location import store_error
from newsbeam.transforms.common.object_clients import object_client
from newsbeam.transforms.common.objects import Objects
from newsbeam.transforms.read.files import list_objects
from newsbeam.transforms.write.lease import Lease, LeaseHeldError
from newsbeam.transforms.write.store import Store

pytestmark = [pytest.mark.slow, pytest.mark.stores]


def test_one_of_many_creates_and_one_replaces(place: Objects) -> None:
    def race(put):
        won: list[int] = []
        threads = [threading.Thread(target=lambda n=n: put(b"%d" % n) and won.append(n)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return won

    (first,) = race(lambda data: place.create("x", data))
    known = place.read("x")
    assert known.data == b"%d" % first
    (second,) = race(lambda data: place.replace("x", b"new" + data, known))
    assert place.read("x").data == b"new%d" % second
    assert not place.replace("missing", b"", known)


def test_names_reads_moves_and_deletions(place: Objects) -> None:
    names = ["a/b c+%20é.bin", "a/date=2026-11-24/[x]#?.bin", "ab/y.bin"]
    for name in names:
        place.write(name, name.encode())
    assert sorted(name for name, _ in place.list()) == sorted(names)
    assert sorted(name for name, _ in place.list("a")) == sorted(names[:2])
    assert [place.read(name).data for name in names] == [name.encode() for name in names]
    before = place.stat(names[2])
    place.move(names[0], "m/n")
    assert (place.stat(names[0]), place.read("m/n").data) == (None, names[0].encode())
    place.write(names[2], b"other")
    assert place.stat(names[2]).etag != before.etag
    place.delete(["missing", names[1], "gone", "m/n"])
    assert [name for name, _ in place.list()] == names[2:]
    with pytest.raises(FileNotFoundError):
        place.move("missing", "there")


def test_a_large_object_is_read_in_parts(place: Objects) -> None:
    data = bytes(range(256)) * 100_000
    place.write("large", data)
    with place.open("large") as file:
        assert (file.seek(20_000_001), file.read(3)) == (20_000_001, data[20_000_001:20_000_004])
        assert (file.seek(-5, 2), file.read()) == (len(data) - 5, data[-5:])
        if place.scheme == "gs":  # fake-gcs-server ignores If-Match
            return
        place.write("large", data[::-1])
        with pytest.raises(OSError, match="it was replaced while it was read"):
            (file.seek(0), file.read())


def test_what_is_written_is_not_visible_before_its_end(place: Objects) -> None:
    store = Store(place.url())
    with store.write("x") as file:
        file.write(b"half")
        assert not store.exists("x")
    with pytest.raises(ZeroDivisionError), store.write("y") as file:
        file.write(b"half" * (1 // 0))
    assert store.list() == ["x"]


def test_patterns(place: Objects) -> None:
    for name in ("drop/1.xml", "drop/2.txt", "drop/in/3.xml", "dropped/4.xml"):
        place.write(name, b"x")
    # What consoles make for an empty folder.
    place.write("drop/empty.xml", b"")

    def found(pattern: str) -> list[str]:
        return [url.removeprefix(place.url()) for url in list_objects(place.url(pattern))]

    assert found("drop/*.xml") == ["drop/1.xml", "drop/empty.xml"]
    assert found("drop/**/[13].xml") == ["drop/1.xml", "drop/in/3.xml"]
    assert found("drop*/**") == ["drop/1.xml", "drop/2.txt", "drop/empty.xml", "drop/in/3.xml", "dropped/4.xml"]
    assert found("drop/1.xml") == ["drop/1.xml"]
    assert found("drop/9.xml") == found("nothing/**") == []


def test_a_lease(place: Objects) -> None:
    owner = Lease(place, "_lock.json", "the owner", 2.0)
    owner.acquire()
    with pytest.raises(LeaseHeldError, match="the owner"):
        Lease(place, "_lock.json", "another", 2.0).acquire()
    owner._ended.set()  # it dies
    owner._thread.join()
    began = time.monotonic()
    heir = Lease(place, "_lock.json", "the heir", 2.0)
    heir.acquire()
    assert time.monotonic() - began < 6
    time.sleep(3)
    heir.verify()  # it has been renewed
    heir.release()
    follower = Lease(place, "_lock.json", "the next", 60.0)
    follower.acquire()
    follower.release()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("AWS_SECRET_ACCESS_KEY", "wrong"),
        ("AZURE_STORAGE_CONNECTION_STRING", "AccountName=devstoreaccount1;AccountKey=d3Jvbmc=;BlobEndpoint={endpoint}"),
    ],
)
def test_wrong_credentials(place: Objects, monkeypatch, variable: str, value: str) -> None:
    known = os.environ.get(variable)
    if known is None:
        pytest.skip("another cloud")
    monkeypatch.setenv(variable, value.replace("{endpoint}", known.rpartition("BlobEndpoint=")[2]))
    object_client.cache_clear()
    error = store_error(place.url())
    assert "access denied" in error
    assert "; set A" in error


def test_a_bucket_that_is_not_there(place: Objects) -> None:
    if place.scheme == "s3":
        pytest.skip("SeaweedFS makes it")
    assert "no-such-bucket" in store_error(f"{place.scheme}://no-such-bucket/x")
