"""Drivers, config and reports import of a stage what its package names in its docstring, and nothing else."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
STAGES = ("read", "parse", "text", "dedup", "enrich", "write")
INSIDE = re.compile(rf"newsbeam\.transforms\.({'|'.join(STAGES)})(?:\.([\w.]+))?")
OFFER = re.compile(r"^    (\w+(?:\.\w+)*)  +\S", re.MULTILINE)


def offered(stage: str) -> set[str]:
    tree = ast.parse((ROOT / "transforms" / stage / "__init__.py").read_text())
    return set(OFFER.findall(ast.get_docstring(tree, clean=False) or ""))


def imported(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the stages and the modules in them that a module imports, also within functions."""
    for node in ast.walk(ast.parse(path.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            of_stage = node.module in {f"newsbeam.transforms.{stage}" for stage in STAGES}
            names = [f"{node.module}.{alias.name}" for alias in node.names] if of_stage else [node.module]
        for name in names:
            if found := INSIDE.fullmatch(name):
                yield found[1], found[2]


def test_the_pipeline_imports_what_stages_offer() -> None:
    modules = sorted((ROOT / "pipeline").rglob("*.py"))
    found = [(path, *module) for path in modules for module in imported(path)]
    assert len(found) > 50
    inside = [f"{path.relative_to(ROOT)}: {stage}/{name}" for path, stage, name in found if name not in offered(stage)]
    assert inside == [], "name what the stage offers in transforms/STAGE/__init__.py, or import something else"


@pytest.mark.parametrize("stage", STAGES)
def test_stages_offer_what_the_pipeline_imports(stage: str) -> None:
    found = {name for path in (ROOT / "pipeline").rglob("*.py") for of, name in imported(path) if of == stage}
    assert offered(stage) == found


def test_the_config_needs_few_of_them() -> None:
    """It is read for `--help` and `check`, so it must load neither parsers nor engines."""
    stages = {found for path in (ROOT / "pipeline" / "config").glob("*.py") for found in imported(path)}
    assert stages == {("read", "access"), ("read", "addresses"), ("read", "names"), ("parse", "zones")} | {
        ("dedup", "index_settings"),
        ("enrich", "topic_vocabulary"),  # within a function, for topics of alerts
    }
