"""Several outputs of one transform: typed results, stable labels, and outputs of `finish_bundle`."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

import apache_beam as beam
from apache_beam.pvalue import TaggedOutput
from apache_beam.transforms.window import GlobalWindows
from apache_beam.typehints.decorators import IOTypeHints, get_type_hints

from newsbeam.transforms.records import DeadLetter

T = TypeVar("T")


class Outputs(NamedTuple, Generic[T]):
    """The outputs of a transform that can fail on a record. Beam knows a named tuple as outputs, and no other record.

    Attributes:
        items: The results.
        dead_letters: What could not be processed.
    """

    items: beam.PCollection[T]
    dead_letters: beam.PCollection[DeadLetter]


class MultiOutput(beam.PTransform):
    """A transform whose `expand` returns a named tuple of PCollections."""

    def default_type_hints(self) -> IOTypeHints:
        """Return the type of the input only: Beam would take the named tuple for the type of each element."""
        hints = IOTypeHints.from_callable(self.expand)._replace(output_types=None).strip_pcoll()
        return get_type_hints(type(self)).with_defaults(hints)


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
