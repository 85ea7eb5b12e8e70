"""Detects the language of a text, where none is declared, with py3langid.

Measured on headlines, paragraphs and stories in six languages: where it gives a probability of 0.5 and more, it is
right for 99.0 % of the headlines (88 % get such an answer) and all of the paragraphs (99.8 %), at 0.05 to 0.12 ms
each. CLD2 takes a fifth of that, but is as sure of its wrong answers about headlines; lingua takes 0.3 to 1 ms.
"""

from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

_SAMPLE_CHARS = 500  # of a text; the rest isn't read
_MIN_LETTERS = 20  # of the Latin alphabet: with fewer, detection isn't reliable
_MIN_PROBABILITY = 0.5
_NO_LANGUAGE = "zxx"  # ISO 639-2: no linguistic content (a key, a table of figures)
_LONG_PARAGRAPH_CHARS = 200  # a shorter one is in its entry's language
_MIN_PARAGRAPH_PROBABILITY = 0.9
_SHARED = 0.05  # least share of the entry's short words in a paragraph; with less, its language is detected


@cache
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def detect(text: str, confidence: float = _MIN_PROBABILITY) -> str:
    """Return the ISO 639-1 code of the language that `text` is in, or "" if it is too short or the language uncertain.

    Args:
        text: Its first 500 characters are read.
        confidence: The least probability (0 to 1) of the result.
    """
    sample = text[:_SAMPLE_CHARS]
    if len(sample) < 4 * _MIN_LETTERS and sample.isascii() and sum(map(str.isalpha, sample)) < _MIN_LETTERS:
        return ""
    language, probability = _identifier().classify(sample)
    return str(language) if probability >= confidence and language != _NO_LANGUAGE else ""


def detect_paragraphs(texts: list[str], language: str) -> list[str]:
    """Return the language of each paragraph: the entry's, unless a long one is clearly in another.

    A long paragraph goes to the detector only if it has almost none of the entry's short words ("the", "und"). That
    check costs microseconds, and paragraphs in other languages are rare.

    Args:
        texts: The paragraphs of one entry.
        language: The result of `detect` for the entry; "" stays "" for its short paragraphs.
    """
    long = [len(text) >= _LONG_PARAGRAPH_CHARS for text in texts]
    if sum(long) == 0 or (len(texts) == 1 and language):
        return [language] * len(texts)
    words = [text[:_SAMPLE_CHARS].lower().split() if is_long else [] for text, is_long in zip(texts, long, strict=True)]
    first = next(entry_words for entry_words in words if entry_words)
    known = {word for word in first if len(word) <= 4}
    result = []
    for text, own in zip(texts, words, strict=True):
        differs = bool(own) and sum(word in known for word in own) < _SHARED * len(own)
        result.append(
            (detect(text, _MIN_PARAGRAPH_PROBABILITY) if differs or (own and not language) else "") or language
        )
    return result
