"""Helpers of DoFns: what they emit when a bundle ends, and several outputs under a label that stays."""

from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import TaggedOutput
from apache_beam.transforms.window import GlobalWindows


def with_outputs(label: str, fn: beam.DoFn, *tags: str, main: str) -> beam.PTransform:
    """Return a ParDo of several outputs whose steps are all called `label`.

    Beam would name the inner one after the class of `fn`, and state in an engine is found by the names of steps.
    """
    do = beam.ParDo(fn)
    do.label = label
    return label >> do.with_outputs(*tags, main=main)


def in_global_window(outputs: Iterable[Any]) -> Iterator[Any]:
    """Yield `outputs`, tagged or not, as `finish_bundle` has to: all of newsbeam is in the global window."""
    for output in outputs:
        if isinstance(output, TaggedOutput):
            yield TaggedOutput(output.tag, GlobalWindows.windowed_value(output.value))
        else:
            yield GlobalWindows.windowed_value(output)
