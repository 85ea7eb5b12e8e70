from pathlib import Path

import pytest

from benchmarks import fuzz


@pytest.mark.slow
def test_damaged_samples_give_an_entry_or_a_dead_letter_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSBEAM_SHARED_DATA", str(tmp_path / "none"))
    assert fuzz.main(["--inputs", "600", "--seed", "7", "--folder", str(tmp_path / "failed")]) == 0


def test_an_input_is_the_same_every_time() -> None:
    assert fuzz.damaged(7, 3) == fuzz.damaged(7, 3)
    assert fuzz.damaged(7, 3) != fuzz.damaged(8, 3)
