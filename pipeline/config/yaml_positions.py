"""Parses YAML and keeps the line and column of each value.

PyYAML's nodes carry positions, its constructed values don't. `parse` keeps both, so that an error in a value can name
its line and column.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from newsbeam.pipeline.config.hints import yaml_hint

_TAG = "tag:yaml.org,2002:"
# Tags of YAML 1.1 that plain text gets in PyYAML: `no` is False there, `1:30` is 90, 2026-01-01 a date.
_YAML_1_1 = {_TAG + name for name in ("bool", "int", "timestamp")}


class YamlError(ValueError):
    """The text is not valid YAML. `line` and `column` count from 1; 0 where the place is unknown."""

    def __init__(self, message: str, line: int = 0, column: int = 0):
        super().__init__(message, line, column)
        self.message, self.line, self.column = message, line, column


class _Loader(yaml.SafeLoader):
    """The safe loader with YAML 1.2's booleans and whole numbers, and without dates: `language: no` is Norwegian."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """Construct a value; one that its tag doesn't allow, such as `!!int x`, is an error with its place."""
        try:
            return super().construct_object(node, deep)
        except YamlError:
            raise
        except ValueError as error:
            raise YamlError(f"is not a valid value: {error}", *_position(node)) from error


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _YAML_1_1]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_TAG + "bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
# Not 010: it is 8 in YAML 1.1 and 10 in YAML 1.2, so it stays text.
_Loader.add_implicit_resolver(
    _TAG + "int", re.compile(r"^(?:[-+]?(?:0|[1-9][0-9_]{0,99})|0x[0-9a-fA-F]{1,99})$"), list("-+0123456789")
)


@dataclass(frozen=True)
class PositionedYaml:
    """The values of a YAML document (dicts, lists and scalars), and the nodes that they came from."""

    value: object
    root: yaml.Node | None = field(repr=False)

    def place(self, path: Sequence[str | int]) -> tuple[int, int]:
        """Return line and column, from 1, of the value at `path`, or of the last step of the path that exists."""
        node = self.root
        for step in path:
            child = _child(node, step)
            if child is None:
                break
            node = child
        return _position(node)

    def key_place(self, path: Sequence[str | int], key: str) -> tuple[int, int]:
        """Return line and column, from 1, of the key `key` itself in the mapping at `path`."""
        node = self.root
        for step in path:
            node = _child(node, step) or node
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        return next((_position(name) for name, _ in pairs if name.value == key), _position(node))


def parse(text: str) -> PositionedYaml:
    """Parse one YAML document with the safe loader.

    Raises:
        YamlError: Not YAML, more than one document, or a key twice in one mapping. YAML 1.2 3.2.1.3 forbids that;
            PyYAML would use the last one without a warning.
    """
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
        if root is None:
            return PositionedYaml(None, None)
        _refuse_repeated_keys(root, set())
        return PositionedYaml(loader.construct_document(root), root)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = " ".join(part for part in (error.context, error.problem) if part)
        lines = text.splitlines()
        about = lines[mark.line] if mark and mark.line < len(lines) else ""
        message = "; ".join(part for part in (message, yaml_hint(message, about)) if part)
        raise YamlError(message, mark.line + 1 if mark else 0, mark.column + 1 if mark else 0) from error
    except RecursionError as error:
        raise YamlError("is nested too deeply", 1, 1) from error
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise YamlError(f"the character U+{ord(text[error.position]):04X} is not allowed", line, column) from error


def _refuse_repeated_keys(node: yaml.Node, seen: set[int]) -> None:
    """Raise YamlError for the first mapping under `node` that has a key twice; visit aliased nodes once."""
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_repeated_keys(item, seen)
    if isinstance(node, yaml.MappingNode):
        first: dict[str, yaml.Node] = {}
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and first.setdefault(key.value, key) is not key:
                line, _ = _position(first[key.value])
                raise YamlError(f'the key "{key.value}" is here twice (first on line {line})', *_position(key))
            _refuse_repeated_keys(value, seen)


def _child(node: yaml.Node | None, step: str | int) -> yaml.Node | None:
    """Return the value at a list index or under a key; the last of equal keys, since merged ones (`<<`) come first."""
    children: list[yaml.Node] = []
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
        children = node.value[step : step + 1]
    elif isinstance(node, yaml.MappingNode):
        children = [value for key, value in node.value if key.value == str(step)]
    return children[-1] if children else None


def _position(node: yaml.Node | None) -> tuple[int, int]:
    return (node.start_mark.line + 1, node.start_mark.column + 1) if node is not None else (1, 1)
