"""Recognises the line that credits a picture: "(Image credit: Jane Doe)", "(Photo by Jane Doe/Harbour Pictures)"."""

import re

# A sentence with such words is longer, and a caption is not a credit.
_LONGEST = 150  # characters of the line
_PICTURE = r"(?:image|photo|picture|photograph|foto|bild|imagen|imagem|photographie|grafik)s?"
_NAME = r"[^\W\d_].{0,99}"
_CREDIT = rf"(?:{_PICTURE} )?(?:credits?|crédits?|bildnachweis|fotonachweis)(?: photos?)? ?: ?"
_LABEL = rf"{_PICTURE}(?: by:?| courtesy(?: of)?:?| ?:) ?"
_LINE = re.compile(
    rf"{_CREDIT}(?P<name>{_NAME})|[(\[](?:{_CREDIT}|{_LABEL})(?P<bracketed>{_NAME})[)\]]",
    re.IGNORECASE,
)


def picture_credit(text: str) -> str:
    """Return whom a line credits with a picture; "" if the line is anything else.

    "Photo: Jane Doe" without brackets is not taken for a credit, since captions begin so too.
    """
    match = _LINE.fullmatch(text) if len(text) <= _LONGEST else None
    return (match["name"] or match["bracketed"]).strip() if match else ""
