import os
from pathlib import Path

import pytest

from newsbeam.transforms.read.drops import is_unfinished, list_drop

FILES = ["a.xml", "b", "sub/deep/c.xml", "sub/d.xml.gz", "e.xml~.xml", "part", "tmp.xml"]
UNFINISHED = [
    *(".hidden", ".a.xml.Ab3dE9", ".in.a.xml.", "a.tmp", "a.xml.PART", "a.partial", "a.xml.filepart", "a.crdownload"),
    *(".a.xml.swp", "a.xml.lock", "a.xml~", "#a.xml#", ".~lock.a.odt#", "sub/.b", "sub/b.part"),
    *(".rsync-partial/a.xml", "staged.tmp/a.xml", "sub/.x/a.xml"),
]


@pytest.fixture
def base(tmp_path: Path) -> Path:
    for name in (*FILES, *UNFINISHED):
        (tmp_path / "drop" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "drop" / name).write_text(name)
    return tmp_path


def names(location: str, base: Path) -> list[str]:
    return [os.path.relpath(path, base / "drop") for path, _ in list_drop(location, base)]


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("drop", FILES),
        ("drop/", FILES),
        ("drop/**", FILES),
        ("drop/**/*", FILES),
        ("**/drop/**/*", FILES),
        ("drop/*", [name for name in FILES if "/" not in name]),
        ("drop/.*", []),
        ("drop/*/*", ["sub/d.xml.gz"]),
        ("drop/**/*.xml", ["a.xml", "e.xml~.xml", "sub/deep/c.xml", "tmp.xml"]),
        ("drop/a.xml*", ["a.xml"]),
        # What the config names itself is what is meant.
        ("drop/.rsync-partial", [".rsync-partial/a.xml"]),
        ("drop/staged.tmp/*", ["staged.tmp/a.xml"]),
        ("drop/a.tmp", ["a.tmp"]),
    ],
)
def test_the_files_of_a_drop(base, monkeypatch, location, expected):
    assert names(location, base) == sorted(expected)
    assert list_drop(str(base / location), Path("elsewhere")) == list_drop(location, base)
    monkeypatch.chdir(base)
    assert [path for path, _ in list_drop(location, Path())] == [f"drop/{name}" for name in sorted(expected)]


def test_stamps(base):
    ((path, file_stat),) = list_drop("drop/a.xml", base)
    status = os.stat(path)
    assert file_stat == (status.st_size, status.st_mtime_ns, "")


def test_pipes_are_skipped_and_unreadable_files_are_not(tmp_path):
    drop = tmp_path / "drop"
    (drop / "folder.xml").mkdir(parents=True)
    (drop / "empty.xml").touch()
    (drop / os.fsdecode(b"caf\xe9.xml")).touch()
    os.mkfifo(drop / "fifo.xml")
    (drop / "dangling.xml").symlink_to("nowhere")
    (drop / "circle.xml").symlink_to("circle.xml")
    (drop / "null.xml").symlink_to("/dev/null")
    (drop / "linked.xml").symlink_to("empty.xml")
    (drop / "up").symlink_to("..")
    found = dict(list_drop("drop", tmp_path))
    expected = {b"empty.xml": 0, b"caf\xe9.xml": 0, b"linked.xml": 0, b"dangling.xml": None, b"circle.xml": None}
    sizes = {os.fsencode(os.path.basename(path)): file_stat and file_stat.size for path, file_stat in found.items()}
    assert sizes == expected
    for pattern in ("drop/*.xml", "drop/**/*.xml"):
        assert dict(list_drop(pattern, tmp_path)) == found


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_listed_is_a_result_so_that_reading_it_fails(base):
    os.chmod(base / "drop/sub", 0)
    try:
        assert (str(base / "drop/sub"), None) in list_drop("drop", base)
        for pattern in ("drop/**/*.xml", "drop/sub/*"):
            assert (str(base / "drop/sub/"), None) in list_drop(pattern, base)
    finally:
        os.chmod(base / "drop/sub", 0o755)


@pytest.mark.parametrize("location", ["nothing", "nothing/*.xml", "empty", "empty/", "empty/*", "empty/**/*"])
def test_a_drop_with_nothing_in_it(tmp_path, location):
    (tmp_path / "empty").mkdir()
    expected = {"nothing": "nothing", "nothing/*.xml": "nothing/"}.get(location)
    assert list_drop(location, tmp_path) == ([(f"{tmp_path}/{expected}", None)] if expected else [])


def test_a_folder_and_a_base_with_brackets_in_their_names(tmp_path):
    base = tmp_path / "[x]"
    (base / "drop[1]").mkdir(parents=True)
    (base / "drop[1]/a.xml").touch()
    for location in ("drop[1]", "drop[1]/a.xml", "*/*.xml", "**"):
        assert names(location, base) == ["../drop[1]/a.xml"]


@pytest.mark.parametrize("name", ["a.xml", "part", "a.parts", "lock.xml", "tmp", "a~b", "#1.xml", "..", "."])
def test_finished_names(name):
    assert not is_unfinished(name)


@pytest.mark.parametrize("name", ["a.PART", "...", ".a\nb", "a\nb.tmp"])
def test_unfinished_names(name):
    assert is_unfinished(name)
