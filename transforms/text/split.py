"""An entry to its paragraphs: the one function that the text stage is, `split_entry`."""

import re
from dataclasses import dataclass, replace
from typing import Any

from newsbeam.transforms import ids
from newsbeam.transforms.errors import TextError
from newsbeam.transforms.records import DeadLetter, Entry, Paragraph, Story
from newsbeam.transforms.text import boilerplate, dateline, html, language, plain
from newsbeam.transforms.text.blocks import Block
from newsbeam.transforms.text.normalise import decode_entities, fingerprint, tidy

_TEASED = 1_000  # characters of the body, beside the teaser's length, in which a teaser that was retyped begins
_LEADS = 3  # paragraphs among which a dateline begins one
_NOT_LETTERS = re.compile(r"[\W_]+")
_ELLIPSES = ("[…]", "[...]", "(…)", "(...)", "…", "...")


@dataclass(frozen=True)
class TextLimits:
    """What is too much.

    Attributes:
        paragraph_chars: Characters of the longest paragraph that becomes a row.
        paragraphs: Rows of one entry at most.
    """

    paragraph_chars: int = 100_000
    paragraphs: int = 10_000


@dataclass(frozen=True)
class Split:
    """A story, and a dead letter for each paragraph that was too long to be part of it."""

    story: Story
    dead_letters: tuple[DeadLetter, ...] = ()


def split_entry(entry: Entry, limits: TextLimits = TextLimits()) -> Split:
    """Return the paragraphs of `entry` in reading order, and the entry with what its text told.

    The body is `content`; the summary is a row of its own (the first, kind "summary") only if the body doesn't begin
    with it. Taken off the text: widgets and sign-offs (dropped), a dateline (`dateline_place`, `dateline_date`), a line
    "By ..." and "(Reporting by ...)" (`byline`), a copyright line (`copyright`); what the entry already has isn't
    overwritten. `language` is detected where it isn't declared.

    Args:
        entry: With `content_type` "text/html" or "text/plain".
        limits: A paragraph longer than `paragraph_chars` becomes a dead letter (`TextError`); the others go on.
    """
    summary = _summary(entry.summary)
    body = _body(entry) or summary
    repeated = not summary or _contains(body, summary, entry.title)
    if summary and len(body) == 1 and _contains(summary, body, entry.title):
        body = [Block(body[0].text, "summary")]
    told, body = _take_credits(entry, body)
    if not repeated:
        body = [Block(" ".join(block.text for block in summary), "summary"), *body]
    told |= _take_datelines(entry, body)
    kept = [block for block in body if len(block.text) <= limits.paragraph_chars]
    letters = tuple(_dead_letter(entry, block, limits) for block in body if len(block.text) > limits.paragraph_chars)
    if len(kept) > limits.paragraphs:
        letters = (*letters, _too_many(entry, kept, limits))
        kept = kept[: limits.paragraphs]
    code, codes = _languages(entry, kept)
    paragraphs = tuple(_paragraph(entry, at, block, codes[at]) for at, block in enumerate(kept))
    words = sum(len(block.text.split()) - block.text.count(" | ") for block in kept)
    entry = replace(entry, **told, language=code, paragraph_count=len(paragraphs), word_count=words)
    return Split(Story(entry, paragraphs), letters)


def _languages(entry: Entry, blocks: list[Block]) -> tuple[str, list[str]]:
    """Return the language of the entry and of each of its blocks: as declared, else detected."""
    if entry.language:
        return entry.language, [_spoken(block, entry.language) for block in blocks]
    texts = [block.text for block in blocks]
    code = language.detect(" ".join((entry.title, *texts[:3])))
    codes = language.of_paragraphs(texts, code)
    return code, [_spoken(block, own) for block, own in zip(blocks, codes, strict=True)]


def _spoken(block: Block, code: str) -> str:
    """Return the language that a part says it is in, if it is another than `code`."""
    return block.language if block.language[:2].lower() not in ("", code[:2].lower()) else code


def _blocks(source: str, content_type: str) -> list[Block]:
    if not source.strip():
        return []
    if content_type == "text/html":
        return html.blocks(source)
    return plain.blocks(decode_entities(source))


