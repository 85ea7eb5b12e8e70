"""The notebook runs on the sample."""

from pathlib import Path

import pytest

from newsbeam.pipeline.cli import main

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of Jupyter's kernel about itself
def test_the_notebook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    monkeypatch.chdir(ROOT)
    output = tmp_path / "output"
    assert main(["run", "configs/sample.yaml", "-q", "--output", str(output), "--direct_num_workers=1"]) == 0
    monkeypatch.setenv("NEWSBEAM_OUTPUT", str(output))
    notebook = nbformat.read(ROOT / "examples" / "questions.ipynb", as_version=4)
    nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [output.output_type for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert outputs.count("display_data") == 2  # the plots
    assert "error" not in outputs
