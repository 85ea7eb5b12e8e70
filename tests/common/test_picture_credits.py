"""Lines that credit a picture, and those that only look so."""

import pytest

from newsbeam.transforms.common.picture_credits import picture_credit


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("(Image credit: Ann Berg)", "Ann Berg"),
        ("Image Credits: Coast Wire", "Coast Wire"),
        ("Credit: Ann Berg/Coast Wire", "Ann Berg/Coast Wire"),
        ("(Photo by Ann Berg)", "Ann Berg"),
        ("(Photos courtesy of the harbour)", "the harbour"),
        ("(Foto: COAST WIRE)", "COAST WIRE"),
        ("[Bild: Coast Wire]", "Coast Wire"),
        ("(Crédit photo : Anne Mont)", "Anne Mont"),
        ("Bildnachweis: Anna Berg", "Anna Berg"),
        ("Photo: Ann Berg", ""),
        ("Image: the ferry at the quay", ""),
        ("Credits: 3", ""),
        ("Credit where it is due: the mayor", ""),
        ("The ferry (Photo: Ann Berg)", ""),
        ("(Photo)", ""),
        ("(Image credit: )", ""),
        (f"(Photo by {'Ann Berg and ' * 20})", ""),
    ],
)
def test_picture_credit(line: str, name: str) -> None:
    assert picture_credit(line) == name
