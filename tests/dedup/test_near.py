import random

import pytest

from newsbeam.transforms.dedup.near import BANDS, near_keys, search_keys, shingles, similarity
from newsbeam.transforms.records import KEY_FORMAT

TEXT = (
    "The central bank of Freedonia left its key interest rate unchanged on Tuesday, saying that inflation "
    "had slowed for a third month and that the harbour strike would weigh on growth until the autumn."
)


GOLDEN = (
    "1eee500eaeb8b6c846d6465f98e1c3c437ff72523938069f918842a8f3e50c74be02022e00ce90ee"
    "2b0cb3719f085f6a9669536b95fb309e2587e8c2a1fabdcc70c905448fe4d113319382b09b9ba675"
)
GOLDEN_TABLE = (
    "1ca94ad3e2817787037b56243e48e38f0ee8e85b246fbdfdde86c712441b612af35f2ea219e3b51f"
    "3a8e5c76b5fb5b3f43bce2826957faae15fddc464b89f2849e56b33b5f0f9fe21c97375fb26c3b7d"
)
TABLE = "Shr 12 cts vs 9 cts Net 1,204 vs 930 Revs 22.1 mln vs 19.8 mln"


def test_shingles_ignore_case_and_punctuation():
    assert shingles("One, two - THREE four") == ["one two three", "two three four"]


def test_near_keys_never_change():
    # They are written to the output and compared with those of later runs.
    assert near_keys([TEXT])[0].hex() == GOLDEN
    assert near_keys([TABLE])[0].hex() == GOLDEN_TABLE
    assert KEY_FORMAT == 4


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("rose 12 points to 2,340 in early trading", "rose 19 points to 2,347 in late dealings"),
        ("rose 12 points to 2,340 in early trading", "fell 3 to 2,325"),
    ],
)
def test_an_update_shares_a_key_however_many_numbers_have_changed(old: str, new: str):
    line = "The Harbour index in Oslo {}, dealers said after the close of the exchange."
    assert share_a_key(near_keys([line.format(old), line.format(new)]))


def test_rows_of_a_table_share_no_key_without_their_numbers():
    assert not share_a_key(near_keys([TABLE, "Shr 31 cts vs 44 cts Net 7,310 vs 8,115 Revs 90.7 mln vs 88.2 mln"]))


def test_in_wide_scripts_shingles_are_of_characters():
    text = "中央银行星期二宣布维持基准利率不变，并称通货膨胀连续第三个月放缓。"
    keys = near_keys([text, text.replace("星期二", "周二"), "中央银行星期二宣布"])
    assert [len(each) for each in keys] == [80, 80, 0]
    assert share_a_key(keys[:2])


def test_short_paragraphs_have_no_near_keys():
    short, long = near_keys(["He did not say why.", "He did not say at all why not."])
    assert (short, len(long)) == (b"", 4 * BANDS)


def test_a_text_has_the_same_keys_alone_and_among_others():
    texts = [TEXT, "Short.", TEXT.upper(), "One two three four five six seven eight."]
    assert near_keys(texts) == [near_keys([text])[0] for text in texts]
    assert near_keys([]) == []


def keys_of(*keys: int) -> bytes:
    return b"".join(key.to_bytes(4, "little") for key in keys)


def share_a_key(near_keys: list[bytes]) -> bool:
    keys, counts = search_keys(near_keys)
    first, second = (set(each.tolist()) for each in (keys[: counts[0]], keys[counts[0] :]))
    return bool(first & second)


def test_keys_are_shared_at_the_same_position_only():
    a, b, c, d = keys_of(7, 8, 9), keys_of(7, 9, 8), keys_of(8, 1, 9), keys_of(5, 5, 5)
    assert [share_a_key([a, each]) for each in (a, b, c, d, b"")] == [True, True, True, False, False]
    assert not share_a_key([b, c])
    assert search_keys([a, b"", b])[1].tolist() == [3, 0, 3]
    assert search_keys([])[0].tolist() == []


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [("a b c d", "a b c d", 1.0), ("a b c d", "a b c e", 1 / 3), ("a b c", "x y z", 0.0), ("", "", 0.0)],
)
def test_similarity_is_jaccard(left: str, right: str, expected: float):
    assert similarity(shingles(left), shingles(right)) == pytest.approx(expected)


def test_pairs_above_the_threshold_share_a_band():
    """1 - (1 - 0.7**3)**20 = 0.9998 of the pairs at 0.7, more above: 0.99 leaves room for chance."""
    random_ = random.Random(7)
    vocabulary = [f"w{i}" for i in range(5000)]
    found = total = 0
    while total < 400:
        words = random_.choices(vocabulary, k=60)
        changed = list(words)
        for _ in range(random_.choice((1, 2, 3))):
            changed[random_.randrange(60)] = random_.choice(vocabulary)
        left, right = " ".join(words), " ".join(changed)
        if similarity(shingles(left), shingles(right)) < 0.7:
            continue
        total += 1
        found += share_a_key(near_keys([left, right]))
    assert found / total >= 0.99
