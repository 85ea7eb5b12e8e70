"""TagEntitiesWith: an entity model of one's own, as a Beam ModelHandler, with the rules around the usual models."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
from apache_beam.ml.inference.base import ModelHandler, PredictionResult, RunInference

from newsbeam.transforms.enrich.entities import TaggedStories, tag_stories
from newsbeam.transforms.enrich.entity_settings import EntitySettings
from newsbeam.transforms.enrich.names.rules import ALL_RULES, EntityRules
from newsbeam.transforms.enrich.other_models import OtherModel
from newsbeam.transforms.records import Story
from newsbeam.transforms.runtime.counters import count_dead_letter
from newsbeam.transforms.runtime.outputs import MultiOutput, Outputs, with_outputs

_DEAD_LETTERS = "dead_letters"
_HANDLED = "handler"

Spans = Sequence[tuple[int, int, str]]
"""The entities of a text: start, end (characters) and label, as OntoNotes or CoNLL name them (PERSON, GPE, LOC ...)."""


@dataclass
class TagEntitiesWith(MultiOutput):
    """Tags entities and quotes of stories with a model that a ModelHandler loads and runs, through RunInference.

    Input: Story. Output: `items` (Story), and `dead_letters`: texts that the model fails on; their stories go on
    without entities of these. RunInference makes the batches, shares the model and counts.

    Attributes:
        handler: From texts to their entities (`Spans`), in this order, or to a PredictionResult of these.
        languages: The languages, by primary subtag, whose paragraphs are tagged.
        rules: The rules around the model that are on.
        places: Whether places get their country and coordinates.
        quotes: Whether direct speech is extracted.
    """

    handler: ModelHandler[str, Any, Any]
    languages: Sequence[str] = ("en",)
    rules: EntityRules = ALL_RULES
    places: bool = True
    quotes: bool = True

    def expand(self, stories: beam.PCollection[Story]) -> Outputs[Story]:
        models = dict.fromkeys(self.languages, _HANDLED)
        settings = EntitySettings(models, self.rules, self.places, self.quotes)
        tagged = stories | "Infer" >> RunInference(StoryModelHandler(self.handler, settings))
        outputs = tagged | with_outputs("Split", _SplitFn(), _DEAD_LETTERS, main="items")
        return Outputs(outputs["items"], outputs[_DEAD_LETTERS])


class StoryModelHandler(ModelHandler[Story, TaggedStories, Any]):
    """Runs a handler of texts on stories.

    Args:
        handler: From texts to `Spans`.
        settings: The languages that are tagged, and what is added.
    """

    def __init__(self, handler: ModelHandler[str, Any, Any], settings: EntitySettings):
        super().__init__()
        self._handler = handler
        self._settings = settings

    def load_model(self) -> Any:
        """Load the handler's model."""
        return self._handler.load_model()

    def run_inference(
        self, batch: Sequence[Story], model: Any, inference_args: Mapping[str, Any] | None = None
    ) -> Iterator[TaggedStories]:
        """Yield each story with its entities, the last one with the dead letters of all."""

        def find(texts: Sequence[str]) -> list[list[tuple[int, int, str]]]:
            found = self._handler.run_inference(texts, model, inference_args)
            return [list(each.inference if isinstance(each, PredictionResult) else each) for each in found]

        tagged = tag_stories(batch, self._settings, lambda _: OtherModel(find))
        for number, story in enumerate(tagged.stories, 1):
            last = number == len(tagged.stories)
            yield TaggedStories((story,), tagged.dead_letters if last else (), {})

    def batch_elements_kwargs(self) -> Mapping[str, Any]:
        """Return how the handler wants its batches."""
        kwargs: Mapping[str, Any] = self._handler.batch_elements_kwargs()
        return kwargs

    def share_model_across_processes(self) -> bool:
        """Return whether one process has the model for all."""
        return bool(self._handler.share_model_across_processes())


class _SplitFn(beam.DoFn):
    def process(self, tagged: TaggedStories) -> Iterable[Any]:
        yield from tagged.stories
        for dead_letter in tagged.dead_letters:
            count_dead_letter(dead_letter)
            yield beam.pvalue.TaggedOutput(_DEAD_LETTERS, dead_letter)
