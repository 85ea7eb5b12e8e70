"""Extracts a byline from one of the first lines: "By Jane Doe", but not "By the numbers"."""

import re
from collections.abc import Iterable

from newsbeam.transforms.newsroom.given_names import given_names
from newsbeam.transforms.text import phrases
from newsbeam.transforms.text.block import Block

_LONGEST = 160  # characters of a line with names
_FIRST_LINES = 3  # a note on the series or a heading can precede the byline
_BYLINE = re.compile(
    r"(?:(?:By|BY|by|Von|VON|von|Par|PAR|par|Por|POR|por|Av|AV|av|Af|AF|af|Door|DOOR|door):?"
    r"|(?:Autor|Autorin|Autora|Auteur|Author|Text|Texte|Texto|Tekst)\s?:)\s+(?P<names>\S.{2,150})"
)
_PARTICLES = phrases.words(
    "and und et y e in at for of the de da di van von der del la le bin al dpa epd sid - – — | , / & with"
)
_OFFICE = re.compile(r"\s?\([^()]{2,60}\)")  # "Jane Doe (Health, Harbour Post)"
_ARTICLE = re.compile(r"(?:al|el|ul|ad|ar|as|ash|d|l)[-'’][^\W\d_]")  # "al-Sayed", "d'Estaing"
_INITIAL = re.compile(r"[A-Z]\.(?:[ -]?[A-Z]\.){0,3}")
# Words that are not part of a name, even next to one ("By Order Of King Carl").
_NOT_NAMES = phrases.words(
    "the a an our your his her their its popular order demand numbers number request invitation appointment royal sea "
    "land air day night way chance accident design law force right nature definition default means any all every each "
    "no one two three word hand hook crook leaps bounds train bus car bike boat foot rail road monday tuesday "
    "wednesday thursday friday saturday sunday january february march april may june july august september october "
    "november december"
)
_NOT_IN_NAMES = phrases.words(
    "he she it they we you i is was are did does has had will not alone himself herself itself to"
)
_ROLES = phrases.words("staff writer correspondent reporter editor editorial reuters ap afp dpa upi bloomberg agencies")


def extract_byline(blocks: list[Block], authors: Iterable[str] = ()) -> tuple[str, list[Block]]:
    """Return the names of the first line "By Jane Doe", and the blocks without it; ("", blocks) if there is none.

    It is a byline if it has a given name, an initial or the name of one of the entry's `authors`; in doubt it stays in
    the text.
    """
    for at, block in enumerate(blocks[:_FIRST_LINES]):
        found = _names(block, authors)
        if found:
            return found, [*blocks[:at], *blocks[at + 1 :]]
    return "", blocks


def _names(block: Block, authors: Iterable[str]) -> str:
    if len(block.text) > _LONGEST or block.kind in ("heading", "table", "code", "list_item"):
        return ""
    match = _BYLINE.fullmatch(block.text)
    if not match or block.text.endswith((".", "!", "?", ":")):
        return ""
    found = match["names"]
    if ":" in found:  # a line of credits, or of results
        return ""
    words = [word for word in re.split(r"[\s,|/&]+", _OFFICE.sub("", found)) if word]
    if not all(word[:1].isupper() or word in _PARTICLES or _ARTICLE.match(word) for word in words):
        return ""
    return found if _has_name(found, words, authors) else ""


def _has_name(found: str, words: list[str], authors: Iterable[str]) -> bool:
    lower = [word.lower().strip(".'’") for word in words]
    if any(author and author.lower() in found.lower() for author in authors):
        return True
    if len(words) < 2 or lower[0] in _NOT_NAMES or not _NOT_IN_NAMES.isdisjoint(lower):
        return False
    known = given_names()
    # Two words and their halves: titles and family names may come first, and double names have one known half.
    first = {part for word in lower[:2] for part in (word, *word.split("-"))}
    return bool(first & known or _INITIAL.match(found) or _ROLES.intersection(lower[1:]))
