"""The sdist, which Beam ships to remote workers, contains all modules and data files."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROBE = """
import newsbeam.pipeline.cli, newsbeam.pipeline.batch.one_pass
from newsbeam.transforms.enrich.topic_vocabulary import top_level
from newsbeam.transforms.text.dateline import extract_dateline
assert top_level("medtop:20000638")
assert extract_dateline("LONDON, March 3 (Reuters) - Shares rose.")
print(newsbeam.pipeline.cli.__file__)
"""


@pytest.mark.slow
def test_the_sdist_installs_and_works(tmp_path: Path) -> None:
    def python(*arguments: str, **environment: str) -> str:
        command = [sys.executable, *arguments]
        env = {**os.environ, **environment}
        return subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True, text=True).stdout

    python("-m", "build", "--sdist", "--no-isolation", "--outdir", str(tmp_path))
    (sdist,) = tmp_path.glob("*.tar.gz")
    target = tmp_path / "installed"
    pip = ("-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--target", str(target))
    python(*pip, str(sdist))
    where = python("-P", "-c", PROBE, PYTHONPATH=str(target)).strip()
    assert where.startswith(str(target))
    installed = {path.relative_to(target / "newsbeam") for path in (target / "newsbeam").rglob("*.py")}
    ours = {path.relative_to(ROOT) for folder in ("pipeline", "transforms") for path in (ROOT / folder).rglob("*.py")}
    public = Path("pipeline/public")  # installed as the package `newsbeam` itself
    assert installed == {path.relative_to(public) if path.is_relative_to(public) else path for path in ours}
