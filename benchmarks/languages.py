"""How often the language of an entry and of each of its paragraphs is right, and how long it takes.

The texts are the repository's own: `tests/data/languages.tsv`, 200 in 20 languages, 60 of them declared wrongly and 30
with a paragraph in another language. They were written before the detection was.
"""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.lib.corpus import stories
from benchmarks.lib.figures import Figure, scaled
from newsbeam.transforms.text.language import languages, primary

CASES = Path(__file__).parents[1] / "tests" / "data" / "languages.tsv"
STORIES = 1_000


@dataclass(frozen=True)
class _Case:
    """A text, and the primary language subtags that are right for it and for each of its paragraphs."""

    code: str
    declared: str
    title: str
    texts: list[str]
    own: list[str]

    def is_right(self) -> bool:
        tag, tags = languages(self.title, self.texts, self.declared)
        keeps_region = tag == self.declared or primary(self.declared) != self.code
        return keeps_region and list(map(primary, (tag, *tags))) == [self.code, *self.own]


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Yield the shares of texts that are right: all, of each kind and language; and microseconds a paragraph."""
    cases = list(_cases())
    yield _share("all", cases, ">= 0.97")
    yield _share("declared_wrongly", [case for case in cases if case.declared and primary(case.declared) != case.code])
    yield _share("undeclared", [case for case in cases if not case.declared])
    yield _share("mixed", [case for case in cases if set(case.own) - {case.code}])
    for code in Counter(case.code for case in cases):
        yield _share(code, [case for case in cases if case.code == code])
    yield _speed(scale)


def _share(name: str, cases: list[_Case], target: str = "") -> Figure:
    right = sum(case.is_right() for case in cases)
    return Figure(f"languages.{name}", right / len(cases), target, "share", f"{len(cases)} texts")


def _speed(scale: float) -> Figure:
    measured = [(title, body.split("\n")) for title, body in stories(scaled(STORIES, scale, 10))]
    languages(*measured[0], "en")
    start = time.perf_counter()
    for title, texts in measured:
        languages(title, texts, "en")
    paragraphs = sum(len(texts) for _, texts in measured)
    seconds = time.perf_counter() - start
    return Figure(
        "languages.us_per_paragraph", seconds / paragraphs * 1e6, "<= 100", "us", f"{paragraphs:,} paragraphs"
    )


def _cases() -> Iterator[_Case]:
    for line in CASES.read_text(encoding="utf-8").splitlines():
        code, declared, title, *paragraphs = line.split("\t")
        texts = [text[5:] if text.startswith("[") else text for text in paragraphs]
        yield _Case(code, declared, title, texts, [text[1:3] if text.startswith("[") else code for text in paragraphs])
