"""The texts that the topic classifier is trained on: paragraphs written for it, and the IPTC's definitions.

`topics/en/*.txt` and `topics/{de,fr,es,pt}.txt` have a line "= code ..." with the numbers of one or more Media Topics,
and a paragraph a line below it. `topics/definitions.tsv.gz` has the labels and definitions of all topics in use (IPTC
NewsCodes, CC BY 4.0): language, number, text.
"""

import gzip
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.fit import Array

FOLDER = Path(__file__).parent / "topics"

# Language tags of the IPTC's file -> ISO 639-1, for the languages that there are paragraphs in.
_LANGUAGES = {"en-GB": "en", "de": "de", "fr": "fr", "es": "es", "pt-BR": "pt", "pt-PT": "pt"}


@dataclass(frozen=True)
class Text:
    """A text with its topics.

    Attributes:
        language: ISO 639-1.
        topics: Qcodes; each is right.
        text: A paragraph or a definition.
        definition: Whether it is the latter.
    """

    language: str
    topics: tuple[str, ...]
    text: str
    definition: bool = False


def paragraphs() -> Iterator[Text]:
    """Yield the paragraphs, sorted by file."""
    for path in sorted(FOLDER.rglob("*.txt")):
        language = path.stem if path.parent == FOLDER else path.parent.name
        topics: tuple[str, ...] = ()
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("= "):
                topics = tuple(f"medtop:{number}" for number in line[2:].split())
            elif line:
                yield Text(language, topics, line)


def mixed(texts: Sequence[Text], number: int) -> Iterator[Text]:
    """Yield `number` texts of two paragraphs in one language, with the topics of both: news is often about two things.

    The same ones every time.
    """
    chance = random.Random(0)
    for _ in range(number):
        first = chance.choice(texts)
        second = chance.choice([text for text in texts if text.language == first.language])
        yield Text(first.language, first.topics + second.topics, f"{first.text} {second.text}")


def definitions() -> Iterator[Text]:
    """Yield the definitions in the languages of the paragraphs."""
    with gzip.open(FOLDER / "definitions.tsv.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            tag, number, text = line.rstrip("\n").split("\t")
            if tag in _LANGUAGES:
                yield Text(_LANGUAGES[tag], (f"medtop:{number}",), text, definition=True)


def word_vectors() -> tuple[list[str], Array]:
    """Return English words and what they mean: a row of numbers each, similar for words of similar meaning."""
    with np.load(FOLDER / "words.npz") as arrays:
        return arrays["words"].tolist(), arrays["vectors"] * arrays["scale"]
