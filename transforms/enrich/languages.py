"""The language of a paragraph, as models and rules are named by it."""

from newsbeam.transforms.records import Paragraph


def primary_language(paragraph: Paragraph) -> str:
    """Return the primary subtag of a paragraph's language, in lower case: "en" of "en-GB"."""
    return paragraph.language.partition("-")[0].lower()
