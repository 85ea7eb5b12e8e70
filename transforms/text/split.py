"""Splits an entry into its paragraphs: `split_entry` is the text stage."""

import re
from dataclasses import dataclass, replace
from typing import Any

from newsbeam.transforms import ids
from newsbeam.transforms.common.picture_credits import picture_credit
from newsbeam.transforms.common.wording import fingerprint
from newsbeam.transforms.errors import TextError
from newsbeam.transforms.records import DeadLetter, Entry, Paragraph, Story
from newsbeam.transforms.text import boilerplate, byline, dateline, html, language, signoff, tags
from newsbeam.transforms.text.agency import claimed_agency
from newsbeam.transforms.text.block import Block
from newsbeam.transforms.text.content import blocks_of
from newsbeam.transforms.text.exported import exported_blocks
from newsbeam.transforms.text.normalise import decode_entities, letters_and_digits, squeeze, tidy

_TEASER_MARGIN = 1_000  # characters of the body after the teaser's length in which an edited teaser can begin
_DATELINE_PARAGRAPHS = 8  # paragraphs at the beginning that can have the dateline
_PREFIX_LETTERS = 40  # of a paragraph, by which it is found in the summary
_TAG = re.compile(r"<[^<>]*>")
_ELLIPSES = ("[…]", "[...]", "(…)", "(...)", "…", "...")


@dataclass(frozen=True)
class TextLimits:
    """Limits of an entry's paragraphs.

    Attributes:
        paragraph_chars: The most characters of a paragraph.
        paragraphs: The most paragraphs of an entry.
    """

    paragraph_chars: int = 100_000
    paragraphs: int = 10_000


@dataclass(frozen=True)
class Split:
    """A story, and dead letters for paragraphs beyond the limits."""

    story: Story
    dead_letters: tuple[DeadLetter, ...] = ()


def split_entry(entry: Entry, limits: TextLimits = TextLimits()) -> Split:
    """Return the paragraphs of `entry` in reading order, and the entry with the metadata extracted from its text.

    The body is `content`. The summary is a paragraph of its own (the first, kind "summary") only if the body doesn't
    begin with it. Boilerplate and sign-offs are removed. A dateline (`dateline_place`, `dateline_date`), a line "By
    ...", "(Reporting by ...)", the signature of an agency (`byline`, added to the entry's own), a copyright line
    (`copyright`, if the entry has none) and a line of tags (added to `categories`) are extracted. `language` is that of
    the text where it is long enough, else the declared one. Paragraphs of a feed that newsbeam
    exported stay as they are.

    Args:
        entry: With `content_type` "text/html" or "text/plain".
        limits: A paragraph longer than `paragraph_chars`, and the text after `paragraphs` paragraphs, become dead
            letters (`TextError`); the others go on.
    """
    exported = exported_blocks(entry.content)
    if exported is not None:
        return _split(entry, exported, limits)
    metadata, body = _read(entry)
    agency = metadata.pop("agency", "")
    return _split(replace(entry, **metadata), body, limits, agency)


def _read(entry: Entry) -> tuple[dict[str, Any], list[Block]]:
    """Return the metadata extracted from an entry's text, with the `agency` that signs it, and its paragraphs."""
    raw_summary, raw_body = _blocks_of_summary(entry.summary), blocks_of(entry.content, entry.content_type)
    summary = [_as_summary(block) for block in boilerplate.without_boilerplate(raw_summary)]
    body = _without_title(boilerplate.without_boilerplate(raw_body), entry.title) or summary
    repeated = (
        not summary or _contains(body, summary, entry.title) or _has_same_source(entry, body, raw_summary, raw_body)
    )
    if summary and len(body) == 1 and _contains(summary, body, entry.title):
        body = [_as_summary(body[0])]
    metadata, body = _extract_credits(entry, body)
    if not repeated:
        body = [Block(squeeze(" ".join(block.text for block in summary)), "summary"), *body]
    # After the summary is in its place: a dateline is stripped from it, too.
    metadata |= _extract_datelines(entry, body)
    alone = metadata.pop("agency_alone", "")
    metadata["byline"] = metadata["byline"] or alone
    return metadata, body


