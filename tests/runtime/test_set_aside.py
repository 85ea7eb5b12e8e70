"""Packs are small elements, whatever is in them."""

import apache_beam as beam
import pytest
from apache_beam.testing.test_pipeline import TestPipeline as BeamPipeline
from apache_beam.testing.util import assert_that, equal_to

from newsbeam.transforms.runtime import set_aside
from newsbeam.transforms.runtime.set_aside import AsideError, PackAside, Packed, Reference, pack, unpack
from newsbeam.transforms.write.job_files import JobFiles
from newsbeam.transforms.write.store import Store

LARGE = b"x" * set_aside.INLINE_BYTES


@pytest.fixture
def files(tmp_path):
    return JobFiles(Store(str(tmp_path)), "job")


def test_what_is_small_travels_and_what_is_large_is_set_aside(files):
    small, large = pack([1, "two"], files), pack([LARGE], files)
    assert isinstance(small, Packed)
    assert isinstance(large, Reference)
    assert files.store.list() == [large.name]
    assert list(unpack([small, "as it is", large], files)) == [1, "two", "as it is", LARGE]


def test_each_attempt_has_a_file_of_its_own(files):
    assert len({pack([LARGE], files).name for _ in range(3)}) == 3


def test_a_file_that_another_has_written_is_not_unpickled(files):
    large = pack([LARGE], files)
    with files.store.write(large.name) as file:
        file.write(b"cos\nabort\n(tR.")
    with pytest.raises(AsideError, match=large.name):
        list(unpack([large], files))


@pytest.mark.parametrize(("size", "references"), [(1, 0), (1_000, 1)])
def test_the_values_of_a_key_are_packed(files, size, references):
    values = [("a", "x" * 1_000) for _ in range(100)] + [("b", "y")]

    def sizes(packs):
        assert sum(isinstance(value, Reference) for _, value in packs) == references
        assert sum(key == "a" for key, _ in packs) == (100 if size == 1 else 1)

    with BeamPipeline() as pipeline:
        packs = pipeline | beam.Create(values, reshuffle=False) | PackAside(files, size=size)
        assert_that(packs, sizes)
        unpacked = packs | beam.FlatMap(lambda pair: [(pair[0], value) for value in unpack([pair[1]], files)])
        assert_that(unpacked, equal_to(values), label="Unpacked")
