"""Extracts the direct speech of a story, paragraph by paragraph. No Beam, no spaCy here.

A pronoun or a role ("the minister") stands for who is speaking: the one person that the paragraph has named, or who
spoke in the paragraph before. A stretch that the next paragraph continues has the same speaker there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from newsbeam.transforms.enrich.entity_ids import id_of
from newsbeam.transforms.enrich.languages import primary_language
from newsbeam.transforms.enrich.names.labels import PEOPLE
from newsbeam.transforms.enrich.quotes.attribute import is_utterance, said_after, said_before
from newsbeam.transforms.enrich.quotes.marks import Stretch, opens_with_mark, stretches
from newsbeam.transforms.enrich.quotes.names_beside import alone_after_verbs, names_beside, surnames_of, with_surnames
from newsbeam.transforms.enrich.quotes.saying import (
    LANGUAGES,
    Subject,
    only_subject,
    sentence_end,
    sentence_start,
    subject_after,
    subject_before,
    verbs_in,
)
from newsbeam.transforms.newsroom.given_names import given_names
from newsbeam.transforms.records import Entity, Paragraph, Quote, Story

_MARKS = frozenset('"“„«»‟')
_KINDS = frozenset({"paragraph", "summary", "list_item", "quote"})


@dataclass
class _Speaker:
    """Who is speaking in the course of a story.

    Attributes:
        entity: The last one; None where it is open.
        continued: Whether the last paragraph's stretch goes on in the next one.
        by_model: Whether a model found the people of the story.
    """

    entity: Entity | None = None
    continued: bool = False
    by_model: bool = True


def with_quotes(story: Story) -> Story:
    """Return a story whose paragraphs have their direct speech."""
    if not any(_MARKS.intersection(paragraph.text) for paragraph in story.paragraphs):
        return story
    people = _people_of(story)
    speaker = _Speaker(by_model=any(paragraph.entities for paragraph in story.paragraphs))
    paragraphs = list(story.paragraphs)
    for at, paragraph in enumerate(paragraphs):
        language = primary_language(paragraph)
        if paragraph.kind in _KINDS and language in LANGUAGES:
            following = paragraphs[at + 1].text if at + 1 < len(paragraphs) else ""
            quotes = _Reader(paragraph.text, people[at], language, speaker).read(following)
            if quotes:
                paragraphs[at] = replace(paragraph, quotes=quotes)
    return replace(story, paragraphs=tuple(_continued(paragraphs)))


def _people_of(story: Story) -> list[Sequence[Entity]]:
    """Return the entities of each paragraph with people that the model left out; without a model, names by place."""
    if any(paragraph.entities for paragraph in story.paragraphs):
        return [_with_left_out(paragraph) for paragraph in story.paragraphs]
    full = [list(names_beside(paragraph.text, given_names(), _verb_ends(paragraph))) for paragraph in story.paragraphs]
    surnames = surnames_of(entity for entities in full for entity in entities)
    people = [
        with_surnames(paragraph.text, entities, surnames)
        for paragraph, entities in zip(story.paragraphs, full, strict=True)
    ]
    return [_with_single(paragraph, found) for paragraph, found in zip(story.paragraphs, people, strict=True)]


def _with_single(paragraph: Paragraph, people: Sequence[Entity]) -> Sequence[Entity]:
    """Return the people of a German paragraph, also those who have one name in the entry."""
    if primary_language(paragraph) != "de" or _MARKS.isdisjoint(paragraph.text):
        return people
    more = alone_after_verbs(paragraph.text, _verb_ends(paragraph), people)
    return sorted((*people, *more), key=lambda entity: entity.start)


def _verb_ends(paragraph: Paragraph) -> list[int]:
    language = primary_language(paragraph)
    if language not in LANGUAGES:
        return []
    return [verb.end for verb in verbs_in(paragraph.text, language, 0, len(paragraph.text))]


def _with_left_out(paragraph: Paragraph) -> Sequence[Entity]:
    """Return the entities of a paragraph with direct speech, and people's full names that no entity touches."""
    if _MARKS.isdisjoint(paragraph.text):
        return paragraph.entities
    found = paragraph.entities
    more = [
        name
        for name in names_beside(paragraph.text, given_names())
        if not any(each.start < name.end and name.start < each.end for each in found)
    ]
    return sorted((*found, *more), key=lambda entity: entity.start) if more else found


