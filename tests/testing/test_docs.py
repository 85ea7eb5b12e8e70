"""The Python examples of docs/testing.md run."""

import re
import tempfile
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "testing.md").read_text()


def test_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "mkdtemp", lambda: str(tmp_path))
    examples = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(examples) == 2
    exec("".join(examples), {})


def test_the_package_imports_no_tests() -> None:
    modules = (Path(__file__).parents[2] / "testing").rglob("*.py")
    assert not [path for path in modules if re.search(r"^\s*(?:from|import) tests\b", path.read_text(), re.MULTILINE)]
