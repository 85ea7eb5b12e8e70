"""Mends XML that is almost well-formed, so that a strict parser reads it; finds out where truncated XML is whole.

Expat judges (without handlers it reads 200 MB/s and more), and only what it refuses is mended: control characters,
bare ampersands, the named characters of HTML, prefixes nobody declared, junk behind the root, a missing end.
"""

import html.entities
import re
from dataclasses import dataclass
from xml.parsers import expat

from newsbeam.transforms.errors import ParseError

# XML 1.0 2.2: no control characters but tab, line feed and carriage return; no surrogates; no U+FFFE, U+FFFF.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile(r"&#(?:[xX]([0-9a-fA-F]{1,8})|([0-9]{1,9}));")
_SURROGATE_PAIR = re.compile(
    r"&#(?:[xX]([dD][89abAB][0-9a-fA-F]{2})|(5[56]\d{3}));&#(?:[xX]([dD][c-fC-F][0-9a-fA-F]{2})|(5[67]\d{3}));"
)
_AMPERSAND = re.compile(r"&(?:([A-Za-z][A-Za-z0-9]{0,31});|(?!#[0-9]|#[xX][0-9a-fA-F]))")
_CDATA = re.compile(r"(<!\[CDATA\[.*?\]\]>)", re.DOTALL)
_XML_NAMES = {"amp", "lt", "gt", "quot", "apos"}
_ENTRY_END = re.compile(r"</(?:[\w.\-]+:)?(?:item|entry|newsItem|packageItem)\s*>", re.IGNORECASE)
_PREFIX_USED = re.compile(r"</?([A-Za-z_][\w.\-]*):")
_PREFIX_ATTRIBUTE = re.compile(r"\s([A-Za-z_][\w.\-]*):[\w.\-]+\s*=")
_PREFIX_DECLARED = re.compile(r"\bxmlns:([\w.\-]+)\s*=")
# What the prefixes mean that feeds use without declaring them.
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

# More than any feed has; each costs expat time at every element.
_MOST_PREFIXES = 64


def first_entries(text: str, most: int | None) -> tuple[str, int]:
    """Return a feed up to the end of its entry number `most`, and how many ends of entries it has in all.

    To read entries that are left out anyway takes a second for each 3,000. A feed that has no more comes as it is.
    """
    ends = [match.end() for match in _ENTRY_END.finditer(text)]
    return (text if most is None or len(ends) <= most else text[: ends[most - 1]]), len(ends)


@dataclass(frozen=True)
class Mended:
    """XML after `mend`.

    Attributes:
        text: From the root's "<" to its ">".
        truncated: The end was missing; `text` ends with the last complete entry.
        problem: What is still not well-formed about `text`, or "".
    """

    text: str
    truncated: bool = False
    problem: str = ""


def strip_controls(text: str) -> tuple[str, int]:
    """Remove the characters that XML forbids, written as such or as references; return the text and how many."""
    text, count = _ILLEGAL.subn("", text)
    if "&#" not in text:
        return text, count
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


def mend(text: str, root: str) -> Mended:
    """Return XML that a strict parser reads, or say why not.

    Args:
        text: XML from its root element on, without document type and control characters.
        root: The root's name as written.

    Raises:
        ParseError: The document is truncated and no entry in it is complete.
    """
    end = text.rfind(f"</{root}")
    whole = end >= 0 and text.find(">", end) >= 0
    if whole:
        text = text[: text.index(">", end) + 1]
    problem = _problem(text)
    if not problem:
        return Mended(text)
    text = declare_prefixes(escape_ampersands(text), root)
    if not whole:
        return _cut(text)
    return Mended(text, problem=_problem(text))


def escape_ampersands(text: str) -> str:
    """Write named characters of HTML as themselves and bare ampersands as `&amp;`, outside of CDATA sections."""
    if "&" not in text:
        return text
    pieces = _CDATA.split(text)
    pieces[::2] = [_AMPERSAND.sub(_escape, piece) for piece in pieces[::2]]
    return "".join(pieces)


def _escape(match: re.Match[str]) -> str:
    name = match[1]
    if name in _XML_NAMES:
        return match[0]
    character = html.entities.html5.get(f"{name};") if name else None
    return character if character else f"&amp;{match[0][1:]}"


def declare_prefixes(text: str, root: str) -> str:
    """Declare at the root the prefixes that nothing declares; those we don't know get a namespace of their own."""
    used = set(_PREFIX_USED.findall(text)) | set(_PREFIX_ATTRIBUTE.findall(text))
    missing = sorted(used - set(_PREFIX_DECLARED.findall(text)) - {"xml", "xmlns"})
    if len(missing) > _MOST_PREFIXES:
        return text
    declarations = "".join(f' xmlns:{p}="{_NAMESPACES.get(p, f"urn:undeclared:{p}")}"' for p in missing)
    start = 1 + len(root)
    return text[:start] + declarations + text[start:]


def _cut(text: str) -> Mended:
    """End a truncated document behind its last complete entry."""
    ends = [match.end() for match in _ENTRY_END.finditer(text)]
    if not ends:
        raise ParseError("truncated, and no entry in it is complete")
    text = text[: ends[-1]]
    text += "".join(f"</{name}>" for name in reversed(_open_elements(text)))
    return Mended(text, truncated=True, problem=_problem(text))


def _open_elements(text: str) -> list[str]:
    """Return the names of the elements that are open at the end of `text`, as far as it is well-formed."""
    stack: list[str] = []
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = lambda name, _: stack.append(name)
    parser.EndElementHandler = lambda _: stack.pop()
    try:
        parser.Parse(text.encode(), False)
    except expat.ExpatError:
        return []
    return stack


def _problem(text: str) -> str:
    parser = expat.ParserCreate("utf-8", " ")
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        return f"not well-formed: {error}"
    return ""
