"""The figures on newswire, in small: what the benchmark counts holds on the samples."""

import pytest

from benchmarks.wire.dpa import stories_that_agree
from benchmarks.wire.reading import newsml_g2_items, ninjs_items
from testing.reading import read


@pytest.mark.slow
def test_samples_that_should_fail_give_an_entry_or_a_dead_letter(shared_data):
    for path in (shared_data / "newswire").rglob("*"):
        if path.suffix in (".xml", ".json", ".iptc"):
            assert not read(path.read_bytes(), path.name).vanished, path


@pytest.mark.slow
def test_every_item_that_should_pass_is_read(shared_data):
    for paths in (ninjs_items(shared_data / "newswire"), newsml_g2_items(shared_data / "newswire")):
        assert len(paths) > 100
        assert [path.name for path in paths if not read(path.read_bytes(), path.name).entries] == []


def test_dpa_agrees_in_three_formats(shared_data):
    assert stories_that_agree(shared_data / "newswire" / "dpa") == (3, "")
