"""What a poll is worth once its documents have been parsed. No Beam here."""

from dataclasses import replace

from newsbeam.transforms.records import Poll


def not_read(poll: Poll, why: str, *, keep: bool = False) -> Poll:
    """Return a poll whose document was not read whole: an error.

    Args:
        poll: As it was fetched.
        why: What is wrong with the document.
        keep: Keep what tells that the same bytes have come again: of a file, which is not asked for, that spares us to
            read it at every run. Validators stand for what a server sent (RFC 9110 8.8), which is not what it has.
    """
    if keep:
        return replace(poll, status="error", error=why)
    return replace(poll, status="error", error=why, etag="", last_modified="", body_hash="")
