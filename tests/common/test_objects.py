"""Objects without a server; `tests/stores` asks real ones."""

import pytest

from newsbeam.transforms.common import objects
from newsbeam.transforms.common.objects import Objects, Version
from tests.support.objects import memory_objects


def test_creating_an_object_in_a_missing_bucket_is_an_error_and_not_a_lost_race(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def put(*_: object, **__: object) -> None:
        raise FileNotFoundError("NoSuchBucket")

    monkeypatch.setattr(objects.obstore, "put", put)
    place = Objects("s3", "missing", "output/")
    with pytest.raises(FileNotFoundError, match="s3://missing/output/_lock"):
        place.create("_lock.json", b"{}")
    assert place.replace("_lock.json", b"{}", Version(b"{}", "1", None)) is None


def test_parts_of_two_versions_are_never_mixed() -> None:
    with memory_objects():
        place = Objects("memory", "versions", "")
        place.write("a.tar", b"1" * 3_000_000)
        file = place.open("a.tar", whole_bytes=0)
        assert set(file.read(1_000_000)) == {ord("1")}
        place.write("a.tar", b"2" * 3_000_000)
        with pytest.raises(OSError, match=r"it was replaced while it was read: 'memory://versions/a\.tar'"):
            file.read()
