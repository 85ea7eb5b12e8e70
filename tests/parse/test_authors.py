"""Authors as feeds write them."""

import pytest

from newsbeam.transforms.parse.authors import names_in


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ann@harbour.industries (Ann Berg)", ("Ann Berg",)),
        ("mailto:ann@harbour.example (Ann Berg)", ("Ann Berg",)),
        ("Ann Berg <ann@harbour.example>", ("Ann Berg",)),
        ("Ann Berg (ann@harbour.example)", ("Ann Berg",)),
        ("ann@harbour.example (Ann Berg), bo@harbour.example (Bo Lind)", ("Ann Berg", "Bo Lind")),
        ("Ann Berg <ann@harbour.example>; Bo Lind <bo@harbour.example>", ("Ann Berg", "Bo Lind")),
        ('"Berg, Ann" <ann@harbour.example>', ("Berg, Ann",)),
        ("Berg, Ann", ("Berg, Ann",)),
        ("Ann Berg and Bo Lind", ("Ann Berg", "Bo Lind")),
        ("Ann Berg, Bo Lind and Cy Holm", ("Ann Berg", "Bo Lind", "Cy Holm")),
        ("Ann Berg &amp; Bo Lind", ("Ann Berg", "Bo Lind")),
        ("Ann Berg; Bo", ("Ann Berg", "Bo")),
        ("Ann Berg, Harbour Editor", ("Ann Berg, Harbour Editor",)),
        ("Ann Berg, New York", ("Ann Berg, New York",)),
        ("Lind and Sons", ("Lind and Sons",)),
        ("Ministry of Ports and Inland Fisheries", ("Ministry of Ports and Inland Fisheries",)),
        ("Ann Berg (Coast Wire)", ("Ann Berg (Coast Wire)",)),
        ("Ann Berg (hidden)", ("Ann Berg",)),
        ("Ann Berg [email protected]", ("Ann Berg",)),
        ("ann@harbour.example (email hidden)", ("ann@harbour.example",)),
        ("(hidden)", ()),
        ("ann@harbour.example", ("ann@harbour.example",)),
        ("By Ann Berg", ("Ann Berg",)),
        ("<b>Ann Berg</b>", ("Ann Berg",)),
        ("", ()),
    ],
)
def test_names_come_as_they_were_written_one_each(text: str, expected: tuple[str, ...]) -> None:
    assert names_in(text) == expected


@pytest.mark.parametrize("text", ["a" * 100_000, "a@" * 50_000, "(" * 100_000, "Ann Berg, " * 10_000, "<a@b " * 20_000])
def test_hostile_texts_take_no_time(text: str) -> None:
    assert all(len(name) <= 1000 for name in names_in(text))
