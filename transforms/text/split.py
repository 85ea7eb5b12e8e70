"""An entry to its paragraphs: the one function that the text stage is, `split_entry`."""

import re
from dataclasses import dataclass, replace
from typing import Any

from newsbeam.transforms import ids
from newsbeam.transforms.errors import TextError
from newsbeam.transforms.records import DeadLetter, Entry, Paragraph, Story
from newsbeam.transforms.text import boilerplate, byline, dateline, html, language, plain, signoff
from newsbeam.transforms.text.blocks import Block
from newsbeam.transforms.text.normalise import decode_entities, fingerprint, tidy

_TEASED = 1_000  # characters of the body, beside the teaser's length, in which a teaser that was retyped begins
_LEADS = 8  # paragraphs among which a dateline begins one
_BEGINNING = 40  # letters of a paragraph by which it is found in the summary
_TAG = re.compile(r"<[^<>]*>")
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
    "By ...", "(Reporting by ...)" and the agency that signs (`byline`, beside what the entry has), a copyright line
    (`copyright`, if the entry has none). `language` is detected where it isn't declared.

    Args:
        entry: With `content_type` "text/html" or "text/plain".
        limits: A paragraph longer than `paragraph_chars` becomes a dead letter (`TextError`); the others go on.
    """
    raw_summary, raw_body = _blocks_of_summary(entry.summary), _blocks(entry.content, entry.content_type)
    summary = [Block(block.text, "summary") for block in boilerplate.without_widgets(raw_summary)]
    body = _without_title(boilerplate.without_widgets(raw_body), entry.title) or summary
    repeated = not summary or _contains(body, summary, entry.title) or _is_source(entry, body, raw_summary, raw_body)
    if summary and len(body) == 1 and _contains(summary, body, entry.title):
        body = [Block(body[0].text, "summary")]
    told, body = _take_credits(entry, body)
    if not repeated:
        body = [Block(" ".join(block.text for block in summary), "summary"), *body]
    told |= _take_datelines(entry, body)
    agency = told.pop("agency", "")
    if agency and not told["byline"]:
        told["byline"] = agency
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


def _without_title(blocks: list[Block], title: str) -> list[Block]:
    """Return `blocks` without a first heading that only repeats the title."""
    repeats = blocks and blocks[0].kind == "heading" and fingerprint(blocks[0].text) == fingerprint(tidy(title))
    return blocks[1:] if repeats else blocks


def _blocks_of_summary(summary: str) -> list[Block]:
    """Return the blocks of a summary, which doesn't say whether it is HTML."""
    is_html = "&" in summary or html.looks_like_html(summary)
    return _blocks(summary, "text/html" if is_html else "text/plain")


def _take_credits(entry: Entry, blocks: list[Block]) -> tuple[dict[str, Any], list[Block]]:
    """Return the fields of the entry that first and last lines tell, and the blocks without those lines."""
    blocks, credit, owner = signoff.take_sign_off(blocks)
    names, blocks = byline.take_byline(blocks, entry.authors)
    known = f"{entry.byline}\n{entry.source}".lower()
    parts = [entry.byline, *(part for part in (names, credit) if part.lower() not in known)]
    return {"byline": "; ".join(filter(None, parts)), "copyright": entry.copyright or owner}, blocks


def _take_datelines(entry: Entry, blocks: list[Block]) -> dict[str, Any]:
    """Take the dateline off the summary and off the body, in place; return what it tells of the entry.

    The body's is at the head of its first paragraph. One that a date or an agency proves may come a little later, since
    some agencies put a lead above it (dpa). The place in the text is where the story is from; that of the metadata,
    which can be the desk's, stands only where the text has none.
    """
    told: dict[str, Any] = {}
    published = entry.published or entry.updated
    for kind, most in (("paragraph", _LEADS), ("summary", 1)):
        places = [at for at, block in enumerate(blocks) if block.kind == kind][:most]
        for at in places:
            found = _dateline(blocks, at, is_first=at == places[0])
            if found:
                day = dateline.resolve(found, published.date() if published else None, entry.fetched_at.date())
                told.setdefault("dateline_place", found.place or entry.dateline_place)
                told.setdefault("dateline_date", day or entry.dateline_date)
                told.setdefault("agency", found.agency)
                blocks[at : at + 1] = [blocks[at]._replace(text=found.text)] if found.text else []
                break
    return told


def _dateline(blocks: list[Block], at: int, is_first: bool) -> dateline.Dateline | None:
    found = dateline.take_off(blocks[at].text)
    if not found or (not is_first and not (found.proven and found.place)):
        return None
    if not found.proven and any(dateline.is_listed(block.text) for block in blocks[at + 1 :]):
        return None  # a list of places, each with its line
    return found


def _contains(body: list[Block], summary: list[Block], title: str) -> bool:
    """Tell whether `body` has the text of `summary`: whole, cut off ("... He said […]"), or after the title."""
    cut = " ".join(_uncut(block.text) for block in summary)
    text = " ".join(block.text for block in body)
    if cut in text:
        return True
    teaser, text = _letters(cut), _letters(text[: 2 * len(cut) + _TEASED])
    return teaser in text or teaser.removeprefix(_letters(title)) in text


def _is_source(entry: Entry, body: list[Block], raw_summary: list[Block], raw_body: list[Block]) -> bool:
    """Tell whether the summary is what the body was made of, or was made of it before widgets were dropped."""
    if not entry.content.strip() or entry.summary.strip() == entry.content.strip():
        return True
    told = _letters(" ".join(block.text for block in raw_summary))
    if not any(_letters(block.text)[:_BEGINNING] in told for block in body[:_LEADS]):
        return False  # nothing of it is in a row
    words = [Block(_without_tags(entry.content))]
    return any(_contains(whole, raw_summary, entry.title) for whole in (raw_body, words))


def _without_tags(source: str) -> str:
    """Return all the words of a content, also those that aren't for readers: summaries are made of them."""
    return decode_entities(_TAG.sub(" ", source))


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
