"""Whether a story is one that a rule of the config is about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from newsbeam.pipeline.config.alerts import Alert, topic_codes

if TYPE_CHECKING:
    from newsbeam.pipeline.reports.search import Term

KILLED = ("canceled", "withheld")
_BETWEEN = "\x00"  # not in a term


class RuleError(Exception):
    """A rule can't be used; `str(error)` says why, in one line."""


@dataclass(frozen=True)
class Candidate:
    """The latest version of an entry, as rules see it; of one that is killed also what its older versions had.

    Attributes:
        row: Columns of `entries`.
        state: usable, embargoed, withheld or canceled.
        free_at: When it could first be used: when it was fetched, or when its embargo ended.
        texts: Language and text of title and paragraphs.
        names: Names and ids of its entities: in lower case, and as they are.
        topics: Qcode and name of its topics.
    """

    row: Mapping[str, Any]
    state: str
    free_at: datetime
    texts: Sequence[tuple[str, str]] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    topics: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def analysed(self) -> list[tuple[str, str]]:
        """The analysis of each text, and its terms as `_joined` has them."""
        from newsbeam.pipeline.reports.search_fields import analysis_of  # only words need that package

        return [(analysis_of(language), _joined(analysis_of(language), text)) for language, text in self.texts]


@dataclass(frozen=True)
class Rule:
    """An alert of the config with its conditions as they are compared.

    Attributes:
        searches: The terms of each of its `words`.
        names: In lower case.
        topics: All qcodes, by what the config has.
    """

    alert: Alert
    searches: Mapping[str, Sequence["Term"]]
    names: frozenset[str]
    topics: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, alert: Alert) -> "Rule":
        """Return the rule of an alert.

        Raises:
            RuleError: One of its `words` has no word to search for.
        """
        return cls(
            alert,
            {words: _terms(alert.name, words) for words in alert.words},
            frozenset(name.casefold() for name in alert.names),
            {topic: topic_codes(topic) for topic in alert.topics},
        )

    @property
    def name(self) -> str:
        """Its name, which identifies it."""
        return self.alert.name

    @property
    def has_conditions(self) -> bool:
        """Whether it is about some stories only."""
        return bool(self.searches or self.names or self.topics)

    def is_of(self, row: Mapping[str, Any]) -> bool:
        """Return whether a row is of one of the sources that it is about."""
        wanted = self.alert.sources
        return not wanted or not {row.get("source"), row.get("source_id"), row.get("feed_url")}.isdisjoint(wanted)

    def matched(self, story: Candidate) -> dict[str, list[str]] | None:
        """Return which words, names and topics a story has; None unless it has one of each that the rule names."""
        found: dict[str, list[str]] = {}
        if self.searches:
            found["words"] = [words for words, terms in self.searches.items() if _has(terms, story)]
        if self.names:
            found["names"] = sorted({story.names[name] for name in self.names & story.names.keys()})
        if self.topics:
            found["topics"] = [topic for topic, codes in self.topics.items() if not codes.isdisjoint(story.topics)]
        return found if all(found.values()) else None

    def excerpt(self, story: Candidate) -> str:
        """Return the first paragraph of a story that has one of the words; without words the first one."""
        texts = [text for _, text in story.texts][1:]
        terms = [term for search in self.searches.values() for term in search if not term.excluded]
        if not terms:
            return texts[0] if texts else ""
        analysed = zip(texts, story.analysed[1:], strict=True)
        return next((text for text, one in analysed if any(_in(term, *one) for term in terms)), "".join(texts[:1]))


def _terms(rule: str, words: str) -> Sequence["Term"]:
    from newsbeam.pipeline.reports.search import parse_words
    from newsbeam.pipeline.reports.search_index import SearchError

    try:
        return parse_words(words)
    except SearchError as error:
        raise RuleError(f"the words of the alert {rule!r}: {error}") from error


def _has(terms: Sequence["Term"], story: Candidate) -> bool:
    """Return whether title and text have all terms, each in any paragraph, and none that is excluded."""
    return all(any(_in(term, *text) for text in story.analysed) != term.excluded for term in terms)


def _in(term: "Term", analysis: str, joined: str) -> bool:
    wanted = _joined(analysis, term.words)
    # A word that this analysis makes no term of would be in all texts.
    return wanted != _BETWEEN and wanted in joined


def _joined(analysis: str, text: str) -> str:
    """Return the terms of a text, as the search index has them, with a character between them and at both ends."""
    from newsbeam.pipeline.reports.search_fields import analyzer

    return "".join((_BETWEEN, *(f"{term}{_BETWEEN}" for term in analyzer(analysis).analyze(text))))
