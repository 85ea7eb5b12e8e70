"""Ids: hex strings that are hashes of content. No clock and no random number goes into one."""

from hashlib import blake2b

ENTRY_ID_BYTES = 12
FINGERPRINT_BYTES = 16


def digest(*parts: str | bytes, size: int = FINGERPRINT_BYTES) -> str:
    """Return the BLAKE2b hash of `parts` as `2 * size` hex characters.

    Each part is prefixed with its length, so ("ab", "c") and ("a", "bc") differ.
    """
    state = blake2b(digest_size=size)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        state.update(len(data).to_bytes(8, "little"))
        state.update(data)
    return state.hexdigest()


def entry_id(*identity: str) -> str:
    """Return the id of an entry: 24 hex characters of what identifies it (source and guid, or link, ...)."""
    return digest(*identity, size=ENTRY_ID_BYTES)


def paragraph_id(entry: str, version: int, position: int, fingerprint: str) -> str:
    """Return the id of a paragraph: 40 hex characters that sort as (entry, version, position).

    The order is the tie-break of "the canonical paragraph is the earliest (published, then id)": of two equal
    paragraphs in one entry, the first one is canonical.
    """
    return f"{entry}{version:03x}{position:05x}{fingerprint[:8]}"