def _continued(paragraphs: Sequence[Paragraph]) -> list[Paragraph]:
    """Give a stretch whose speaker is named only where it ends, paragraphs later, that speaker."""
    found = list(paragraphs)
    # From the end, so that a speaker gets back over several paragraphs.
    for at in range(len(found) - 2, -1, -1):
        quotes, following = found[at].quotes, found[at + 1].quotes
        if not quotes or not following or quotes[-1].speaker or not following[0].speaker:
            continue
        is_german = primary_language(found[at + 1]) == "de"
        if quotes[-1].end == len(found[at].text.rstrip()) and opens_with_mark(found[at + 1].text, is_german):
            last = replace(quotes[-1], speaker=following[0].speaker, speaker_id=following[0].speaker_id)
            found[at] = replace(found[at], quotes=(*quotes[:-1], last))
    return found


class _Reader:
    """Reads one paragraph."""

    def __init__(self, text: str, entities: Sequence[Entity], language: str, speaker: _Speaker):
        self._text = text
        self._entities = entities
        self._language = language
        self._speaker = speaker
        self._here: Entity | None = None
        self._heard = False
        self._spoken = 0  # where the sentence of the last direct speech ended

    def read(self, following: str) -> tuple[Quote, ...]:
        """Return the paragraph's direct speech, and note who is speaking at its end.

        Args:
            following: The next paragraph, which may continue the last stretch.
        """
        german = self._language == "de"
        found = list(stretches(self._text, german)) if _MARKS.intersection(self._text) else []
        open_end = bool(found) and not found[-1].closed
        if open_end and not opens_with_mark(following, german) and found[-1].opening > 3:
            # A stray mark: speech that goes on in the next paragraph is opened there again.
            found.pop()
        quotes: list[Quote] = []
        # Who is named within speech is talked about, and doesn't speak.
        outside = [entity for entity in self._entities if not any(s.start <= entity.start < s.end for s in found)]
        self._entities = outside
        for number, stretch in enumerate(found):
            previous = found[number - 1] if number else None
            after = found[number + 1].opening if number + 1 < len(found) else len(self._text)
            if quote := self._quote(stretch, previous, after, bool(quotes)):
                quotes.append(quote)
                self._spoken = sentence_end(self._text, stretch.closing + 1)
        self._leave(found, open_end and opens_with_mark(following, german))
        return tuple(quotes)

    def _quote(self, stretch: Stretch, previous: Stretch | None, limit: int, spoken: bool) -> Quote | None:
        floor = previous.closing + 1 if previous else 0
        after = said_after(self._text, stretch, limit, self._entities, self._language)
        before = None if after else said_before(self._text, stretch, floor, self._entities, self._language)
        subject = after or before
        first = self._speaker.continued and not floor and opens_with_mark(self._text, self._language == "de")
        interrupted = spoken and self._is_interrupted(floor, stretch)
        if not is_utterance(self._text, stretch, subject, before is not None, bool(first or interrupted)):
            return None
        if not subject and not first and not interrupted:
            subject = self._reported(floor, stretch)
        alone = not subject and self._is_alone(stretch, floor)
        self._note(subject, stretch.opening, carried=bool(first or interrupted or alone or (spoken and not subject)))
        verb = subject.verb if subject else ""
        return self._as_quote(stretch, self._here if self._heard else None, verb)

    def _reported(self, floor: int, stretch: Stretch) -> Subject | None:
        """Return who says the sentence before a stretch, in other words: `It is late, Lavrov said. "We must go."`."""
        end = len(self._text[: stretch.opening].rstrip())
        if end <= floor or self._text[end - 1] != ".":
            return None
        begin = max(floor, sentence_start(self._text, end - 1))
        found: Subject | None = None
        for verb in verbs_in(self._text, self._language, begin, end):
            found = subject_before(self._text, verb, begin, self._entities, self._language)
            if self._language != "en" and (found is None or found.how == "open"):
                found = subject_after(self._text, verb, end, self._entities, self._language) or found
        return Subject(found.how, "", found.entity) if found else None

    def _is_interrupted(self, floor: int, stretch: Stretch) -> bool:
        """Return whether only "he said" is between two stretches: one sentence, or two of one speaker."""
        between = self._text[floor : stretch.opening]
        short = len(between) <= 120 and "\n" not in between
        return (
            short
            and between.rstrip()[-1:] in (",", ".", ":")
            and any(verbs_in(self._text, self._language, floor, stretch.opening))
        )

    def _is_alone(self, stretch: Stretch, floor: int) -> bool:
        """Return whether a paragraph is nothing but speech: then who spoke before goes on."""
        outside = self._text[: stretch.opening] + self._text[stretch.closing + 1 :]
        return not floor and not outside.strip(" \t\n.–—-\u00a0")

    def _note(self, subject: Subject | None, at: int, carried: bool) -> None:
        """Note who is speaking now."""
        if subject is None:
            self._here = (self._here or self._speaker.entity) if carried or self._heard else None
            self._heard = self._here is not None
            return
        if subject.how == "name":
            self._here = subject.entity
        elif subject.how == "open":
            self._here = None
        else:
            self._here = self._meant(at)
        self._heard = True

    def _meant(self, at: int) -> Entity | None:
        """Return who a pronoun or a role stands for: who speaks in this paragraph, is named in it, or spoke before."""
        if self._heard and self._here and self._here.label in PEOPLE:
            others = {each.name for each in self._entities if each.label in PEOPLE and self._spoken < each.start < at}
            if others <= {self._here.name}:
                return self._here
            return only_subject(self._text, self._spoken, at, self._entities)
        reporter = self._reporter(at)
        if reporter:
            return reporter
        named = self._named(at)
        if len(named) == 1:
            return next(iter(named.values()))
        before = self._speaker.entity
        # Without a model not all people are known, so whoever spoke before need not be meant.
        is_known = bool(before and before.label in PEOPLE and self._speaker.by_model)
        return before if is_known and not named else None

    def _named(self, at: int) -> dict[str, Entity]:
        """Return the people who are named before a position, by full name."""
        return {entity.name: entity for entity in self._entities if entity.label in PEOPLE and entity.start < at}

    def _reporter(self, end: int) -> Entity | None:
        """Return the last one before a position who says something in other words, by name or as the speaker before."""
        found: Entity | None = None
        for verb in verbs_in(self._text, self._language, 0, end):
            begin = sentence_start(self._text, verb.start)
            subject = subject_before(self._text, verb, begin, self._entities, self._language)
            if subject and subject.how == "name" and subject.entity and subject.entity.label in PEOPLE:
                found = subject.entity
            elif subject and subject.how in ("pronoun", "role") and not found and not self._named(verb.start):
                found = self._speaker.entity
            elif subject is None and self._language == "de":
                after = subject_after(self._text, verb, end, self._entities, self._language)
                found = after.entity if after and after.entity else found
        return found

    def _leave(self, found: Sequence[Stretch], continued: bool) -> None:
        """Note who is speaking at the end of the paragraph."""
        if not self._heard:
            named = self._named(len(self._text))
            only = next(iter(named.values())) if len(named) == 1 else None
            self._here = self._reporter(len(self._text)) or only
        self._speaker.entity = self._here
        self._speaker.continued = continued

    def _as_quote(self, stretch: Stretch, speaker: Entity | None, verb: str) -> Quote:
        text = self._text[stretch.start : stretch.end]
        if speaker is None:
            return Quote(text, stretch.start, stretch.end, verb=verb)
        # People whom the model left out have no id yet.
        number = speaker.entity_id or id_of(speaker, None)
        return Quote(text, stretch.start, stretch.end, speaker.name, number, verb)
