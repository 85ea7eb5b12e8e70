"""What decisions on relations need of a story: some 50 bytes a paragraph, without its text."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b

from newsbeam.transforms.dedup.order import NEVER, believed_date, canonical_order
from newsbeam.transforms.ids import paragraph_id
from newsbeam.transforms.newsroom.agencies import helping_agencies, own_agency
from newsbeam.transforms.records import Entry, KnownStory, Paragraph, Story

HASH_BYTES = 8
OWN, EXACT, NEAR, CONTAINED, UPDATE, LONGER = range(6)  # LONGER is an update that only adds words
KIND, CODE, QUOTED, FRAGMENT = 7, 8, 16, 32
"""A byte of `KnownStory.kinds`: the kind in three bits, then whether the paragraph is code, stands in quotation marks,
and is a few words that are not a sentence."""

_KINDS = {"exact": EXACT, "near": NEAR, "contained": CONTAINED}
_OPENING = tuple("\"“”„«»‹›「『‘'")
_CLOSING = re.compile(r"[\"“”»«›‹」』]")
_MOST_QUOTED = 0.6  # of a paragraph's characters
_FEW_WORDS = 8
_SENTENCE_END = re.compile(r"[.!?…。！？؟।][\"'”’»)\]]{0,3}$")


@dataclass(frozen=True)
class LightStory:
    """A new story.

    Attributes:
        order: Its place among others (`canonical_order`).
        known: What later stories need of it; its story is not decided yet.
        words: The words of each paragraph.
        others: The paragraph_id of each paragraph that one of its own is a copy or an update of.
    """

    order: tuple[tuple[datetime, datetime], str, int]
    known: KnownStory
    words: tuple[int, ...]
    others: tuple[str, ...] = ()


def light_story(story: Story) -> LightStory:
    """Return what decisions need of a story whose copies and updates are marked."""
    entry, paragraphs = story.entry, story.paragraphs
    agency = paragraphs[0].agency if paragraphs else ""
    known = KnownStory(
        entry.entry_id,
        entry.version,
        entry.source,
        event_time(entry),
        "",
        entry.story_keys,
        agency,
        bool(agency) and agency == own_agency(entry),
        helping_agencies(entry),
        0,
        b"".join(bytes.fromhex(paragraph.fingerprint[: 2 * HASH_BYTES]) for paragraph in paragraphs),
        b"".join(id_hash(_other(paragraph) or paragraph.paragraph_id) for paragraph in paragraphs),
        bytes(map(_kind, paragraphs)),
    )
    others = tuple(dict.fromkeys(filter(None, map(_other, paragraphs))))
    return LightStory(canonical_order(entry), known, tuple(paragraph.word_count for paragraph in paragraphs), others)


def known_paragraphs(story: Story) -> list[KnownStory]:
    """Return the paragraphs of a decided story, each alone, since each may be of another agency."""
    return [
        replace(
            light_story(Story(story.entry, (paragraph,))).known,
            story_id=story.entry.story_id,
            story_keys=b"",
            position=paragraph.position,
            origin=paragraph.origin_paragraph,
        )
        for paragraph in story.paragraphs
    ]


def event_time(entry: Entry) -> datetime:
    """Return when an entry was published, as far as that is believed, else fetched."""
    published = believed_date(entry)[0]
    return entry.fetched_at if published == NEVER else min(published, entry.fetched_at)


def id_hash(paragraph_id: str) -> bytes:
    """Return 8 bytes of a hash of a paragraph_id."""
    return blake2b(paragraph_id.encode(), digest_size=HASH_BYTES).digest()


def id_at(known: KnownStory, place: int) -> str:
    """Return the paragraph_id of a paragraph of a story."""
    start = place * HASH_BYTES
    return paragraph_id(
        known.entry_id, known.entry_version, known.position + place, known.prints[start : start + HASH_BYTES].hex()
    )


def _other(paragraph: Paragraph) -> str:
    return paragraph.duplicate_of or paragraph.update_of


def _kind(paragraph: Paragraph) -> int:
    kind = _KINDS.get(paragraph.duplicate_kind or "", OWN)
    if paragraph.update_of:
        kind = UPDATE if any(change.old for change in paragraph.changed) else LONGER
    code = CODE if paragraph.kind == "code" else 0
    return kind | code | (QUOTED if _is_quoted(paragraph) else 0) | (FRAGMENT if _is_fragment(paragraph) else 0)


def _is_quoted(paragraph: Paragraph) -> bool:
    if paragraph.kind == "quote":
        return True
    text = paragraph.text
    if not text.startswith(_OPENING):
        return False
    ends = [found.end() for found in _CLOSING.finditer(text, 1)]
    return bool(ends) and ends[-1] >= _MOST_QUOTED * len(text)


def _is_fragment(paragraph: Paragraph) -> bool:
    return paragraph.word_count < _FEW_WORDS and not _SENTENCE_END.search(paragraph.text[-8:])
