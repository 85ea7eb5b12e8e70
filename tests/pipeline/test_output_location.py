import pytest

from newsbeam.pipeline.cli import main

CONFIG = "output: {}\nfeeds: [{{path: a.xml}}]\nwires: [{{path: drop, source: A{}}}]\n"


@pytest.fixture
def check(tmp_path, monkeypatch, capsys):
    """Write a config with this output and `check` it; return the exit status and the first line of standard error."""
    (tmp_path / "a.xml").write_text("x")
    (tmp_path / "drop").mkdir()
    monkeypatch.chdir(tmp_path)

    def check(output: str, wire: str = "", *arguments: str) -> tuple[int, str]:
        (tmp_path / "c.yaml").write_text(CONFIG.format(output, wire))
        before = sorted(tmp_path.rglob("*"))
        status = main(["check", "c.yaml"])
        assert sorted(tmp_path.rglob("*")) == before
        return status, capsys.readouterr().err.partition("\n")[0]

    return check


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("a.xml", "can't be a folder: {}/a.xml is a file"),
        ("a.xml/b/c", "can't be a folder: {}/a.xml is a file"),
        ("/dev/null/x", "can't be a folder: /dev/null is not a folder"),
        ("/proc/x", "can't be written to: /proc: "),
        ("x" * 300 + "/y", "can't be used: File name too long"),
        ("https://a.example/out", 'unknown scheme "https:"; allowed: s3, gs, az, or a path'),
        ("gs:///x", "has no bucket: gs:///x"),
        ("drop/out", "is inside wires[0].path, so that a run would read its own files: drop"),
        ("drop", "is inside wires[0].path, so that a run would read its own files: drop"),
    ],
)
def test_an_output_that_can_not_be_used_is_found_before_anything_runs(check, tmp_path, output, message):
    status, line = check(output)
    assert status == 2
    assert line.startswith(f"c.yaml:1:9: output: {message.format(tmp_path)}")


@pytest.mark.parametrize("output", ["out", "not/there/yet", "drop2", "./out/../out"])
def test_an_output_that_can_be_made(check, output):
    assert check(output) == (0, "")


def test_an_output_in_a_drop_whose_files_are_not_read(check):
    assert check("drop/out", ', include: ["*.xml"]') == (0, "")


def test_home(check, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert check("~/a.xml") == (2, f"c.yaml:1:9: output: can't be a folder: {tmp_path}/a.xml is a file")
    (tmp_path / "c.yaml").write_text(
        "output: ~/out\nfeeds: [{path: ~/a.xml}, {path: '~/*.rss'}]\nwires: [{path: ~/drop}]\n"
    )
    assert main(["check", "c.yaml"]) == 0
    assert f"output:   {tmp_path}/out" in capsys.readouterr().out


def test_the_option_counts(tmp_path, check, capsys):
    check("out")
    assert main(["run", "c.yaml", "--output", "a.xml"]) == 2
    assert capsys.readouterr().err == f"--output: can't be a folder: {tmp_path}/a.xml is a file\n"
