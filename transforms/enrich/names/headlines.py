"""Headlines in title case or capitals, where every word looks like a name. No Beam here."""

import re

from newsbeam.transforms.enrich.gazetteer.lines import word_set
from newsbeam.transforms.records import Entity, Paragraph

_WORDS = re.compile(r"[^\W\d_][\w'’-]{0,40}")
_LEAST_WORDS = 4
_LEAST_LONG = 3
_SHARE = 0.85
_ORDINARY = word_set(
    "to in on with as at by from after over is are was says said say will not the a an be has have his her its "
    "their he she they we you your our how why what when who where may can could should more new no out up down "
    "off into amid against about than this that but or if"
)


def is_headline(paragraph: Paragraph) -> bool:
    """Return whether a paragraph is in title case or capitals: its capitals say nothing about names."""
    text = paragraph.text
    if len(text) > 250:
        return False
    found = _WORDS.findall(text)
    if len(found) < _LEAST_WORDS:
        return False
    long = [word for word in found if len(word) > 3]
    return len(long) >= _LEAST_LONG and sum(word[0].isupper() for word in long) >= _SHARE * len(long)


def is_credible(entity: Entity) -> bool:
    """Return whether a name that the model found in a headline can be one: without words that no name has."""
    parts = [part.lower().rstrip(".,:") for part in entity.text.split()]
    if entity.label in ("PERSON", "GPE", "LOC", "NORP", "FAC", "PRODUCT"):
        return len(parts) <= 3 and not _ORDINARY.intersection(parts)
    return len(parts) <= 5 and not _ORDINARY.intersection(parts[1:]) - {"the", "in", "on"}
