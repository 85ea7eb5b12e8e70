"""Export to a feed and back: entries of real feeds and wires that differ after newsbeam has read what it wrote."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.lib.corpus import corpus_name, write_drop
from benchmarks.lib.figures import Figure, scaled
from newsbeam.pipeline.cli import main
from testing.read_back import FORMATS, differences
from testing.shared_data import shared_data

STORIES = 2_000


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Yield the number of entries that differ in title, text, guid, link, dates or authors, by format."""
    with tempfile.TemporaryDirectory(prefix="newsbeam-bench-") as name:
        folder, stories = Path(name), scaled(STORIES, scale, 20)
        config = write_drop(folder, stories, entities=False)
        data = shared_data()
        if data:
            config.write_text(_with_all(config.read_text(encoding="utf-8"), data), encoding="utf-8")
        if main(["run", str(config), "-q", "--direct_num_workers=1"]) != 0:
            raise RuntimeError("the run has failed")
        for format in FORMATS:
            found = [changed for _, changed in differences(str(folder / "output"), folder, format)]
            others = ", and all feeds and wires of the shared data" * bool(data)
            note = f"of {len(found):,} entries: {stories:,} stories of {corpus_name()}{others}"
            yield Figure(f"feed_export.{format}.differ", sum(map(bool, found)), "== 0", "", note)


def _with_all(config: str, data: Path) -> str:
    """Return a config that also reads the shared feeds, real and made to test parsers, and the wires."""
    wires = f"wires:\n  - {{path: '{data}/newswire/**/*.*', source: wires}}\n"
    return config.replace("wires:\n", wires) + f"feeds:\n  - {{path: '{data}/feeds/**/*.*'}}\n"
