"""All compiled patterns of the product and the methods that it calls on them.

They are found in module attributes, also within containers, records and classes, and in literals that functions pass
to `re`. A pattern that a function builds can't be found: `BUILT` has examples of these.
"""

import ast
import fnmatch
import importlib
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import newsbeam.pipeline
import newsbeam.transforms
from newsbeam.transforms.parse.wire import signal_phrases

_CALLS = {"match", "fullmatch", "search", "findall", "finditer", "sub", "subn", "split"}
_RE_CALLS = _CALLS | {"compile"}

BUILT: dict[tuple[str, str], tuple[str, ...]] = {
    ("transforms.read.files", "name_matcher"): (rf"\A{fnmatch.translate('*a*b*.xml')}",),  # by `match`
    ("transforms.text.boilerplate", "_any"): (),  # its patterns are attributes
    ("transforms.parse.wire.newsml1", "_identity"): (r":12[A-Z]?$",),
    ("transforms.parse.wire.newsml1", "_is_own"): (r"(?<!\w)item(?!\w)",),
    ("transforms.parse.wire.newsml1_text", "_are_equivalent"): (r"Kind\b.*(?:Language|Format|MimeType|MediaType)",),
    ("transforms.parse.wire.signal_phrases", "_compile"): (),  # `_signal_phrases` has them
    ("transforms.parse.wire.signal_phrases", "slug_key"): (f"({signal_phrases._SLUG_PARTS.pattern})",),
    ("transforms.write.ownership", "reconcile"): (r"key\-epoch-(\d+)-(\w+)\b",),
}
"""Examples of the patterns that functions build, by module and function."""


@dataclass
class Used:
    """A pattern, its names ("module.name"), and the methods that the product calls on it."""

    pattern: re.Pattern[Any]
    names: set[str] = field(default_factory=set)
    methods: set[str] = field(default_factory=set)


def modules() -> Iterator[ModuleType]:
    """Yield every module of the product."""
    for package in (newsbeam.pipeline, newsbeam.transforms):
        yield package
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            yield importlib.import_module(found.name)


@cache
def patterns() -> list[Used]:
    """Return every pattern of the product once, with all its names and methods."""
    used: dict[re.Pattern[Any], Used] = {}
    called = _methods_by_name()
    for name, pattern in (*_attributes(), *_signal_phrases()):
        each = used.setdefault(pattern, Used(pattern))
        each.names.add(name)
        module, _, short = name.rpartition(".")
        each.methods |= called.get((module, short)) or called.get(("", short)) or {"search"}
    for name, method, pattern in _inline():
        each = used.setdefault(pattern, Used(pattern))
        each.names.add(name)
        each.methods.add(method)
    return list(used.values())


def _attributes() -> Iterator[tuple[str, re.Pattern[Any]]]:
    for module in modules():
        short = module.__name__.removeprefix("newsbeam.")
        for name, value in vars(module).items():
            for pattern in _within(value, 3):
                yield f"{short}.{name}", pattern


def _within(value: object, depth: int) -> Iterator[re.Pattern[Any]]:
    """Yield the patterns in a value: itself, items, fields, attributes of a class of the product."""
    if isinstance(value, re.Pattern):
        yield value
    elif depth and isinstance(value, (tuple, list, set, frozenset)) and len(value) < 200:
        for each in value:
            yield from _within(each, depth - 1)
    elif depth and isinstance(value, dict):
        for each in value.values():
            yield from _within(each, depth - 1)
    elif depth and (getattr(value, "__module__", None) or "").startswith("newsbeam.") and hasattr(value, "__dict__"):
        for each in vars(value).values():
            yield from _within(each, depth - 1)


def _signal_phrases() -> Iterator[tuple[str, re.Pattern[Any]]]:
    """Yield the expressions of `data/signal_phrases.tsv`: all rows together take the sum of their times."""
    name = "transforms.parse.wire.signal_phrases"
    for row in signal_phrases.rows():
        yield f"{name}: {row['example']}", signal_phrases._compile([row], row["form"]).pattern


def _trees() -> Iterator[tuple[str, ast.Module]]:
    for module in modules():
        if module.__file__:
            yield module.__name__.removeprefix("newsbeam."), ast.parse(Path(module.__file__).read_text("utf-8"))


def _methods_by_name() -> dict[tuple[str, str], set[str]]:
    """Return for the names of patterns (module, name) the methods that are called on them; the module "" is any.

    A call with a position ("match(text, at)") may be one of many along a text, which is what a search does.
    """
    called: dict[tuple[str, str], set[str]] = {}
    for module, tree in _trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CALLS:
                along = len(node.args) > 1 and node.func.attr in ("match", "fullmatch")
                method = "search" if along else node.func.attr
                if isinstance(node.func.value, ast.Name):
                    name = node.func.value.id
                    for place in {module, module if name.startswith("_") else ""}:  # others may be imported
                        called.setdefault((place, name), set()).add(method)
                elif isinstance(node.func.value, ast.Attribute):
                    called.setdefault(("", node.func.value.attr), set()).add(method)
    return called


def _inline() -> Iterator[tuple[str, str, re.Pattern[Any]]]:
    """Yield (name, method, pattern) of the calls of `re` within functions."""
    for module, function, call in _calls_in_functions():
        name = f"{module}.{function}"
        method = call.func.attr if call.func.attr != "compile" else "search"
        for expression in _expressions(module, function, call):
            yield name, method, re.compile(expression, _flags(call))


def _calls_in_functions() -> Iterator[tuple[str, str, Any]]:
    for module, tree in _trees():
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef):
                for node in ast.walk(function):
                    if (
                        isinstance(node, ast.Call)
                        and isinstance(node.func, ast.Attribute)
                        and isinstance(node.func.value, ast.Name)
                        and node.func.value.id == "re"
                        and node.func.attr in _RE_CALLS
                    ):
                        yield module, function.name, node


def _expressions(module: str, function: str, call: ast.Call) -> tuple[Any, ...]:
    first = call.args[0]
    if isinstance(first, ast.Constant):
        return (first.value,)
    return BUILT[(module, function)]


def _flags(call: ast.Call) -> int:
    """Return the flags among the arguments: `re.IGNORECASE`, and so on."""
    flags = 0
    for argument in (*call.args[1:], *(keyword.value for keyword in call.keywords)):
        for node in ast.walk(argument):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "re":
                value = getattr(re, node.attr)
                flags |= value if isinstance(value, re.RegexFlag) else 0
    return flags
