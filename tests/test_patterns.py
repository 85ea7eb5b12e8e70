"""Every pattern of the product takes linear time for any text: feeds and wires are not under our control.

A pattern is called as the product calls it, with texts that are made to be slow for it (`hostile_texts`). Times are
compared within the run: the slowest texts, made eight times as long, may take little more than eight times the time.
"""

import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.support.hostile_texts import Hostile
from tests.support.product_patterns import Used, patterns

LENGTH = 1_000
LONGER = 8
MOST_GROWTH = 24.0  # linear is 8, quadratic 64
FLOOR_S = 0.02  # faster texts of the greater length are not measured
SUSPECT_S = 0.001  # slower texts of the smaller length are measured again: another process may have run
SHORTEST_S = 0.0001
WORST = 4
CUT_S = 0.5
TOO_LONG = float("inf")

_WIRE = "transforms.parse.wire."
_DATELINE = "transforms.text.dateline."

BOUNDED = {
    f"{_WIRE}embargoes._TOKEN": 160,
    **dict.fromkeys((f"{_DATELINE}_SEPARATOR", f"{_DATELINE}_IN_BRACKETS", f"{_DATELINE}_DATE"), 160),
    f"{_DATELINE}_NUMERIC_DATE": 160,
    **dict.fromkeys(("transforms.text.places._SEVERAL", "transforms.text.places._COUNTRY"), 60),
    **dict.fromkeys((f"transforms.text.boilerplate.{name}" for name in ("_SURE", "_FOOTER")), 500),
}
"""The most characters that a pattern gets, which the code before the call ensures."""

USED_AS = dict.fromkeys(
    (
        "transforms.common.encoding._OPENINGS",
        *(f"{_WIRE}{name}" for name in ("anpa._FILE_NAME", "anpa._HEADER_BYTES")),
        *(f"{_WIRE}{name}" for name in ("iptc7901._HEADER", "iptc7901._HEADER_BYTES")),
        *(f"{_WIRE}signal_phrases.{name}" for name in ("_AFTER_TAG", "_AFTER_JOINED_TAG", "_IN_BRACKETS", "_OPENING")),
    ),
    "match",
)
"""Methods of patterns that are passed to a function, or are tried at one position of a text only."""


class _CutError(Exception):
    """A pattern took more than `CUT_S`."""


@pytest.mark.parametrize("part", range(8))
@pytest.mark.slow
def test_every_pattern_takes_linear_time(part):
    slow = {}
    for used in patterns()[part::8]:
        for method in sorted(_methods(used)):
            text = _slow_text(used, method)
            if text is not None:
                slow[f"{sorted(used.names)[0]} ({method})"] = text[:80]
    assert slow == {}


def test_listed_patterns_exist():
    names = {name for used in patterns() for name in used.names}
    assert (BOUNDED.keys() | USED_AS.keys()) - names == set()


def _methods(used: Used) -> set[str]:
    stated = {USED_AS[name] for name in used.names if name in USED_AS}
    return stated or {method if method in ("match", "fullmatch") else "search" for method in used.methods}


def _slow_text(used: Used, method: str) -> Any:
    """Return a text for which the time grows faster than its length, if there is one."""
    hostile = Hostile(used.pattern)
    bound = max((BOUNDED.get(name, 0) for name in used.names), default=0)
    length = bound // LONGER or LENGTH
    times = {}
    for recipe in hostile.recipes():
        text = hostile.text(recipe, length)
        times[recipe] = _time(used.pattern, method, text)
        if times[recipe] > SUSPECT_S:
            times[recipe] = min(times[recipe], *(_time(used.pattern, method, text) for _ in range(2)))
        if times[recipe] == TOO_LONG:
            return text
    for recipe in sorted(times, key=lambda recipe: -times[recipe])[:WORST]:
        text, longer = (hostile.text(recipe, long) for long in (length, length * LONGER))
        if _growth(used.pattern, method, text, longer) > MOST_GROWTH:
            return text
    return None


def _growth(pattern: re.Pattern[Any], method: str, text: Any, longer: Any) -> float:
    """Return the ratio of the CPU times of the longer and the shorter text: the minimum of some measurements."""
    growth = TOO_LONG
    for _ in range(3):
        long = _time(pattern, method, longer, time.process_time)
        if long < FLOOR_S:
            return 0.0
        if long < TOO_LONG:
            short = sum(_time(pattern, method, text, time.process_time) for _ in range(LONGER)) / LONGER
            growth = min(growth, long / max(short, SHORTEST_S))
        if growth <= MOST_GROWTH:
            break
    return growth


def _time(pattern: re.Pattern[Any], method: str, text: Any, clock: Callable[[], float] = time.perf_counter) -> float:
    started = clock()
    try:
        with _cut(CUT_S):
            if method == "search":
                for _ in pattern.finditer(text):
                    pass
            else:
                getattr(pattern, method)(text)
    except _CutError:
        return TOO_LONG
    return clock() - started


@contextmanager
def _cut(seconds: float) -> Iterator[None]:
    """Raise `_CutError` in a block that takes longer, so that an exponential pattern fails and doesn't hang."""

    def stop(*_: object) -> None:
        raise _CutError

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@pytest.mark.parametrize(
    ("expression", "method"),
    [
        (r"\[/?[a-z]\w*(?:[-_]\w+)*(?: [\w-]+=)?\]", "fullmatch"),
        (r"kill (?:(?:the|above)[ -]+|[a-z]+-[\w-]+,? )*story", "search"),
        (r"<!\[CDATA\[.*?\]\]>", "search"),
        (r"\s*[,;]\s*", "search"),
        (r"[+-]?\d+$", "search"),
        (r"\s+(?:a|b)?\s*x", "match"),
        (r"(?:\d+|[a-z]+)+!", "match"),
        (r"\([^)]*\)", "search"),
        (r"[^\s@]+@[^\s@]+", "search"),
        (r"^[ ,]+|[ ,]+$", "search"),
        (rb"\s*\r?\n\s*[a-z]", "match"),
    ],
)
@pytest.mark.slow
def test_patterns_that_are_not_linear_are_found(expression, method):
    assert _slow_text(Used(re.compile(expression)), method) is not None
