"""Errors in a config as lines: file:line:column: key: what is wrong."""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from pydantic_core import ErrorDetails

from newsbeam.pipeline.config.alerts import Alert, Command, Expect, Mail, Webhook
from newsbeam.pipeline.config.model import Config
from newsbeam.pipeline.config.sections import (
    Dedup,
    Entities,
    EntityRules,
    Fetch,
    Limits,
    Raw,
    Stream,
    Topics,
)
from newsbeam.pipeline.config.sources import Auth, Feed, OpmlList, Wire
from newsbeam.pipeline.config.values import Settings, shown
from newsbeam.pipeline.config.yaml_positions import PositionedYaml


class ConfigError(Exception):
    """The config can't be used. `str(error)` has one line for each error: file:line:column: key: what is wrong."""


Problem = tuple[tuple[int, int], str, str]

SECTIONS: dict[tuple[str, ...], type[Settings]] = {
    (): Config,
    ("feeds", "<feed>"): Feed,
    ("feeds", "<opml>"): OpmlList,
    ("feeds", "<feed>", "auth"): Auth,
    ("feeds", "<opml>", "auth"): Auth,
    ("wires",): Wire,
    ("dedup",): Dedup,
    ("entities",): Entities,
    ("entities", "rules"): EntityRules,
    ("topics",): Topics,
    ("limits",): Limits,
    ("fetch",): Fetch,
    ("stream",): Stream,
    ("raw",): Raw,
    ("feeds", "<feed>", "expect"): Expect,
    ("feeds", "<opml>", "expect"): Expect,
    ("wires", "expect"): Expect,
    ("alerts",): Alert,
    ("alerts", "webhook"): Webhook,
    ("alerts", "command"): Command,
    ("alerts", "mail"): Mail,
}
"""The model of each section, by the steps of its place in an error of pydantic."""

_WITH_SECRETS = {"auth", "headers", "cookies", "webhook", "command", "mail"}

# pydantic's error types -> what was expected, in YAML's words.
_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "tuple_type": 'a list (each item begins with "- ")',
    "too_short": "a list of at least one item",
    "model_type": "a mapping (key: value)",
    "dict_type": "a mapping (key: value)",
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "string_pattern_mismatch": 'a language code such as "en"',
    "byte_size": "a size such as 500KB, 64MB or 2GiB",
    "byte_size_unit": "a size such as 500KB, 64MB or 2GiB",
}


def as_problem(details: ErrorDetails, yaml: PositionedYaml) -> Problem:
    """Return the position of an error of pydantic, its key and its message."""
    # pydantic's places have steps that YAML hasn't: the tag of a union, and "[key]" for a key of a mapping.
    place = tuple(step for step in details["loc"] if not str(step).startswith("<") and step != "[key]")
    if details["type"] == "invalid_key":
        place = place[:-1]
    if details["type"] != "extra_forbidden":
        return yaml.place(place), dotted(place), _message(details)
    *names, key = (step for step in details["loc"] if isinstance(step, str))
    allowed = sorted(SECTIONS[tuple(names)].model_fields)
    guess = get_close_matches(key, allowed, n=1)
    hint = f' (did you mean "{guess[0]}"?)' if guess else ""
    message = f'unknown key "{key}"; allowed: {", ".join(allowed)}{hint}'
    return yaml.key_place(place[:-1], key), dotted(place), message


def _message(details: ErrorDetails) -> str:
    kind, value = details["type"], details["input"]
    if not _WITH_SECRETS.isdisjoint(details["loc"]) and kind in _EXPECTED:
        return f"should be {_EXPECTED[kind]}"  # without the value, which may be a secret
    if kind == "invalid_key":
        return f"keys should be text, not {shown(value)}; put it in quotes"
    if kind == "missing":
        return "is missing"
    if kind == "value_error":
        return str(details["ctx"]["error"])
    if kind == "string_too_short":
        return "is empty"
    if kind in _EXPECTED:
        quotes = "; put it in quotes" if kind == "string_type" and isinstance(value, int | float | dict | list) else ""
        return f"should be {_EXPECTED[kind].format(**details.get('ctx', {}))}, not {shown(value)}{quotes}"
    return f"{details['msg'].removeprefix('Input ')}, not {shown(value)}"


def line(path: str | Path, position: tuple[int, int], place: str, message: str) -> str:
    """Return "file:line:column: feeds[2].url: message"."""
    return ": ".join(part for part in (f"{path}:{position[0]}:{position[1]}", place, message) if part)


def dotted(place: Sequence[str | int]) -> str:
    """Return "feeds[2].url"."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).lstrip(".")
