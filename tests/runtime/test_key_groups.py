from newsbeam.transforms.runtime.key_groups import even_keys, key_group


def test_keys_are_spread_over_the_key_groups() -> None:
    for number in (1, 2, 4, 8, 16):
        keys = even_keys(number)
        assert [key_group(key) * number // 128 for key in keys] == list(range(number))
        assert [key_group(key) * 2 // 128 for key in keys].count(0) == number // 2


def test_keys_never_change() -> None:
    """They are part of every savepoint."""
    assert even_keys(4) == ("0/4.62", "1/4.38", "2/4.398", "3/4.59")
