"""Repairs XML that is almost well-formed, so that a strict parser reads it, and cuts truncated XML after an entry.

Only what expat rejects is repaired: control characters, bare ampersands, undeclared prefixes, junk after the root, a
missing end.
"""

import re
from dataclasses import dataclass, replace
from functools import partial
from xml.parsers import expat

from newsbeam.transforms.common.balance import ITEM_END, balance, has_unended_section
from newsbeam.transforms.common.plurals import counted
from newsbeam.transforms.common.security import outside_of_sections
from newsbeam.transforms.errors import ParseError

# XML 1.0 2.2: no control characters but tab, line feed and carriage return; no surrogates; no U+FFFE, U+FFFF.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile(r"&#(?:[xX]([0-9a-fA-F]{1,8})|([0-9]{1,9}));")
_SURROGATE_PAIR = re.compile(
    r"&#(?:[xX]([dD][89abAB][0-9a-fA-F]{2})|(5[56]\d{3}));&#(?:[xX]([dD][c-fC-F][0-9a-fA-F]{2})|(5[67]\d{3}));"
)
_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});)")
ENTRY_END = re.compile(r"</(?:[\w.\-]+:)?(?:item|entry|newsItem|packageItem)\s*>", re.IGNORECASE)
_ONLY_ENDS = re.compile(r"(?:\s*+</[^<>]*+>?)*+\s*+")
_PREFIX_USED = re.compile(r"</?([A-Za-z_][\w.\-]*):")
_PREFIX_ATTRIBUTE = re.compile(r"\s([A-Za-z_][\w.\-]*):[\w.\-]+\s*=")
_PREFIX_DECLARED = re.compile(r"\bxmlns:([\w.\-]+)\s*=")
_NAMESPACE = re.compile(r"(\sxmlns(?::[\w.\-]{1,128})?=[\"'])([^\"'<>]{0,512})([\"'])")
# Namespaces of the prefixes that feeds use without declaring them.
_NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "rss": "http://backend.userland.com/rss",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "xhtml": "http://www.w3.org/1999/xhtml",
}
_MAX_PREFIXES = 64  # more than any feed has; each costs expat time at every element


def first_entries(text: str, most: int | None) -> tuple[str, int]:
    """Return a feed up to the end of its entry number `most`, and how many entries it has in total.

    Parsing entries beyond the limit would take a second for each 3,000.
    """
    ends = [match.end() for match in ITEM_END.finditer(text)]
    return (text if most is None or len(ends) <= most else text[: ends[most - 1]]), len(ends)


@dataclass(frozen=True)
class RepairedXml:
    """Repaired XML, the result of `repair`.

    Attributes:
        text: From the root's "<" to its ">".
        truncated: The end was missing; `text` ends with the last complete entry.
        problem: What was not well-formed, or "".
        lost: Whether a part of it is not in `text`.
    """

    text: str
    truncated: bool = False
    problem: str = ""
    lost: bool = False


def strip_controls(text: str) -> tuple[str, int]:
    """Remove characters that XML forbids, also as references; return the text and the number removed."""
    text, count = _ILLEGAL.subn("", text)
    if "&#" not in text:
        return text, count
    # Before the check, which would remove both halves: JSON's escapes for one character, written into XML.
    text = _SURROGATE_PAIR.sub(_join_surrogates, text)
    removed = 0

    def _check(match: re.Match[str]) -> str:
        nonlocal removed
        point = int(match[1], 16) if match[1] else int(match[2])
        if point > 0x10FFFF or _ILLEGAL.match(chr(point)):
            removed += 1
            return ""
        return match[0]

    return _REFERENCE.sub(_check, text), count + removed


def _join_surrogates(match: re.Match[str]) -> str:
    high = int(match[1], 16) if match[1] else int(match[2])
    low = int(match[3], 16) if match[3] else int(match[4])
    if 0xD800 <= high <= 0xDBFF and 0xDC00 <= low <= 0xDFFF:
        return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
    return match[0]


def repair_xml(text: str, root: str, entry_end: re.Pattern[str] = ENTRY_END) -> RepairedXml:
    """Repair XML, so that a strict parser reads it.

    Args:
        text: XML from its root element on, without document type and control characters.
        root: The root's name as written.
        entry_end: Matches where an entry is complete.

    Raises:
        ParseError: The document is truncated and no entry in it is complete.
    """
    # The last one: a text in the document may mention the root's end.
    start = text.rfind(f"</{root}")
    end = text.find(">", start) + 1 if start >= 0 else 0
    repaired = _repaired(text[:end] if end else text, root, entry_end, whole=end > 0)
    if end and entry_end.search(text, end):  # another document, with another root
        problem = "; ".join(filter(None, (repaired.problem, "entries after the end of the document are skipped")))
        return replace(repaired, problem=problem, lost=True)
    return repaired


def _repaired(text: str, root: str, entry_end: re.Pattern[str], whole: bool) -> RepairedXml:
    problem = _problem(text)
    # Well-formed XML stays byte for byte as it is, whatever the repairs below would find in it.
    if not problem and not has_unended_section(text):
        return RepairedXml(text)
    # First what can be repaired without moving a tag: often nothing else is wrong.
    text = _NAMESPACE.sub(_without_space, declare_prefixes(escape_ampersands(text), root))
    if not whole:
        ends = [match.end() for match in entry_end.finditer(text)]
        if not ends:
            raise ParseError("truncated, and no entry in it is complete")
        # Only end tags after the last entry: nothing of an entry is missing.
        lost = not _ONLY_ENDS.fullmatch(text, ends[-1])
        return replace(_balanced(text[: ends[-1]]), truncated=True, lost=lost)
    problem = _problem(text) or ("a CDATA section has no end" if has_unended_section(text) else "")
    return _balanced(text, problem) if problem else RepairedXml(text)


def _without_space(match: re.Match[str]) -> str:
    """Return a namespace declaration without the white space in it, which expat rejects (gofeed#309)."""
    return match[1] + "".join(match[2].split()) + match[3]


def _balanced(text: str, problem: str = "") -> RepairedXml:
    balanced, lost = balance(text)
    if lost:
        problem = f"{problem}; {counted(lost, 'item')} without a start skipped"
    return RepairedXml(balanced, problem=problem, lost=lost > 0)


def escape_ampersands(text: str) -> str:
    """Write ampersands that begin no reference as `&amp;`, outside CDATA sections and comments."""
    return outside_of_sections(text, partial(_AMPERSAND.sub, "&amp;")) if "&" in text else text


def declare_prefixes(text: str, root: str) -> str:
    """Declare undeclared prefixes at the root; unknown ones get a namespace of their own."""
    used = set(_PREFIX_USED.findall(text)) | set(_PREFIX_ATTRIBUTE.findall(text))
    missing = sorted(used - set(_PREFIX_DECLARED.findall(text)) - {"xml", "xmlns"})
    if len(missing) > _MAX_PREFIXES:
        return text
    declarations = "".join(f' xmlns:{p}="{_NAMESPACES.get(p, f"urn:undeclared:{p}")}"' for p in missing)
    start = 1 + len(root)
    return text[:start] + declarations + text[start:]


def _problem(text: str) -> str:
    # Without handlers, expat reads more than 200 MB/s.
    parser = expat.ParserCreate("utf-8", " ")
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        return f"not well-formed: {error}"
    return ""
