"""The fields of the search index, and how words become terms.

A text is in fields of its language (`text_de`, `title_de`), so that each word is reduced by the stemmer of its
language. Texts of languages without a stemmer are in `text_xx`, as they are; those that are written without spaces in
`text_cjk`, as pairs of characters.
"""

from functools import cache

import tantivy

FORMAT = 1
"""Of an index: one with another number is built anew."""

OTHER, PAIRS = "xx", "cjk"
_STEMMERS = {
    "ar": "arabic", "da": "danish", "nl": "dutch", "en": "english", "fi": "finnish", "fr": "french", "de": "german",
    "el": "greek", "hu": "hungarian", "it": "italian", "nb": "norwegian", "nn": "norwegian", "no": "norwegian",
    "pt": "portuguese", "ro": "romanian", "ru": "russian", "es": "spanish", "sv": "swedish", "ta": "tamil",
    "tr": "turkish",
}  # fmt: skip
_WITHOUT_SPACES = frozenset({"zh", "ja", "th", "lo", "km", "my"})
ANALYSES = (*_STEMMERS, OTHER, PAIRS)

# Filters, in lower case: a value matches as a whole.
KEYS = ("entry_id", "source", "topic", "name", "language")
NUMBERS = ("seen", "embargo")  # Unix seconds
STORED = "shown"  # what a result shows, as JSON
_LONGEST_WORD = 60


def analysis_of(language: str | None) -> str:
    """Return the analysis of a text by its language (BCP 47)."""
    primary = (language or "").partition("-")[0].lower()
    if primary in _WITHOUT_SPACES:
        return PAIRS
    return primary if primary in _STEMMERS else OTHER


@cache
def analyzer(analysis: str) -> tantivy.TextAnalyzer:
    """Return what makes terms of a text: in lower case, stemmed, without accents."""
    if analysis == PAIRS:
        return tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.ngram(2, 2, False)).filter(_lower()).build()
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    builder = builder.filter(tantivy.Filter.remove_long(_LONGEST_WORD)).filter(_lower())
    if analysis in _STEMMERS:
        builder = builder.filter(tantivy.Filter.stemmer(_STEMMERS[analysis]))
    # After the stemmer, whose rules need the accents.
    return builder.filter(tantivy.Filter.ascii_fold()).build()


def _lower() -> tantivy.Filter:
    return tantivy.Filter.lowercase()


def open_index(folder: str) -> tantivy.Index:
    """Open the index in a folder, or create it there.

    Raises:
        ValueError: The folder has an index that can't be read.
    """
    index = tantivy.Index(_schema(), folder)
    for analysis in ANALYSES:
        index.register_tokenizer(f"newsbeam_{analysis}", analyzer(analysis))
    return index


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for analysis in ANALYSES:
        for field in ("title", "text"):
            builder.add_text_field(f"{field}_{analysis}", tokenizer_name=f"newsbeam_{analysis}")
    for name in KEYS:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in NUMBERS:
        builder.add_integer_field(name, indexed=True, fast=True)
    builder.add_bytes_field(STORED, stored=True, indexed=False)
    return builder.build()
