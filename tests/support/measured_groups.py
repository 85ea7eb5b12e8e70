"""The size of the elements that GroupByKey gets, by the step that they come from."""

import pickle
from collections import defaultdict
from typing import Any

import apache_beam as beam

GroupByKey = beam.GroupByKey
LARGEST: dict[str, int] = defaultdict(int)
"""Bytes of the largest element of each step. In the process that runs the pipeline; a test clears it."""


class MeasuredGroupByKey(beam.PTransform):
    """GroupByKey that notes the size of its elements in LARGEST."""

    def expand(self, pairs: beam.PCollection[Any]) -> beam.PCollection[Any]:
        assert pairs.producer
        measured = beam.Map(note, pairs.producer.full_label).with_output_types(pairs.element_type)
        return pairs | "Measure" >> measured | "Group" >> GroupByKey()


def note(pair: tuple[str, Any], step: str) -> tuple[str, Any]:
    """Note the size of an element."""
    LARGEST[step] = max(LARGEST[step], len(pickle.dumps(pair)))
    return pair
