"""The same rows on Prism, Beam's portable local runner, as on the in-process one."""

import sys
from pathlib import Path

import pytest

from newsbeam.pipeline.cli import main
from tests.support.outputs import ALL_ENTRIES, ALL_ROWS, rows, write_config, write_feeds

PRISM = Path(sys.executable).with_name("prism")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # Beam's own sockets to Prism
def test_prism_gives_the_same_rows(tmp_path: Path) -> None:
    if not PRISM.exists():
        pytest.skip("needs Prism: make prism (needs Go)")
    results = []
    for number, options in enumerate(([], ["--runner=PrismRunner", f"--prism_location={PRISM}"])):
        folder = tmp_path / str(number)
        write_feeds(folder)
        # One slice: the fair shares of smaller ones change the order of entries, and with it which event one joins.
        config = write_config(folder, "slice: 100\n")
        assert main(["run", str(config), "--quiet", "--direct_num_workers=1", *options]) == 0
        results.append((rows(folder / "output", ALL_ROWS), rows(folder / "output", ALL_ENTRIES)))
    assert results[0] == results[1]
    assert results[0][0]
