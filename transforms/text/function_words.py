"""Function words that tell the languages of most news apart; a text with enough of them needs no language model.

Each word is of one of these languages only, and is not a word of their neighbours (Catalan, Galician, the Scandinavian
languages, Afrikaans), so that a vote for a language is not one for another.
"""

from collections import Counter

_WORDS = {
    "en": "the and with from that which were been has this they their have said would after about there who what its",
    "de": "und der das den dem nicht mit ist auf auch sich wird wurde eine einen einem einer nach über wie zum zur bei",
    "fr": "les des est dans pour avec sur une qui ont pas du aux cette été ses leur mais être plus selon",
    "es": "los el y del con por una fue según también muy más pero años hasta cuando desde ha sus donde esta",
    "pt": "os não uma um com mais foi ao pelo pela são também das dos na em mas já seu sua até ela ele nos",
    "it": "il gli di che è della nel sono alla anche più dei delle una si dal nella ha degli come suo stato",
    "nl": "het een van niet dat zijn voor met maar ook wordt naar werd heeft bij aan deze nog worden dan uit",
}


def _only_once() -> dict[str, str]:
    """Return the language of each word that only one of the lists has."""
    counts = Counter(word for words in _WORDS.values() for word in words.split())
    return {word: code for code, words in _WORDS.items() for word in words.split() if counts[word] == 1}


_LANGUAGE_OF = _only_once()


def votes(text: str) -> Counter[str]:
    """Return the number of words of each language in a text."""
    return Counter(_LANGUAGE_OF[word] for word in text.lower().split() if word in _LANGUAGE_OF)
