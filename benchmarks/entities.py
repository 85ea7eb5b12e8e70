"""Entities per second, against spaCy as a user would call it: the same model, texts and run, and the same entities."""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import spacy
from spacy.language import Language

from benchmarks.lib.corpus import corpus_name, stories
from benchmarks.lib.figures import Figure, scaled
from newsbeam.transforms.enrich.entities import load_model, tag_texts
from newsbeam.transforms.enrich.packages import find_model
from newsbeam.transforms.errors import EnrichError

MODEL = "en_core_web_sm"
PARAGRAPHS = 3_000

# The two take turns, so that a busy moment of the machine hits both.
_TURNS = 4

_PARAGRAPH = re.compile(r"\n\s*\n|\n {2,}")

_Found = list[list[tuple[int, int, str]]]


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Yield tokens per second of `tag_texts` and of `nlp.pipe`, their ratio, and the share of texts they agree on."""
    texts = list(dict.fromkeys(islice(paragraphs(), scaled(PARAGRAPHS, scale, 10 * _TURNS))))
    default = spacy.load(find_model(MODEL))
    load_model(MODEL)
    tokens = sum(len(default.make_doc(text)) for text in texts)
    seconds = [0.0, 0.0]
    same = 0
    for turn in range(_TURNS):
        some = texts[turn::_TURNS]
        expected, took = _timed(_by_default, some, default)
        seconds[0] += took
        found, took = _timed(_by_newsbeam, some, default)
        seconds[1] += took
        same += sum(a == b for a, b in zip(expected, found, strict=True))
    note = f"{len(texts):,} paragraphs, {tokens:,} tokens of {corpus_name()}"
    yield Figure("entities.tokens_per_s_spacy", tokens / seconds[0], "", "tokens/s", "nlp.pipe(texts) as loaded")
    yield Figure("entities.tokens_per_s", tokens / seconds[1], "", "tokens/s", note)
    yield Figure("entities.speedup", seconds[0] / seconds[1], ">= 2.0", "x", "the two rows above")
    yield Figure("entities.identical", same / len(texts), ">= 1.0", "share", "paragraphs with the very same entities")


def paragraphs() -> Iterator[str]:
    """Yield the corpus's paragraphs, roughly cut."""
    for _, body in stories(100_000):
        for text in _PARAGRAPH.split(body):
            if line := " ".join(text.split()):
                yield line


def _timed(
    tag: Callable[[Sequence[str], Language], _Found], texts: Sequence[str], default: Language
) -> tuple[_Found, float]:
    start = time.perf_counter()
    found = tag(texts, default)
    return found, time.perf_counter() - start


def _by_default(texts: Sequence[str], default: Language) -> _Found:
    return [[(span.start_char, span.end_char, span.label_) for span in doc.ents] for doc in default.pipe(texts)]


def _by_newsbeam(texts: Sequence[str], default: Language) -> _Found:
    results = tag_texts(texts, MODEL)
    return [
        [] if isinstance(result, EnrichError) else [(entity.start, entity.end, entity.label) for entity in result]
        for result in results
    ]