def _split(entry: Entry, body: list[Block], limits: TextLimits, agency: str = "") -> Split:
    """Return the story of an entry and its blocks, as far as they are within the limits."""
    kept = [block for block in body if len(block.text) <= limits.paragraph_chars]
    dead_letters = tuple(
        _dead_letter(entry, block, limits) for block in body if len(block.text) > limits.paragraph_chars
    )
    if len(kept) > limits.paragraphs:
        dead_letters = (*dead_letters, _too_many(entry, kept, limits))
        kept = kept[: limits.paragraphs]
    code, codes = _languages(entry, kept)
    entry = replace(entry, language=code, paragraph_count=len(kept))
    agency = claimed_agency(entry, agency)
    paragraphs = tuple(_paragraph(entry, at, block, codes[at], agency) for at, block in enumerate(kept))
    words = sum(paragraph.word_count for paragraph in paragraphs)
    return Split(Story(replace(entry, word_count=words), paragraphs), dead_letters)


def _as_summary(block: Block) -> Block:
    """Return a block of a summary; one with line breaks stays a table, or code."""
    return Block(block.text, block.kind if block.kind in ("table", "code") else "summary")


def _languages(entry: Entry, blocks: list[Block]) -> tuple[str, list[str]]:
    """Return the language of the entry and of each of its blocks, from the text; what is declared is a prior."""
    # A part that its markup gives another language says nothing of the others, unless most of the text is in it.
    own = [block for block in blocks if not block.language] or blocks
    tag, tags = language.languages(entry.title, [block.text for block in own], entry.language)
    found = {id(block): code for block, code in zip(own, tags, strict=True)}
    codes = [
        language.of_part(block.text, block.language, tag) if block.language else found[id(block)] for block in blocks
    ]
    return language.of_most([block.text for block in blocks], codes, tag), codes


def _without_title(blocks: list[Block], title: str) -> list[Block]:
    """Return `blocks` without a first heading that repeats the title."""
    repeats = blocks and blocks[0].kind == "heading" and fingerprint(blocks[0].text) == fingerprint(tidy(title))
    return blocks[1:] if repeats else blocks


def _blocks_of_summary(summary: str) -> list[Block]:
    """Return the blocks of a summary, whose type is not declared."""
    is_html = "&" in summary or html.looks_like_html(summary)
    return blocks_of(summary, "text/html" if is_html else "text/plain")


def _extract_credits(entry: Entry, blocks: list[Block]) -> tuple[dict[str, Any], list[Block]]:
    """Return the entry's fields from the first and last lines, and the blocks without those lines."""
    found, blocks = tags.extract_tags(_without_picture_credits(entry, blocks))
    blocks, credit, owner = signoff.extract_sign_off(blocks)
    names, blocks = byline.extract_byline(blocks, entry.authors)
    known = f"{entry.byline}\n{entry.source}".lower()
    parts = [entry.byline, *(part for part in (names, credit) if part.lower() not in known)]
    own = {category.casefold() for category in entry.categories}
    categories = (*entry.categories, *(name for name in found if name.casefold() not in own))
    fields = {"byline": "; ".join(filter(None, parts)), "copyright": entry.copyright or owner, "categories": categories}
    return fields, blocks


def _without_picture_credits(entry: Entry, blocks: list[Block]) -> list[Block]:
    """Return `blocks` without the lines that credit a picture with what its row in `media` says."""
    known = {media.credit for media in entry.media if media.credit}
    return [block for block in blocks if not known or picture_credit(block.text) not in known]


