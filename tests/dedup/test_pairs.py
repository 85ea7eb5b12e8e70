"""300 real pairs of paragraphs, labelled by eye, and 24 kinds of edits of real paragraphs."""

from collections import Counter, defaultdict

import pytest

from benchmarks.judgement import is_same, real_paragraphs, right_kinds
from benchmarks.lib.pairs import SAME, labelled_pairs
from testing.edits import EDITS
from testing.shared_data import MISSING, shared_data

pytestmark = pytest.mark.skipif(shared_data() is None, reason=MISSING)


@pytest.mark.slow
def test_what_is_called_the_same_is_the_same() -> None:
    pairs = labelled_pairs()
    assert len(pairs) == 300
    found = Counter((pair.label in SAME, is_same(pair)) for pair in pairs)
    assert found[True, True] / (found[True, True] + found[False, True]) >= 0.95
    assert found[True, True] / (found[True, True] + found[True, False]) >= 0.90


def test_edits_have_the_right_kind() -> None:
    made: dict[str, list[bool]] = defaultdict(list)
    for edit, is_right in right_kinds(real_paragraphs(1_500), 25):
        made[edit].append(is_right)
    assert made.keys() == EDITS.keys()
    shares = {edit: sum(rights) / len(rights) for edit, rights in made.items()}
    assert min(shares.values()) >= 0.9, shares
    assert sum(shares.values()) / len(shares) >= 0.97