def _body(entry: Entry) -> list[Block]:
    """Return the blocks of the content, without a first heading that only repeats the title."""
    blocks = boilerplate.without_widgets(_blocks(entry.content, entry.content_type))
    repeats = blocks and blocks[0].kind == "heading" and fingerprint(blocks[0].text) == fingerprint(tidy(entry.title))
    return blocks[1:] if repeats else blocks


def _summary(summary: str) -> list[Block]:
    """Return the blocks of a summary, which doesn't say whether it is HTML, all of kind "summary"."""
    is_html = "&" in summary or html.looks_like_html(summary)
    blocks = boilerplate.without_widgets(_blocks(summary, "text/html" if is_html else "text/plain"))
    return [Block(block.text, "summary") for block in blocks]


def _take_credits(entry: Entry, blocks: list[Block]) -> tuple[dict[str, Any], list[Block]]:
    """Return the fields of the entry that first and last lines tell, and the blocks without those lines."""
    blocks, credit, owner = boilerplate.take_sign_off(blocks)
    names, blocks = boilerplate.take_byline(blocks)
    parts = [entry.byline, *(part for part in (names, credit) if part.lower() not in entry.byline.lower())]
    return {"byline": "; ".join(filter(None, parts)), "copyright": entry.copyright or owner}, blocks


def _take_datelines(entry: Entry, blocks: list[Block]) -> dict[str, Any]:
    """Take the dateline off the summary and off the body, in place; return what it tells of the entry.

    The body's is at the head of its first paragraph. One that a date or an agency proves may come a little later, since
    some agencies put a lead above it (dpa).
    """
    told: dict[str, Any] = {}
    published = entry.published or entry.updated
    for kind, most in (("paragraph", _LEADS), ("summary", 1)):
        places = [at for at, block in enumerate(blocks) if block.kind == kind][:most]
        for at in places:
            found = dateline.take_off(blocks[at].text)
            if found and (found.proven or at == places[0]):
                day = dateline.resolve(found, published.date() if published else None, entry.fetched_at.date())
                told.setdefault("dateline_place", entry.dateline_place or found.place)
                told.setdefault("dateline_date", entry.dateline_date or day)
                blocks[at : at + 1] = [blocks[at]._replace(text=found.text)] if found.text else []
                break
    return told


def _contains(body: list[Block], summary: list[Block], title: str) -> bool:
    """Tell whether `body` has the text of `summary`: whole, cut off ("... He said […]"), or after the title."""
    cut = " ".join(_uncut(block.text) for block in summary)
    text = " ".join(block.text for block in body)
    if cut in text:
        return True
    teaser, text = _letters(cut), _letters(text[: 2 * len(cut) + _TEASED])
    return teaser in text or teaser.removeprefix(_letters(title)) in text


def _uncut(text: str) -> str:
    for ellipsis in _ELLIPSES:
        text = text.removesuffix(ellipsis).rstrip()
    return text


def _letters(text: str) -> str:
    return _NOT_LETTERS.sub("", text).lower()


def _paragraph(entry: Entry, position: int, block: Block, code: str) -> Paragraph:
    mark = fingerprint(block.text)
    return Paragraph(
        paragraph_id=ids.paragraph_id(entry.entry_id, entry.version, position, mark),
        entry_id=entry.entry_id,
        entry_version=entry.version,
        position=position,
        text=block.text,
        kind=block.kind,
        language=code,
        fingerprint=mark,
    )


def _too_many(entry: Entry, blocks: list[Block], limits: TextLimits) -> DeadLetter:
    message = f"entry {entry.entry_id} has {len(blocks):,} paragraphs, at most {limits.paragraphs:,} are rows"
    rest = "\n\n".join(block.text for block in blocks[limits.paragraphs :])
    return DeadLetter.of_entry(entry, "text", TextError.__name__, message, rest.encode("utf-8", "surrogatepass"))


def _dead_letter(entry: Entry, block: Block, limits: TextLimits) -> DeadLetter:
    length, most = f"{len(block.text):,}", f"{limits.paragraph_chars:,}"
    message = f"entry {entry.entry_id} has a paragraph of {length} characters, {most} is the most"
    return DeadLetter.of_entry(entry, "text", TextError.__name__, message, block.text.encode("utf-8", "surrogatepass"))
