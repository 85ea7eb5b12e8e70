"""Objects without a server; `tests/stores` asks real ones."""

import pytest

from newsbeam.transforms.common import objects
from newsbeam.transforms.common.objects import Objects, Version


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
