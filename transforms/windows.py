"""What a DoFn emits when its bundle ends has no window of its own: all of newsbeam is in the global one."""

from collections.abc import Iterable, Iterator
from typing import Any

from apache_beam.pvalue import TaggedOutput
from apache_beam.transforms.window import GlobalWindows


def in_global_window(outputs: Iterable[Any]) -> Iterator[Any]:
    """Yield `outputs`, tagged or not, as `finish_bundle` has to."""
    for output in outputs:
        if isinstance(output, TaggedOutput):
            yield TaggedOutput(output.tag, GlobalWindows.windowed_value(output.value))
        else:
            yield GlobalWindows.windowed_value(output)
