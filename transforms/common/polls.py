"""Turns a poll into an error when its document could not be parsed. No Beam here."""

from dataclasses import replace

from newsbeam.transforms.common.urls import is_http
from newsbeam.transforms.records import Poll, Unread


def not_read(poll: Poll, why: str, *, keep: bool = False) -> Poll:
    """Return the poll of a document that was not read completely, as an error.

    Args:
        poll: The poll as it was fetched.
        why: What is wrong with the document.
        keep: Keep validators and body hash, so that the same bytes are not read again: for files. After an HTTP fetch
            they are dropped, since the server may have a complete document that its validators (RFC 9110 8.8) stand
            for.
    """
    if keep:
        return replace(poll, status="error", error=why)
    return replace(poll, status="error", error=why, etag="", last_modified="", body_hash="")


def judged(poll: Poll, unread: Unread) -> Poll:
    """Return a poll as an error if some of its documents were not read; unchanged files are not read again."""
    if not unread.number or poll.status == "error":
        return poll
    return not_read(poll, unread.why, keep=not is_http(poll.uri))
