"""A run that finds nothing new, against Beam's import, which is most of it."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.lib.corpus import stories
from benchmarks.lib.figures import Figure, scaled

SOURCES = 20
PAIRS = 7
NEWSBEAM = str(Path(sys.executable).with_name("newsbeam"))


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Yield the seconds of a run with unchanged files, and how many that is beyond those of `import apache_beam`."""
    with tempfile.TemporaryDirectory(prefix="newsbeam-bench-") as name:
        config = _config(Path(name))
        run, beam = [NEWSBEAM, "run", str(config), "--quiet"], [sys.executable, "-c", "import apache_beam"]
        _seconds(run)
        pairs = [(_seconds(run), _seconds(beam)) for _ in range(scaled(PAIRS, scale, 1))]
    wall, cpu = (statistics.median(whole[at] - alone[at] for whole, alone in pairs) for at in (0, 1))
    note = f"{SOURCES} unchanged local feeds, entities on; median of {len(pairs)} pairs"
    yield Figure("start.unchanged_run_s", statistics.median(whole[0] for whole, _ in pairs), "", "s", f"wall; {note}")
    yield Figure("start.beyond_beam_s", wall, "<= 1.5", "s", f"wall, beyond `import apache_beam`; {note}")
    yield Figure("start.beyond_beam_cpu_s", cpu, "<= 1.5", "s", f"CPU of all processes, beyond the import; {note}")


def _config(folder: Path) -> Path:
    for number, (title, body) in enumerate(stories(SOURCES)):
        item = f"<item><guid>{number}</guid><title><![CDATA[{title}]]></title><description><![CDATA[{body}]]>"
        feed = f'<rss version="2.0"><channel><title>A feed</title>{item}</description></item></channel></rss>'
        (folder / f"{number:02}.xml").write_text(feed)
    config = folder / "config.yaml"
    config.write_text(f"output: {folder / 'output'}\nfeeds:\n  - {{url: '*.xml'}}\n")
    return config


def _seconds(command: Sequence[str]) -> tuple[float, float]:
    """Return the seconds of a command: wall, and CPU of all its processes."""
    before, started = os.times(), time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wall, after = time.perf_counter() - started, os.times()
    return wall, after.children_user + after.children_system - before.children_user - before.children_system
