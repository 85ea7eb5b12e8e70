"""Transforms of the public API say what they take and give."""

from typing import Any, get_args, get_origin, get_type_hints

import apache_beam as beam
import pytest

import newsbeam

PUBLIC = [getattr(newsbeam, name) for name in newsbeam.__all__]
TRANSFORMS = [each for each in PUBLIC if isinstance(each, type) and issubclass(each, beam.PTransform)]


def test_there_are_transforms() -> None:
    assert {"ReadDocuments", "WriteRows"} <= {transform.__name__ for transform in TRANSFORMS}


def begins(transform: type[beam.PTransform]) -> bool:
    """Return whether a transform begins a pipeline."""
    return beam.pvalue.PBegin in get_type_hints(transform.expand).values()


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_inputs_and_outputs_are_typed(transform: type[beam.PTransform]) -> None:
    taken, given = get_type_hints(transform.expand).values()
    outputs = get_type_hints(get_origin(given) or given).values() if is_tuple(given) else [given]
    for collection in outputs if begins(transform) else (taken, *outputs):
        assert get_origin(collection) is beam.PCollection
        assert get_args(collection) not in ((), (Any,))


def is_tuple(hint: Any) -> bool:
    return issubclass(get_origin(hint) or hint, tuple)


@pytest.mark.parametrize("transform", [each for each in TRANSFORMS if not begins(each)])
def test_beam_checks_the_type_of_the_input(transform: type[beam.PTransform]) -> None:
    hints = transform(*[None] * required(transform)).get_type_hints()
    assert hints.input_types not in (None, ((Any,), {}))


def required(transform: type[beam.PTransform]) -> int:
    fields = transform.__dataclass_fields__.values()
    return sum(repr(field.default) == repr(field.default_factory) for field in fields)
