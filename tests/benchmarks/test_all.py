"""Each benchmark works, at a hundredth of its size. What it measures then means nothing."""

from pathlib import Path

import pytest

from benchmarks.lib.measure import measure
from benchmarks.lib.record import read_rows
from benchmarks.stream.speed import PRISM
from benchmarks.subjects import SUBJECTS, Subject
from testing.shared_data import MISSING, shared_data

WITHOUT_A_CLUSTER = [subject for subject in SUBJECTS if not subject.on_request]


@pytest.mark.slow
@pytest.mark.parametrize("subject", WITHOUT_A_CLUSTER, ids=lambda subject: subject.name)
def test_every_benchmark_gives_figures(subject: Subject, tmp_path: Path) -> None:
    if subject.needs_shared and shared_data() is None:
        pytest.skip(MISSING)
    if subject.needs_prism and not PRISM.is_file():
        pytest.skip("needs Prism: make prism")
    rows = measure(subject, 0.01, tmp_path / "bench.json")
    assert rows
    assert [row.failed for row in rows if row.failed] == []
    assert {row.key for row in read_rows(tmp_path / "bench.json")} == {row.key for row in rows}
