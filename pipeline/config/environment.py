"""Expands `${NAME}` in a config's values from the environment, so that the file needs no secrets."""

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]{0,127})\}")

Place = tuple[str | int, ...]


def expand(value: Any, environment: Mapping[str, str] = os.environ) -> Any:
    """Return a config's values with each `${NAME}` expanded; keys and names that are not set stay as they are."""
    if isinstance(value, str):
        return _REFERENCE.sub(lambda match: environment.get(match[1], match[0]), value)
    if isinstance(value, dict):
        return {key: expand(item, environment) for key, item in value.items()}
    if isinstance(value, list):
        return [expand(item, environment) for item in value]
    return value


def unset(value: Any, environment: Mapping[str, str] = os.environ, place: Place = ()) -> Iterator[tuple[Place, str]]:
    """Yield the place and the name of each variable that is not set."""
    if isinstance(value, str):
        yield from ((place, name) for name in _REFERENCE.findall(value) if name not in environment)
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from unset(item, environment, (*place, key))
