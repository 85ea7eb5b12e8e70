"""Beam metrics, which every engine shows, and listeners in this process for progress bars."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from apache_beam.metrics import Metrics

from newsbeam.transforms.records import DeadLetter
from newsbeam.transforms.runtime import metrics

_listeners: list[Callable[[str, int], None]] = []


def count(name: str, number: int = 1) -> None:
    """Add to the counter `name`, whose labels are bounded (`metrics.bounded`). Only for use in a DoFn."""
    name = metrics.bounded(name)
    Metrics.counter(metrics.NAMESPACE, name).inc(number)
    for listener in _listeners:
        listener(name, number)


def measure(name: str, value: int) -> None:
    """Add a value to the distribution `name` and set its gauge of the latest value. Only for use in a DoFn."""
    Metrics.distribution(metrics.NAMESPACE, name).update(value)
    show(name + metrics.LATEST, value)


def show(name: str, value: int) -> None:
    """Set the gauge `name`. Only for use in a DoFn."""
    Metrics.gauge(metrics.NAMESPACE, name).set(value)


def count_dead_letter(dead_letter: DeadLetter) -> None:
    """Count a dead letter by its stage and error; repaired ones have a counter of their own."""
    name = f"{metrics.DEAD_LETTERS}:{dead_letter.stage}:{dead_letter.error}"
    count(metrics.REPAIRED if dead_letter.repaired else name)


@contextmanager
def listening(listener: Callable[[str, int], None]) -> Iterator[None]:
    """Call `listener` with the name and number of each count in this process until the block ends."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
