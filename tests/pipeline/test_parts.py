"""Slices: a number of entries, fewer where they are large."""

import pytest

from newsbeam.pipeline.batch.one_pass import SLICE_BYTES, _parts
from newsbeam.pipeline.batch.spool import Ref, SpoolWriter, read, refs

LARGE = SLICE_BYTES * 2 // 3


@pytest.mark.parametrize(
    ("sizes", "parts"),
    [
        ([], []),
        ([1] * 7, [2, 3, 2]),
        ([LARGE, LARGE, LARGE], [1, 1, 1]),
        ([SLICE_BYTES * 2, 1, 1, 1, 1], [1, 3, 1]),
        ([1, LARGE, 1, LARGE, 1], [2, 3]),
        ([SLICE_BYTES // 2] * 4, [2, 2]),
    ],
)
def test_parts(sizes, parts):
    items = [Ref(number, "", 0, size) for number, size in enumerate(sizes)]
    found = list(_parts(items, 2, 3))
    assert [len(part) for part in found] == parts
    assert [item for part in found for item in part] == items


def test_the_size_of_a_record_is_that_in_the_spool(tmp_path):
    writer = SpoolWriter(tmp_path)
    for number in (10, 100_000, 10):
        writer.write(number, "x" * number)
    writer.close()
    found = refs(tmp_path)
    assert [len(record) for record in read(found)] == [10, 100_000, 10]
    assert found[0].size < 50 < 100_000 < found[1].size < 100_100
