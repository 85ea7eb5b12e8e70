"""Subject codes as published -> IPTC Media Topics, as qcodes.

Agencies still send the IPTC Subject Codes that Media Topics replaced in 2010 ("subj:15054000"), the older category
codes of IIM and NITF ("SPO"), and topics that have been retired since. `data/mediatopic_codes.json` maps subject codes
and retired topics, after the IPTC's list of 2025-03-31 (IPTC NewsCodes, CC BY 4.0, see `data/LICENSE.txt`). That list
names no successors, so a retired topic, or its subject code, becomes the nearest broader topic in use.
"""

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from importlib import resources

from newsbeam.transforms.parse.plain import unique

_IPTC = r"https?://cv\.iptc\.org/newscodes/"
_TOPIC = re.compile(rf"(?:(?:medtop|mediatopic|mediatopics):|{_IPTC}mediatopic/)(\d{{8}})|(20\d{{6}})", re.IGNORECASE)
# "IPTC:15054000:Sport:Soccer" is a subject reference of IIM (2:12).
_SUBJECT = re.compile(
    rf"(?:(?:subj|subject|subjectcode|iptcsubjectcode|iptc):|{_IPTC}subjectcode/)?(\d{{8}})(?::.*)?", re.IGNORECASE
)
_CATEGORY = re.compile(r"(?:(?:iptccat|iptc|cat|category):)?([A-Z]{3})|(?:anpacat|anpa):([a-z])", re.IGNORECASE)

# Category codes of IIM 2:15, EBF and ENV, which replaced two of them, and the letters of ANPA 1312 that name a subject
# -> first-level topics.
_CATEGORIES = {
    **{"ace": "01", "clj": "02", "dis": "03", "fin": "04", "eco": "04", "edu": "05", "evn": "06", "hth": "07"},
    **{"hum": "08", "lab": "09", "lif": "10", "pol": "11", "rel": "12", "sci": "13", "soi": "14", "spo": "15"},
    **{"war": "16", "wea": "17", "ebf": "04", "env": "06"},
    **{"e": "01", "f": "04", "l": "10", "p": "11", "q": "15", "s": "15", "o": "17"},
}


def is_category(code: str) -> bool:
    """Return whether this is an IPTC category code, three capitals: "SPO"."""
    return len(code) == 3 and code.isupper() and code.lower() in _CATEGORIES


def subject_codes(codes: Iterable[str]) -> tuple[str, ...]:
    """Return the codes, each once, in order; those that are or became Media Topics as "medtop:" qcodes.

    Args:
        codes: Qcodes, URIs or bare codes; those of other vocabularies stay as published.
    """
    return unique(_subject_code(" ".join(code.split())) for code in codes)


def _subject_code(code: str) -> str:
    if match := _TOPIC.fullmatch(code):
        number = match[1] or match[2]
        # A topic that isn't in the list is newer than it, and stays.
        return f"medtop:{_codes()['retired'].get(number, number)}"
    if match := _SUBJECT.fullmatch(code):
        topic = _topic_of_subject(match[1])
        return f"medtop:{topic}" if topic else code
    # In small letters and without a prefix, three letters may be any word or an agency's own code.
    if (match := _CATEGORY.fullmatch(code)) and (code.isupper() or ":" in code):
        first_level = _CATEGORIES.get((match[1] or match[2]).lower())
        return f"medtop:{first_level}000000" if first_level else code
    return code


def _topic_of_subject(code: str) -> str:
    """Return the topic of a subject code, else of its subject matter, else of its subject; "" for none."""
    topics = _codes()["subject_codes"]
    broader = (code, f"{code[:5]}000", f"{code[:2]}000000")
    return next((topics[candidate] for candidate in broader if candidate in topics), "")


@lru_cache(maxsize=1)
def _codes() -> dict[str, dict[str, str]]:
    """Return the topics of `subject_codes` and the replacements of `retired` topics; all of them are in use."""
    text = (
        resources.files("newsbeam.transforms.parse.wire").joinpath("data", "mediatopic_codes.json").read_text("utf-8")
    )
    codes: dict[str, dict[str, str]] = json.loads(text)
    return codes
