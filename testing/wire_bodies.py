"""How much of the text of NewsML-G2 stories arrives in paragraphs, and whether any is glued or doubled.

The text that should arrive is read here from the files by rules of their own: all text of the body elements of XHTML
and NITF, cut where a block-level element starts or ends (a line break ends none). Only letters and digits are compared,
since white space, quotes and dashes are tidied on the way. What the text stage moves into a field (a dateline, a
byline, the headline that a page repeats) is kept too, if that field of the entry has it.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from lxml import etree

from newsbeam.transforms.parse.result import ParseLimits
from newsbeam.transforms.parse.wire.newsmlg2 import parse_newsmlg2
from newsbeam.transforms.records import Document, Entry, Paragraph
from newsbeam.transforms.text.split import split_entry

_NAMESPACE = "{http://iptc.org/std/nar/2006-10-01/}"
_BLOCK = re.compile(
    "address|article|aside|blockquote|body|body[.]content|bq|caption|center|d[dlt]|div|figcaption|figure|fn|footer|h[1-6]"
    "|header|hl2|hr|li|main|media(?:-caption|-producer)?|nav|note|[ou]l|p|pre|section|table|t[dhr]"
)
_CLOCK = datetime(2026, 1, 1, tzinfo=UTC)
_NOT_LETTERS = re.compile(r"[\W_]+")
_LONG = 20  # letters: a shorter block may stand in another by chance


@dataclass(frozen=True)
class BodyText:
    """The text bodies, compared with the paragraphs.

    Attributes:
        stories: News items with a text body.
        characters: Letters and digits in these bodies.
        kept: Of those, the ones in a paragraph or a field of the entry.
        glued: Pairs of neighbouring blocks that are in one paragraph.
        doubled: Blocks that are in more paragraphs than the body has them.
        lost: What was not kept, with its file.
    """

    stories: int
    characters: int
    kept: int
    glued: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


def body_text_kept(shared: Path) -> BodyText:
    """Compare the text of all NewsML-G2 items below `shared`/newswire with the paragraphs that are made of it."""
    results = [
        _compare(f"{path.stem}: ", blocks, *story)
        for path in sorted((shared / "newswire").rglob("*.xml"))
        for blocks, story in _stories(path)
    ]
    return BodyText(
        stories=len(results),
        characters=sum(result.characters for result in results),
        kept=sum(result.kept for result in results),
        glued=tuple(text for result in results for text in result.glued),
        doubled=tuple(text for result in results for text in result.doubled),
        lost=tuple(text for result in results for text in result.lost),
    )


def _stories(path: Path) -> Iterator[tuple[list[str], tuple[Entry, tuple[Paragraph, ...]]]]:
    """Yield the blocks of each body in a file, as letters, and the entry with its paragraphs."""
    data = path.read_bytes()
    if _NAMESPACE[1:-1].encode() not in data:
        return
    root = etree.fromstring(data, etree.XMLParser(remove_comments=True, remove_pis=True))
    items = [item for item in root.iter(f"{_NAMESPACE}newsItem") if item.find(f"{_NAMESPACE}contentSet") is not None]
    bodies = {item.get("guid"): [block for body in _bodies(item) for block in _blocks(body)] for item in items}
    if not any(bodies.values()):
        return
    entries = parse_newsmlg2(Document(str(path), data, _CLOCK, "wire", str(path)), ParseLimits()).entries
    for entry in entries:
        if blocks := bodies.get(entry.guid):
            story = split_entry(entry).story
            yield blocks, (story.entry, story.paragraphs)


def _bodies(item: etree._Element) -> Iterator[etree._Element]:
    """Yield the elements that hold text: bodies of XHTML and NITF, else what stands in inlineXML as a fragment."""
    for inline in item.iter(f"{_NAMESPACE}inlineXML"):
        found = [each for each in inline.iter() if _name(each) in ("body", "body.content")]
        texts = [each for each in found if not any(_name(child).startswith("body.") for child in each)]
        if not texts and any(map(_is_block, inline)):
            texts = [inline]
        yield from texts


def _name(element: etree._Element) -> str:
    return str(etree.QName(element).localname)


def _is_block(element: etree._Element) -> bool:
    return _BLOCK.fullmatch(_name(element)) is not None


def _blocks(body: etree._Element) -> list[str]:
    """Return the text between two starts or ends of block-level elements, each as letters.

    Not in it: the time and the keywords in the header that dpa puts on a page. They are not of the text.
    """
    runs = [""]
    skipped: list[etree._Element] = []
    for event, element in etree.iterwalk(body, events=("start", "end")):
        is_block = _is_block(element)
        if event == "start":
            if _is_page_header(element):
                skipped.append(element)
            runs += [""] if is_block else []
            runs[-1] += "" if skipped else element.text or ""
        else:
            if skipped and skipped[-1] is element:
                skipped.pop()
            runs += [""] if is_block else []
            if element is not body and not skipped:
                runs[-1] += element.tail or ""
    return [letters for run in runs if (letters := _letters(run))]


def _is_page_header(element: etree._Element) -> bool:
    return (_name(element), element.get("class")) in (("time", "publicationDate"), ("ul", "slugline"))


def _letters(text: str) -> str:
    return _NOT_LETTERS.sub("", text).lower()


def _compare(file: str, blocks: list[str], entry: Entry, paragraphs: tuple[Paragraph, ...]) -> BodyText:
    rows = [_letters(paragraph.text) for paragraph in paragraphs]
    lost = [rest for block in blocks if (rest := _missing(block, rows, _fields(entry)))]
    pairs = [one + two for one, two in pairwise(blocks)]
    texts = [row for row, paragraph in zip(rows, paragraphs, strict=True) if paragraph.kind != "table"]
    glued = [pair for pair in pairs if any(pair in text for text in texts)]
    doubled = [
        block
        for block in Counter(blocks)
        if len(block) >= _LONG and sum(block in row for row in rows) > sum(block in other for other in blocks)
    ]
    characters = sum(map(len, blocks))
    return BodyText(
        stories=1,
        characters=characters,
        kept=characters - sum(map(len, lost)),
        glued=tuple(file + text for text in glued),
        doubled=tuple(file + text for text in doubled),
        lost=tuple(file + text for text in lost),
    )


def _missing(block: str, rows: list[str], fields: list[str]) -> str:
    """Return what is missing of a block: it is neither in a paragraph nor, before or after one, in the fields."""
    if any(block in row for row in rows):
        return ""
    part = max((row for row in rows if row in block), key=len, default="")
    before, _, behind = block.partition(part) if part else (block, "", "")
    rest = before + behind
    for field in fields:
        rest = rest.replace(field, "", 1)
    return rest


def _fields(entry: Entry) -> list[str]:
    """Return the fields that text can be moved to, as letters, the longest first."""
    day = entry.dateline_date
    dates = [f"{day:%B}{day.day}", f"{day:%b}{day.day}", f"{day.day}{day:%B}", f"{day.day}{day:%b}"] if day else []
    bylines = [f"{by} {entry.byline}" for by in ("By", "Von", "Par", "Por", "") if entry.byline]  # it has lost its "By"
    texts = [entry.title, entry.subtitle, entry.summary, *bylines, entry.dateline_place, entry.copyright, *dates]
    return sorted(filter(None, map(_letters, (*texts, *entry.authors, entry.provider))), key=len, reverse=True)