def _extract_datelines(entry: Entry, blocks: list[Block]) -> dict[str, Any]:
    """Strip the dateline from the summary and the body, in place; return the entry's fields from it.

    The body's is at the beginning of its first paragraph. One with a date or an agency may come a little later, since
    some agencies put a lead before it (dpa). The place in the text is where the story is from, and replaces that of the
    entry's metadata, which can be the desk's.
    """
    metadata: dict[str, Any] = {}
    published = entry.published or entry.updated
    for kind, at_most in (("paragraph", _DATELINE_PARAGRAPHS), ("summary", 1)):
        places = [at for at, block in enumerate(blocks) if block.kind == kind][:at_most]
        for at in places:
            found = _dateline(blocks, at, is_first=at == places[0])
            if found:
                day = dateline.resolve(found, published.date() if published else None, entry.fetched_at.date())
                metadata.setdefault("dateline_place", found.place or entry.dateline_place)
                metadata.setdefault("dateline_date", day or entry.dateline_date)
                metadata.setdefault("agency", found.agency)
                metadata.setdefault("agency_alone", "" if found.place else found.agency)
                blocks[at : at + 1] = [blocks[at]._replace(text=found.text)] if found.text else []
                break
    return metadata


def _dateline(blocks: list[Block], at: int, is_first: bool) -> dateline.Dateline | None:
    found = dateline.extract_dateline(blocks[at].text)
    if not found or (not is_first and not (found.proven and found.place)):
        return None
    if not found.proven and any(dateline.is_list_item(block.text) for block in blocks[at + 1 :]):
        return None  # a list of places, each with a line
    return found


def _contains(body: list[Block], summary: list[Block], title: str) -> bool:
    """Return whether `body` has the text of `summary`: whole, truncated ("... He said […]"), or after the title."""
    cut = " ".join(_without_ellipsis(block.text) for block in summary)
    text = " ".join(block.text for block in body)
    if cut in text:
        return True
    teaser, text = _comparable(cut), _comparable(text[: 2 * len(cut) + _TEASER_MARGIN])
    return teaser in text or teaser.removeprefix(_comparable(title)) in text


def _has_same_source(entry: Entry, body: list[Block], raw_summary: list[Block], raw_body: list[Block]) -> bool:
    """Return whether the body was made from the summary, or the summary from the body with its boilerplate."""
    if not entry.content.strip() or entry.summary.strip() == entry.content.strip():
        return True
    summary = _comparable(" ".join(block.text for block in raw_summary))
    if not any(_comparable(block.text)[:_PREFIX_LETTERS] in summary for block in body[:_DATELINE_PARAGRAPHS]):
        return False  # no part of the summary would be in a row
    words = [Block(_without_tags(entry.content))]
    return any(_contains(whole, raw_summary, entry.title) for whole in (raw_body, words))


def _without_tags(source: str) -> str:
    """Return all words of the content, also those not displayed: some summaries are made from them."""
    return decode_entities(_TAG.sub(" ", source))


def _without_ellipsis(text: str) -> str:
    for ellipsis in _ELLIPSES:
        text = text.removesuffix(ellipsis).rstrip()
    return text


def _comparable(text: str) -> str:
    return letters_and_digits(text).lower()


def _paragraph(entry: Entry, position: int, block: Block, code: str, agency: str) -> Paragraph:
    text_hash = fingerprint(block.text)
    return Paragraph(
        paragraph_id=ids.paragraph_id(entry.entry_id, entry.version, position, text_hash),
        entry_id=entry.entry_id,
        entry_version=entry.version,
        position=position,
        text=block.text,
        kind=block.kind,
        language=code,
        fingerprint=text_hash,
        word_count=len(block.text.split()) - block.text.count(" | "),
        agency=agency,
    )


def _too_many(entry: Entry, blocks: list[Block], limits: TextLimits) -> DeadLetter:
    count, limit = f"{len(blocks):,}", f"{limits.paragraphs:,}"
    message = f"entry {entry.entry_id} has {count} paragraphs; those after {limit} are left out (limits.paragraphs)"
    rest = "\n\n".join(block.text for block in blocks[limits.paragraphs :])
    return DeadLetter.of_entry(entry, "text", TextError.__name__, message, rest.encode("utf-8", "surrogatepass"))


def _dead_letter(entry: Entry, block: Block, limits: TextLimits) -> DeadLetter:
    length, limit = f"{len(block.text):,}", f"{limits.paragraph_chars:,}"
    message = f"entry {entry.entry_id}: a paragraph of {length} characters is left out (limits.paragraph: {limit})"
    return DeadLetter.of_entry(entry, "text", TextError.__name__, message, block.text.encode("utf-8", "surrogatepass"))
