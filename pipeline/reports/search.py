"""`newsbeam search`: stories of an output by their words, ranked by BM25."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import tantivy
from tantivy import Occur, Query

from newsbeam.pipeline.reports.search_fields import ANALYSES, OTHER, PAIRS, STORED, analysis_of, analyzer
from newsbeam.pipeline.reports.search_index import SearchError, current_index
from newsbeam.transforms.common.object_clients import ObjectStoreError
from newsbeam.transforms.common.progress import SILENT, Progress

_TITLE_BOOST = 2.0  # a word of the title counts twice
_MOST_CHARACTERS, _MOST_TERMS = 1_000, 32
_LOOKED_AT = 2_000  # of which those with a paragraph of the kind are taken
_SNIPPET = 240
_PART = re.compile(r'(-?)"([^"]*)"|(-?)([^\s"]+)')
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Filters:
    """What a story must have beside the words.

    Attributes:
        since, until: When it was first seen.
        source, topic, name, language: A value, whatever its case; a topic by its name or qcode.
        kind: Of a paragraph that has one of the words.
    """

    since: datetime | None = None
    until: datetime | None = None
    source: str = ""
    topic: str = ""
    name: str = ""
    language: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Found:
    """A story, with the paragraph of it that has most of the words.

    Attributes:
        seen: When it was published, or fetched where its date is not trusted.
        marks: Where the words are in `text`, as pairs of start and end.
        title_marks: The same for the title.
    """

    entry_id: str
    version: int
    title: str
    source: str
    url: str
    language: str
    seen: datetime
    score: float
    text: str
    marks: tuple[tuple[int, int], ...] = ()
    title_marks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Term:
    """A word, or the words of a phrase; `excluded` if no story may have it."""

    words: str
    excluded: bool = False


@dataclass(frozen=True)
class _Search:
    """A query on one index."""

    schema: tantivy.Schema
    terms: Sequence[Term]
    filters: Filters
    now: int
    analyses: Sequence[str] = field(default=ANALYSES)


def search_output(
    output: str, words: str, filters: Filters, limit: int, now: datetime, progress: Progress = SILENT
) -> list[Found]:
    """Return the stories of an output that have all words; bring its index up to date before.

    Args:
        output: A folder that newsbeam wrote to, or its URL in an object store.
        words: As of `search`, as are the next three.
        filters: What the stories must have as well.
        limit: Maximum number of stories.
        now: Embargoes that end later hide their stories.
        progress: Is told how many stories are indexed.

    Raises:
        SearchError: The output, the index or the query can't be used.
    """
    parse_words(words)  # before anything is indexed
    try:
        return _search_current(output, words, filters, limit, now, progress)
    except OSError as error:  # of the index
        raise SearchError(f"{error.filename or output}: {error.strerror or error}") from error
    except ObjectStoreError as error:
        raise SearchError(str(error)) from error


def _search_current(
    output: str, words: str, filters: Filters, limit: int, now: datetime, progress: Progress
) -> list[Found]:
    try:
        return search(current_index(output, progress), words, filters, limit, now)
    except ObjectStoreError:
        raise
    except ValueError:  # tantivy's, of a damaged file
        return search(current_index(output, progress, anew=True), words, filters, limit, now)


def search(index: tantivy.Index, words: str, filters: Filters, limit: int, now: datetime) -> list[Found]:
    """Return the stories that have all words, the best first.

    Args:
        index: Of `search_index.current_index`.
        words: Words in any inflection, "phrases" in quotes, and -words or -"phrases" that no story may have.
        filters: What they must have as well.
        limit: Maximum number of stories.
        now: Embargoes that end later hide their stories.

    Raises:
        SearchError: The query is too long, or there is nothing in it to search for.
    """
    terms = parse_words(words)
    analyses = [analysis_of(filters.language)] if filters.language else ANALYSES
    query = _Search(index.schema, terms, filters, int(now.timestamp()), analyses)
    searcher = index.searcher()
    hits = searcher.search(_query(query), _LOOKED_AT if filters.kind else limit, count=False).hits
    found = (_found(json.loads(searcher.doc(place)[STORED][0]), score, query) for score, place in hits)
    return [each for each, _ in zip((each for each in found if each), range(limit), strict=False)]


def parse_words(words: str) -> list[Term]:
    """Return the words and phrases of a query.

    Raises:
        SearchError: It is too long, or there is nothing in it to search for.
    """
    if len(words) > _MOST_CHARACTERS:
        raise SearchError(f"the query has {len(words):,} characters; at most {_MOST_CHARACTERS:,} are allowed")
    straight = words.translate(dict.fromkeys(map(ord, "“”„«»"), '"'))
    if straight.count('"') % 2:
        raise SearchError("a quotation mark is missing: a phrase begins and ends with one")
    found = [Term(phrase or word, bool(first or second)) for first, phrase, second, word in _PART.findall(straight)]
    terms = [term for term in found if _analyzed(term.words)]
    if len(terms) > _MOST_TERMS:
        raise SearchError(f"the query has {len(terms)} words and phrases; at most {_MOST_TERMS} are allowed")
    if all(term.excluded for term in terms):
        raise SearchError("there is no word to search for; -words only take stories away")
    return terms


def _analyzed(words: str) -> list[str]:
    terms: list[str] = analyzer(OTHER).analyze(words)
    return terms


def _query(search: _Search) -> Query:
    occurs = [(Occur.MustNot if term.excluded else Occur.Must, _term(search, term.words)) for term in search.terms]
    # They only leave stories out, and don't change their order.
    conditions = [(Occur.Must, Query.const_score_query(each, 0.0)) for each in _conditions(search)]
    return Query.boolean_query([*occurs, *conditions])


def _term(search: _Search, words: str) -> Query:
    """Return a query for words in any language of the index, in the title or the text."""
    each = []
    for analysis in search.analyses:
        terms = analyzer(analysis).analyze(words)
        if terms:
            title, text = (_in_field(search.schema, f"{name}_{analysis}", terms) for name in ("title", "text"))
            each += [Query.boost_query(title, _TITLE_BOOST), text]
    return Query.boolean_query([(Occur.Should, query) for query in each])


def _in_field(schema: tantivy.Schema, field: str, terms: Sequence[str]) -> Query:
    if len(terms) == 1:
        return Query.term_query(schema, field, terms[0])
    if field.endswith(PAIRS):  # pairs of characters have no position
        return Query.boolean_query([(Occur.Must, Query.term_query(schema, field, term)) for term in terms])
    return Query.phrase_query(schema, field, list(terms))


def _conditions(search: _Search) -> Iterator[Query]:
    filters, schema = search.filters, search.schema
    yield _between(schema, "embargo", None, search.now)
    if filters.since or filters.until:
        yield _between(schema, "seen", _seconds(filters.since), _seconds(filters.until))
    for name in ("source", "topic", "name"):
        if value := getattr(filters, name).strip().lower():
            yield Query.term_query(schema, name, value)
    if language := filters.language.lower().partition("-")[0]:
        yield Query.term_query(schema, "language", language)


def _seconds(moment: datetime | None) -> int | None:
    return int(moment.timestamp()) if moment else None


def _between(schema: tantivy.Schema, field: str, least: int | None, most: int | None) -> Query:
    return Query.range_query(schema, field, tantivy.FieldType.Integer, least, most)


def _found(shown: dict[str, Any], score: float, search: _Search) -> Found | None:
    """Return a story as it is shown; None if no paragraph of the kind has one of the words."""
    analysis = analysis_of(shown["language"])
    wanted = {each for term in search.terms if not term.excluded for each in analyzer(analysis).analyze(term.words)}
    kind = search.filters.kind
    marked = [
        (text, _marks(text, wanted, analysis)) for each, text in shown.pop("paragraphs") if not kind or each == kind
    ]
    if kind and not any(marks for _, marks in marked):
        return None
    best = max(marked, key=lambda each: len({each[0][start:end].lower() for start, end in each[1]}), default=("", ()))
    text, marks = _snippet(*best)
    title = shown["title"] or ""
    return Found(
        entry_id=shown["entry_id"],
        version=shown["version"],
        title=title,
        source=shown["source"],
        url=shown["url"] or "",
        language=shown["language"] or "",
        seen=datetime.fromtimestamp(shown["seen"], UTC),
        score=round(score, 3),
        text=text,
        marks=marks,
        title_marks=_marks(title, wanted, analysis),
    )


def _marks(text: str, wanted: set[str], analysis: str) -> tuple[tuple[int, int], ...]:
    """Return where the words are that have one of the terms."""
    words = [(match[0], match.span()) for match in _WORD.finditer(text)]
    terms = {word: set(analyzer(analysis).analyze(word)) for word, _ in words}
    return tuple(span for word, span in words if terms[word] & wanted)


def _snippet(text: str, marks: Sequence[tuple[int, int]]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Return a part of a text around its first mark, and the marks in it."""
    start = max(0, (marks[0][0] if marks else 0) - _SNIPPET // 4) if len(text) > _SNIPPET else 0
    part = text[start : start + _SNIPPET]
    before, after = "… " if start else "", " …" if start + _SNIPPET < len(text) else ""
    moved = len(before) - start
    inside = [(a + moved, b + moved) for a, b in marks if start <= a and b <= start + _SNIPPET]
    return f"{before}{part}{after}", tuple(inside)
