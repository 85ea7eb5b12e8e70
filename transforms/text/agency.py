"""Finds the agency that an entry's text is from: by its dateline, its credits, its copyright, or its source."""

from newsbeam.transforms.newsroom.agencies import agency_named, author_agency, own_agency
from newsbeam.transforms.records import Entry


def claimed_agency(entry: Entry, in_dateline: str) -> str:
    """Return the agency that wrote the whole text as far as the entry says; "" for a source's own text.

    Args:
        entry: With what was extracted from its text.
        in_dateline: The agency in the dateline, as written.
    """
    own = own_agency(entry)
    # An agency's own entries name it as their source, which does not show that a newspaper edited the text.
    source = "" if own else entry.source
    credits = (entry.byline, ";".join(entry.authors), entry.copyright)
    named = (author_agency(credit, source) for credit in credits)
    # From the nearest to the text to the farthest: a dateline is of this text, a source of all that it sends.
    return agency_named(in_dateline) or next(filter(None, named), "") or own
