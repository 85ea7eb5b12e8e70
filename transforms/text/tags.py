"""Extracts the lines of tags that publishing systems put below a story: "Tags: ferries · quays", "Filed under: Sport".

Only a line whose names all are links is taken for one, and its names are returned, so that nothing is lost.
"""

import re

from newsbeam.transforms.text.block import Block

_LONGEST = 1_000  # characters of a line
_LABEL = re.compile(
    r"(?:tags?|tagged(?: (?:as|in|with))?|filed (?:under|in)|posted (?:in|under)|categor(?:y|ies)|labels?|keywords?"
    r"|topics?|schlag(?:worte|wörter)|stichworte?|kategorien?|themen|mots[- ]clés|étiquettes?|catégories?|etiquetas"
    r"|categorías|etichette|categorie|marcadores|categorias|trefwoorden)\b ?:? ?",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"[,;|·•/]")
_MOST_NAMES = 200  # of a story: lines after these stay in the text
_MOST_WORDS, _LONGEST_NAME = 6, 60  # words and characters of a name
_INNER_CAPITAL = re.compile(r"[^\W\d_A-ZÀ-Þ][A-ZÀ-Þ]")  # "YouTube" has one, "HarbourFerriesQuays" two


def extract_tags(blocks: list[Block]) -> tuple[tuple[str, ...], list[Block]]:
    """Return the names in the lines of tags, and the blocks without these lines."""
    kept: list[Block] = []
    found: dict[str, None] = {}
    for block in blocks:
        names = _names(block) if len(found) < _MOST_NAMES else []
        found.update(dict.fromkeys(names))
        kept += [] if names else [block]
    return tuple(found), kept


def _names(block: Block) -> list[str]:
    if not block.linked or len(block.text) > _LONGEST or block.kind in ("heading", "table", "code"):
        return []
    label = _LABEL.match(block.text)
    if not label or not label[0].rstrip(" :"):
        return []
    names = [name.strip() for name in _SEPARATOR.split(block.text[label.end() :]) if name.strip()]
    signs = sum(len("".join(name.split())) for name in names)
    return names if block.linked >= signs and all(map(_is_name, names)) else []


def _is_name(name: str) -> bool:
    """Return whether a text is one name, and not several links without anything between them."""
    return len(name) <= _LONGEST_NAME and len(name.split()) <= _MOST_WORDS and len(_INNER_CAPITAL.findall(name)) < 2
