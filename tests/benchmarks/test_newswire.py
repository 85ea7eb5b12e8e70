"""The figures on newswire, in small: what the benchmark counts holds on every run of the tests."""

from benchmarks.dpa import stories_that_agree
from benchmarks.newswire import fuzz, newsml_g2_items, ninjs_items, own_samples, read, samples
from benchmarks.newswire_bodies import body_text_kept


def test_damaged_samples_give_an_entry_or_a_dead_letter():
    crashes, slowest = fuzz(sorted(own_samples()), 1_500)
    assert crashes.value == 0
    assert slowest.value < 10  # it hangs, or it doesn't


def test_samples_that_should_fail_give_an_entry_or_a_dead_letter(shared_data):
    for path in samples(shared_data / "newswire"):
        assert not read(path.read_bytes(), path.name).crash, path


def test_every_item_that_should_pass_is_read(shared_data):
    for paths in (ninjs_items(shared_data / "newswire"), newsml_g2_items(shared_data / "newswire")):
        assert len(paths) > 100
        assert [path.name for path in paths if not read(path.read_bytes(), path.name).entries] == []


def test_dpa_agrees_in_three_formats(shared_data):
    assert stories_that_agree(shared_data / "newswire" / "dpa") == (3, "")


def test_no_text_of_a_story_is_lost(shared_data):
    found = body_text_kept(shared_data)
    assert (found.kept, found.glued, found.doubled) == (found.characters, (), ())
