import random

import pytest

from newsbeam.transforms.dedup import canonical_bands
from newsbeam.transforms.dedup.canonical_bands import CanonicalBandIndex
from newsbeam.transforms.dedup.near import all_bands, near_keys


@pytest.mark.parametrize("run_bands", [1, 7, 20_000])
def test_finds_what_a_dict_of_lists_would(run_bands: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canonical_bands, "RUN_BANDS", run_bands)
    chance = random.Random(run_bands)
    index, expected = CanonicalBandIndex(), {}
    values = [0, 1, 2**52 - 1, *(chance.randrange(2**37) for _ in range(40))]
    for number in range(500):
        own = chance.sample(values, 3)
        index.add(own, number)
        for band in own:
            expected.setdefault(band, set()).add(number)
        wanted = chance.sample(values, 4)
        assert index.find(wanted) == set().union(*(expected.get(band, set()) for band in wanted))
    assert index.find([]) == set()
    assert index.find([2**53]) == set()


def test_takes_the_bands_of_paragraphs() -> None:
    text = "The ferry company said that it would resume crossings to the outer islands"
    (own,) = near_keys([text])
    index = CanonicalBandIndex()
    index.add(all_bands(own), 7)
    assert index.find(all_bands(own)) == {7}
    assert index.find(all_bands(near_keys(["Nothing of this has ever been said of any other ferry"])[0])) == set()
