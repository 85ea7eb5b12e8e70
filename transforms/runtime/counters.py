"""Counts: Beam counters, which every engine shows, and a listener in this process, for a progress bar."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from apache_beam.metrics import Metrics

from newsbeam.transforms.records import DeadLetter
from newsbeam.transforms.runtime import metrics

_listeners: list[Callable[[str, int], None]] = []


def count(name: str, number: int = 1) -> None:
    """Add to the counter `name`; call it inside a DoFn."""
    Metrics.counter(metrics.NAMESPACE, name).inc(number)
    for listener in _listeners:
        listener(name, number)


def measure(name: str, value: int) -> None:
    """Add a value to the distribution `name`, and make it the latest one; call it inside a DoFn."""
    Metrics.distribution(metrics.NAMESPACE, name).update(value)
    show(name + metrics.LATEST, value)


def show(name: str, value: int) -> None:
    """Set the gauge `name`; call it inside a DoFn."""
    Metrics.gauge(metrics.NAMESPACE, name).set(value)


def count_dead_letter(letter: DeadLetter) -> None:
    """Count `letter` by its stage and error, apart where the record went on after a repair."""
    count(metrics.REPAIRED if letter.repaired else f"{metrics.DEAD_LETTERS}:{letter.stage}:{letter.error}")


@contextmanager
def listening(listener: Callable[[str, int], None]) -> Iterator[None]:
    """Have `listener` called with what is counted in this process, as it happens, until the block ends."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
