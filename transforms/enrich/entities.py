"""Tags named entities of paragraphs with spaCy; see `models` for speed and `names` for names. No Beam here."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from spacy.tokens import Doc

from newsbeam.transforms.enrich.canary import dead_letter, tag_or_error
from newsbeam.transforms.enrich.models import Model, load_model
from newsbeam.transforms.enrich.names import resolve_names
from newsbeam.transforms.errors import BrokenStageError, EnrichError
from newsbeam.transforms.records import DeadLetter, Entity, Paragraph, Story

__all__ = ["TaggedStories", "load_model", "resolve_names", "tag_stories", "tag_texts"]

# Texts a batch: enough that the cost of locks and clean-up is negligible, few enough that memory stays flat.
_BATCH_TEXTS = 512

# With names of two words, so that all pipes run.
_CANARY_TEXT = "Angela Merkel met Emmanuel Macron in New York on Monday."

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


def tag_texts(texts: Sequence[str], model: str) -> list[tuple[Entity, ...] | EnrichError]:
    """Return the entities of each text as the model finds them, or the error for a text that it fails on.

    They are those of `nlp.pipe(texts)` with the model's defaults; the `name` of each is its text. Texts don't influence
    each other.

    Args:
        texts: Any number of paragraphs; some hundreds a call are fastest.
        model: The name of a spaCy model, as `load_model` takes it.

    Raises:
        BrokenStageError: The model can't be loaded, or fails on the canary text, too.
    """
    loaded = _load(model)
    results: list[tuple[Entity, ...] | EnrichError] = []
    for start in range(0, len(texts), _BATCH_TEXTS):
        results += _tag_batch(texts[start : start + _BATCH_TEXTS], loaded)
    return results


def _load(name: str) -> Model:
    try:
        return load_model(name)
    except Exception as error:
        raise BrokenStageError(str(error)) from error


def _tag_batch(texts: Sequence[str], model: Model) -> list[tuple[Entity, ...] | EnrichError]:
    """Tag texts together; if that fails, in halves, until the text that fails is isolated."""
    tagged = tag_or_error(lambda: model.tag(texts, _entities), lambda: model.tag([_CANARY_TEXT], _entities))
    if not isinstance(tagged, EnrichError):
        return list(tagged)
    if len(texts) == 1:
        return [tagged]
    middle = len(texts) // 2
    return _tag_batch(texts[:middle], model) + _tag_batch(texts[middle:], model)


def _entities(doc: Doc) -> tuple[Entity, ...]:
    return tuple(Entity(text := span.text, span.label_, span.start_char, span.end_char, text) for span in doc.ents)


def tag_stories(stories: Sequence[Story], models: Mapping[str, str]) -> TaggedStories:
    """Tag the paragraphs of stories except exact duplicates, and resolve names within each story.

    Tables and code get no entities: the models are trained on sentences, and find money and people in rows of figures.

    Args:
        stories: Any number; about 64 a call make good batches.
        models: The model for each language, by primary subtag: {"en": "en_core_web_sm"}.

    Raises:
        BrokenStageError: A model that is needed can't be loaded, or fails on every text.
    """
    wanted: dict[str, list[_Place]] = {}
    without_model: Counter[str] = Counter()
    for place, paragraph in _to_tag(stories):
        language = paragraph.language.partition("-")[0].lower()
        if language in models:
            wanted.setdefault(models[language], []).append(place)
        else:
            without_model[language] += 1
    tagged: dict[_Place, tuple[Entity, ...] | EnrichError] = {}
    for model, places in wanted.items():
        texts = [stories[story].paragraphs[position].text for story, position in places]
        tagged.update(zip(places, tag_texts(texts, model), strict=True))
    return TaggedStories(
        stories=tuple(resolve_names(_with_entities(number, story, tagged)) for number, story in enumerate(stories)),
        dead_letters=tuple(
            dead_letter(
                stories[story].entry,
                stories[story].paragraphs[position].text,
                f"entities for paragraph {stories[story].paragraphs[position].position}",
                result,
            )
            for (story, position), result in sorted(tagged.items(), key=lambda item: item[0])
            if isinstance(result, EnrichError)
        ),
        without_model=dict(without_model),
    )


def _to_tag(stories: Sequence[Story]) -> Iterator[tuple[_Place, Paragraph]]:
    for number, story in enumerate(stories):
        for position, paragraph in enumerate(story.paragraphs):
            # Near duplicates differ in words, mostly names and numbers. One may be a correction, or the only one left
            # after a kill.
            if paragraph.duplicate_kind != "exact" and paragraph.kind not in ("table", "code"):
                yield (number, position), paragraph


def _with_entities(number: int, story: Story, tagged: Mapping[_Place, tuple[Entity, ...] | EnrichError]) -> Story:
    paragraphs = []
    for position, paragraph in enumerate(story.paragraphs):
        entities = tagged.get((number, position))
        if entities and not isinstance(entities, EnrichError):
            paragraph = replace(paragraph, entities=entities)
        paragraphs.append(paragraph)
    return Story(story.entry, tuple(paragraphs))
