"""Helpers for DoFns: stable labels with several outputs, and outputs of `finish_bundle`."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import TaggedOutput
from apache_beam.transforms.window import GlobalWindows


def with_outputs(label: str, fn: beam.DoFn, *tags: str, main: str, keyed: Sequence[str] = ()) -> beam.PTransform:
    """Return a ParDo with several outputs whose steps all have the label `label`.

    Args:
        label: The label.
        fn: The DoFn.
        tags: Its outputs beside the main one.
        main: The name of the main output.
        keyed: The outputs that are pairs with a str as key: a GroupByKey of others would encode keys as pickles.
    """
    # Beam labels the inner step with the class name of `fn`, and engines find state by label.
    types: dict[str, Any] = {tag: tuple[str, Any] if tag in keyed else Any for tag in (main, *tags)}
    do = beam.ParDo(fn).with_output_types(types.pop(main), **types) if keyed else beam.ParDo(fn)
    do.label = label
    return label >> do.with_outputs(*tags, main=main)


def in_global_window(outputs: Iterable[Any]) -> Iterator[Any]:
    """Yield `outputs`, tagged or not, as windowed values of the global window, as `finish_bundle` must."""
    for output in outputs:
        if isinstance(output, TaggedOutput):
            yield TaggedOutput(output.tag, GlobalWindows.windowed_value(output.value))
        else:
            yield GlobalWindows.windowed_value(output)
