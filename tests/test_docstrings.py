"""Public functions, classes and methods have a docstring, and it names the exceptions that they raise."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted(path for folder in ("pipeline", "transforms", "testing") for path in (ROOT / folder).rglob("*.py"))

# A PTransform's docstring says what `expand` takes and gives.
NOT_SAID_TWICE = {"expand"}
# Their docstrings are the help texts of commands; errors are exit statuses there.
COMMANDS = {
    ROOT / "pipeline" / name
    for name in ("cli.py", "reading_commands.py", "view_commands.py", "alert_commands.py", "evaluate_commands.py")
}

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def public(node: ast.AST) -> Iterator[Definition]:
    for child in getattr(node, "body", []):
        if isinstance(child, Definition) and not child.name.startswith("_"):
            yield child
            if isinstance(child, ast.ClassDef):
                yield from public(child)


def raised(function: Definition) -> set[str]:
    """Return the names of the public exceptions that a function makes and raises itself, and doesn't handle."""
    attempts = [node for node in ast.walk(function) if isinstance(node, ast.Try) and node.handlers]
    handled = {id(node) for attempt in attempts for each in attempt.body for node in ast.walk(each)}
    raises = [node for node in ast.walk(function) if isinstance(node, ast.Raise) and id(node) not in handled]
    names = [each.exc.func for each in raises if isinstance(each.exc, ast.Call)]
    return {name.id for name in names if isinstance(name, ast.Name) and name.id[0].isupper()}


@pytest.mark.parametrize("folder", ["pipeline", "transforms", "testing"])
def test_public_names_have_a_docstring(folder: str) -> None:
    found = [
        (f"{path.relative_to(ROOT)}:{each.lineno} {each.name}", ast.get_docstring(each))
        for path in MODULES
        if path.is_relative_to(ROOT / folder)
        for each in public(ast.parse(path.read_text()))
        if each.name not in NOT_SAID_TWICE
    ]
    assert len(found) > 20
    assert [name for name, docstring in found if not docstring] == []


def test_errors_are_documented() -> None:
    missing = [
        f"{path.relative_to(ROOT)}:{each.lineno} {each.name}: {error}"
        for path in MODULES
        if path not in COMMANDS
        for each in public(ast.parse(path.read_text()))
        if not isinstance(each, ast.ClassDef)
        for error in raised(each)
        if error not in (ast.get_docstring(each) or "") and error != "AssertionError"
    ]
    assert missing == []
