"""Tags named entities of paragraphs with a model, and makes of them what the rows have. No Beam here.

model (`models`) -> rules around it (`names`) -> places and ids (`places`, `entity_ids`) -> speakers (`quotes`)
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from spacy.tokens import Doc

from newsbeam.transforms.enrich.canary import dead_letter, tag_or_error
from newsbeam.transforms.enrich.entity_ids import identified
from newsbeam.transforms.enrich.entity_settings import EntitySettings
from newsbeam.transforms.enrich.languages import primary_language
from newsbeam.transforms.enrich.models import CERTAINTY, Model, load_model
from newsbeam.transforms.enrich.names.found import FoundEntity
from newsbeam.transforms.enrich.names.resolve import resolve_names
from newsbeam.transforms.enrich.names.story import apply_rules
from newsbeam.transforms.enrich.other_models import FoundDoc, OtherModel
from newsbeam.transforms.enrich.places.story import StoryPlaces, with_dateline
from newsbeam.transforms.enrich.quotes.story import with_quotes
from newsbeam.transforms.errors import BrokenStageError, EnrichError
from newsbeam.transforms.records import DeadLetter, Entity, Paragraph, Story

__all__ = ["TaggedStories", "load_model", "resolve_names", "tag_stories", "tag_texts"]

# Texts a batch: enough that the cost of locks and clean-up is negligible, few enough that memory stays flat.
_BATCH_TEXTS = 512

# With names of two words, so that all pipes run.
_CANARY_TEXT = "Angela Merkel met Emmanuel Macron in New York on Monday."

Load = Callable[[str], Model | OtherModel]
"""From the name of a model to the model."""

# The position of a story, and of a paragraph in it.
_Place = tuple[int, int]


@dataclass(frozen=True)
class TaggedStories:
    """The result of `tag_stories`.

    Attributes:
        stories: The stories, in the order given, with their entities.
        dead_letters: One for each paragraph that the model failed on; its story has it untagged.
        without_model: The number of paragraphs without entities since their language has no model, by primary language
            subtag ("" for an unknown language).
    """

    stories: tuple[Story, ...]
    dead_letters: tuple[DeadLetter, ...]
    without_model: Mapping[str, int]


def tag_texts(texts: Sequence[str], model: str, load: Load | None = None) -> list[tuple[Entity, ...] | EnrichError]:
    """Return the entities of each text as the model finds them, or the error for a text that it fails on.

    They are those of `nlp.pipe(texts)` with the model's defaults; the `name` of each is its text. Texts don't influence
    each other.

    Args:
        texts: Any number of paragraphs; some hundreds a call are fastest.
        model: The name of a spaCy model, as `load_model` takes it.
        load: Loads it; None for `load_model`.

    Raises:
        BrokenStageError: The model can't be loaded, or fails on the canary text, too.
    """
    loaded = _load(model, load or load_model)
    results: list[tuple[Entity, ...] | EnrichError] = []
    for start in range(0, len(texts), _BATCH_TEXTS):
        results += _tag_batch(texts[start : start + _BATCH_TEXTS], loaded)
    return results


def _load(name: str, load: Load) -> Model | OtherModel:
    try:
        return load(name)
    except Exception as error:
        raise BrokenStageError(str(error)) from error


def _tag_batch(texts: Sequence[str], model: Model | OtherModel) -> list[tuple[Entity, ...] | EnrichError]:
    """Tag texts together; if that fails, in halves, until the text that fails is isolated."""
    tagged = tag_or_error(lambda: model.tag(texts, _entities), lambda: model.tag([_CANARY_TEXT], _entities))
    if not isinstance(tagged, EnrichError):
        return list(tagged)
    if len(texts) == 1:
        return [tagged]
    middle = len(texts) // 2
    return _tag_batch(texts[:middle], model) + _tag_batch(texts[middle:], model)


def _entities(doc: Doc | FoundDoc) -> tuple[Entity, ...]:
    certainty = doc.user_data.get(CERTAINTY)
    if certainty is None:
        return tuple(Entity(text := span.text, span.label_, span.start_char, span.end_char, text) for span in doc.ents)
    return tuple(
        FoundEntity(
            text := span.text, span.label_, span.start_char, span.end_char, text, certainty=certainty[span.start_char]
        )
        for span in doc.ents
    )


def tag_stories(stories: Sequence[Story], settings: EntitySettings, load: Load | None = None) -> TaggedStories:
    """Tag the paragraphs of stories except exact duplicates: entities, their places and ids, and quotes.

    Tables and code get no entities: the models are trained on sentences, and find money and people in rows of figures.
    An exact duplicate beside other paragraphs is tagged for what it says of their names, which must not depend on
    which source came first; its own row has no entities.

    Args:
        stories: Any number; about 64 a call make good batches.
        settings: The model for each language, and what is added.
        load: Loads the models; None for `load_model`.

    Raises:
        BrokenStageError: A model that is needed can't be loaded, or fails on every text.
    """
    wanted: dict[str, list[_Place]] = {}
    without_model: Counter[str] = Counter()
    for place, paragraph in _to_tag(stories):
        language = primary_language(paragraph)
        if language in settings.models:
            wanted.setdefault(settings.models[language], []).append(place)
        # The row of an exact duplicate has no entities with a model either.
        elif paragraph.duplicate_kind != "exact":
            without_model[language] += 1
    tagged: dict[_Place, tuple[Entity, ...] | EnrichError] = {}
    for model, places in wanted.items():
        tagged.update(_tag_places(stories, places, model, load))
    return TaggedStories(
        stories=tuple(_enriched(number, story, tagged, settings) for number, story in enumerate(stories)),
        dead_letters=tuple(_dead_letters(stories, tagged)),
        without_model=dict(without_model),
    )


def _to_tag(stories: Sequence[Story]) -> Iterator[tuple[_Place, Paragraph]]:
    for number, story in enumerate(stories):
        # Near duplicates differ in words, mostly names and numbers. One may be a correction, or the only one left
        # after a kill.
        if all(_is_untagged(paragraph) for paragraph in story.paragraphs):
            continue
        for position, paragraph in enumerate(story.paragraphs):
            if paragraph.kind not in ("table", "code"):
                yield (number, position), paragraph


def _is_untagged(paragraph: Paragraph) -> bool:
    return paragraph.duplicate_kind == "exact" or paragraph.kind in ("table", "code")


def _tag_places(
    stories: Sequence[Story], places: Sequence[_Place], model: str, load: Load | None
) -> Iterator[tuple[_Place, tuple[Entity, ...] | EnrichError]]:
    """Yield the result of each paragraph; one text is tagged once."""
    texts = [stories[story].paragraphs[position].text for story, position in places]
    unique = list(dict.fromkeys(texts))
    results = dict(zip(unique, tag_texts(unique, model, load), strict=True))
    yield from ((place, results[text]) for place, text in zip(places, texts, strict=True))


def _enriched(
    number: int, story: Story, tagged: Mapping[_Place, tuple[Entity, ...] | EnrichError], settings: EntitySettings
) -> Story:
    read = {at for at in range(len(story.paragraphs)) if isinstance(tagged.get((number, at)), tuple)}
    story = apply_rules(_with_entities(number, story, tagged), settings.rules, read)
    # After the rules and before the quotes: ids are those of full names, and a quote has the id of its speaker.
    places = StoryPlaces(story) if settings.places else None
    entry = with_dateline(story.entry, places) if places else story.entry
    story = Story(entry, tuple(_with_ids(paragraph, places) for paragraph in story.paragraphs))
    if settings.quotes:
        story = with_quotes(story)
    return Story(entry, tuple(map(_as_written, story.paragraphs)))


def _with_ids(paragraph: Paragraph, places: StoryPlaces | None) -> Paragraph:
    return replace(paragraph, entities=identified(paragraph, places)) if paragraph.entities else paragraph


def _as_written(paragraph: Paragraph) -> Paragraph:
    """Return a paragraph as its row has it: exact duplicates have entities and quotes in their canonical one's row."""
    if paragraph.duplicate_kind == "exact" and (paragraph.entities or paragraph.quotes):
        return replace(paragraph, entities=(), quotes=())
    return paragraph


def _dead_letters(
    stories: Sequence[Story], tagged: Mapping[_Place, tuple[Entity, ...] | EnrichError]
) -> Iterable[DeadLetter]:
    for (number, position), result in sorted(tagged.items(), key=lambda item: item[0]):
        paragraph = stories[number].paragraphs[position]
        # Nothing is missing in the row of an exact duplicate, which has no entities.
        if isinstance(result, EnrichError) and paragraph.duplicate_kind != "exact":
            missing = f"entities for paragraph {paragraph.position}"
            yield dead_letter(stories[number].entry, paragraph.text, missing, result)


def _with_entities(number: int, story: Story, tagged: Mapping[_Place, tuple[Entity, ...] | EnrichError]) -> Story:
    paragraphs = []
    for position, paragraph in enumerate(story.paragraphs):
        entities = tagged.get((number, position))
        if entities and not isinstance(entities, EnrichError):
            paragraph = replace(paragraph, entities=entities)
        paragraphs.append(paragraph)
    return Story(story.entry, tuple(paragraphs))
