"""Ids: hex strings that are hashes of content, independent of clock and random numbers."""

import re
import unicodedata
from hashlib import blake2b

from newsbeam.transforms.records import DeadLetter, Entry

# 96 bits: two of a billion entries have the same id with a probability of 10^-11.
ENTRY_ID_BYTES = 12
ENTITY_ID_BYTES = 12
FINGERPRINT_BYTES = 16
DEAD_LETTER_KEY = ("stage", "error", "message", "source", "uri")
"""The fields of a dead letter that its id depends on, besides the payload."""

_BEGINNING = re.compile(r"(?:feed:)?(?:https?:)?//(?:[^/@?#]{0,200}@)?(?:www\.)?(?P<host>[^/?#]{1,300})", re.IGNORECASE)
_DEFAULT_PORT = re.compile(r":(?:80|443)?$")


def digest(*parts: str | bytes, size: int = FINGERPRINT_BYTES) -> str:
    """Return the BLAKE2b hash of `parts` as `2 * size` hex characters.

    Each part is prefixed with its length, so ("ab", "c") and ("a", "bc") differ.
    """
    # Not `hash`, which differs from process to process, and faster than SHA-256 in software.
    state = blake2b(digest_size=size)
    for part in parts:
        # Lone surrogates of JSON: an id has to exist for each text, and plain UTF-8 would raise.
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        state.update(len(data).to_bytes(8, "little"))
        state.update(data)
    return state.hexdigest()


def address(url: str) -> str:
    """Return a web address without the parts that change when a site moves to https or drops `www.`.

    These are the scheme, user name, default port and `www.`. The rest stays as it is, except for a slash at the end.
    Strings that are not web addresses are returned unchanged.
    """
    match = _BEGINNING.match(url)
    if not match:
        return url
    # Only the host ignores case (RFC 3986 6.2.2.1); two paths that differ in case may be two stories.
    return (_DEFAULT_PORT.sub("", match["host"].lower()) + url[match.end() :]).removesuffix("/")


def spellings(place: str) -> list[str]:
    """Return `place` and the web addresses that `address` shortens to it, except those with users or ports."""
    # The inverse of `address`, as far as it has one: look-ups compare whole strings of columns.
    web = [f"{scheme}://{www}{place}{end}" for scheme in ("http", "https") for www in ("", "www.") for end in ("", "/")]
    return [place, *web]


def entry_id(source_id: str, *identity: str) -> str:
    """Return the id of an entry, 24 hex characters, from its identity within the source (guid, link, ...)."""
    # Within the source: two publishers may use the same guid, such as a number.
    return digest(source_id, *map(address, identity), size=ENTRY_ID_BYTES)


def entity_id(kind: str, name: str) -> str:
    """Return the id of what a name stands for, 24 hex characters; see `transforms/enrich/entity_ids.py`.

    Args:
        kind: person, place, organisation, people, ...
        name: The full name, or the id of a place, in any case, with or without accents and periods.
    """
    return digest(kind, plain_name(name), size=ENTITY_ID_BYTES)


def plain_name(name: str) -> str:
    """Return a name without case, accents, periods and article: `The U.N.` and `un` are one."""
    folded = unicodedata.normalize("NFKD", name.replace("’", "'")).casefold()
    letters = "".join(each for each in folded if not unicodedata.combining(each) and each != ".")
    return " ".join(letters.split()).removeprefix("the ")


def story_id(entry_id: str) -> str:
    """Return the id of the story that begins with an entry: 24 hex characters."""
    return digest("story", entry_id, size=ENTRY_ID_BYTES)


def content_hash(entry: Entry, summary: str, body: str) -> str:
    """Return the hash of an entry's words and status; a new hash makes a new version.

    Dates, links and categories don't count. Empty fields are left out, so that a field that is added here later does
    not change the hashes of entries without it.

    Args:
        entry: For its other fields.
        summary: The words of its summary.
        body: The words of its text.
    """
    fields = {
        "title": entry.title,
        "subtitle": entry.subtitle,
        "summary": summary,
        # An entry that moves its only text from the summary to the body has not changed for readers.
        "body": "" if body == summary else body,
        "status": "" if entry.status == "usable" else entry.status,
        "signals": " ".join(entry.signals),
        "ednote": entry.ednote,
        "embargo": entry.embargo_until.isoformat() if entry.embargo_until else "",
    }
    # With the names: a text that moves from one field to another is a change.
    return digest(*(part for name, value in fields.items() if value for part in (name, value)))


def dead_letter_id(dead_letter: DeadLetter) -> str:
    """Return an id that is equal for dead letters of the same payload, URI and reason."""
    # Without the time: the same bytes fail at each poll, and one dead letter says so.
    return digest(*(getattr(dead_letter, name) for name in DEAD_LETTER_KEY), dead_letter.payload)


def version_key(entry: str, version: int) -> str:
    """Return a key of one version of an entry, that sorts as (entry, version)."""
    return f"{entry}{version:03x}"


def paragraph_id(entry: str, version: int, position: int, fingerprint: str) -> str:
    """Return the id of a paragraph: 40 hex characters that sort as (entry, version, position).

    The canonical paragraph is the earliest by publication, then by id. So of two equal paragraphs in one entry the
    first one is canonical.
    """
    # Five digits hold every position: `limits.paragraphs` is at most a million.
    return f"{version_key(entry, version)}{position:05x}{fingerprint[:8]}"
