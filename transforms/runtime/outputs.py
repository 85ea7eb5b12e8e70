"""Helpers for DoFns: stable labels with several outputs, and outputs of `finish_bundle`."""

from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import TaggedOutput
from apache_beam.transforms.window import GlobalWindows


def with_outputs(label: str, fn: beam.DoFn, *tags: str, main: str) -> beam.PTransform:
    """Return a ParDo with several outputs whose steps all have the label `label`."""
    # Beam labels the inner step with the class name of `fn`, and engines find state by label.
    do = beam.ParDo(fn)
    do.label = label
    return label >> do.with_outputs(*tags, main=main)


def in_global_window(outputs: Iterable[Any]) -> Iterator[Any]:
    """Yield `outputs`, tagged or not, as windowed values of the global window, as `finish_bundle` must."""
    for output in outputs:
        if isinstance(output, TaggedOutput):
            yield TaggedOutput(output.tag, GlobalWindows.windowed_value(output.value))
        else:
            yield GlobalWindows.windowed_value(output)
