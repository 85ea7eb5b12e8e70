import os
import socket
from pathlib import Path

import pytest

from newsbeam.transforms.read import failures
from newsbeam.transforms.read.files import expand_pattern, is_pattern, local_path, printable, read_file


@pytest.fixture
def drops(tmp_path: Path) -> Path:
    for name in ("b.xml", "a.xml", "a.txt", ".part.xml", "2026/03/c.xml", "2026/d.xml", "[1].xml", "1.xml"):
        path = tmp_path / "drops" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (tmp_path / "drops" / "folder.xml").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("drops/*.xml", ["1.xml", "[1].xml", "a.xml", "b.xml"]),
        ("drops/**/*.xml", ["1.xml", "2026/03/c.xml", "2026/d.xml", "[1].xml", "a.xml", "b.xml"]),
        ("drops/?.txt", ["a.txt"]),
        ("drops/[ab].xml", ["a.xml", "b.xml"]),
        ("drops/[1].xml", ["[1].xml"]),
        ("drops/.*.xml", [".part.xml"]),
        ("drops/a.xml", ["a.xml"]),
        ("drops/*.json", []),
        ("drops/folder.xml", []),
    ],
)
def test_expand_pattern(drops, pattern, names):
    paths = [str(drops / "drops" / name) for name in names]
    assert expand_pattern(pattern, drops) == paths
    assert expand_pattern(str(drops / pattern), Path("elsewhere")) == paths


@pytest.mark.parametrize("pattern", ["missing/*.xml", "missing/**/*", "drops/a.xml/*", "drops/loop/**"])
def test_a_folder_that_can_not_be_listed_is_a_result_so_that_reading_it_fails(drops, pattern):
    (drops / "drops/loop").symlink_to("loop")
    (path,) = expand_pattern(pattern, drops)
    assert path == f"{drops}/{pattern.partition('/*')[0]}/"
    with pytest.raises(failures.UnreadableFileError, match=r"No such file|Not a directory|Too many levels"):
        read_file(path, 10)


def test_paths_stay_relative_to_a_relative_base(drops, monkeypatch):
    monkeypatch.chdir(drops)
    assert expand_pattern("*.txt", Path("drops")) == ["drops/a.txt"]
    assert expand_pattern("drops/*.txt", Path()) == ["drops/a.txt"]


@pytest.mark.parametrize(
    ("pattern", "names"), [("**", ["a/x", "x"]), ("**/x", ["a/x", "x"]), ("a/**", ["a/x"]), ("*/**/*", ["a/x"])]
)
def test_any_depth_does_not_follow_a_loop_of_links(tmp_path, monkeypatch, pattern, names):
    (tmp_path / "a").mkdir()
    for number in range(3):
        (tmp_path / "a" / f"loop{number}").symlink_to(tmp_path)
    (tmp_path / "x").touch()
    (tmp_path / "a/x").touch()
    assert expand_pattern(pattern, tmp_path) == [str(tmp_path / name) for name in names]
    monkeypatch.chdir(tmp_path)
    assert expand_pattern(pattern, Path()) == names


def test_expand_pattern_on_an_object_store(bucket):
    bucket.update({f"memory://bucket/{name}": b"" for name in ("b.xml", "a.xml", "in/c.xml")})
    assert expand_pattern("memory://bucket/*.xml", Path("x")) == ["memory://bucket/a.xml", "memory://bucket/b.xml"]
    assert len(expand_pattern("memory://bucket/**.xml", Path("x"))) == 3
    with pytest.raises(failures.UnreadableFileError, match=r"can't list memory://broken/\*: no access to the bucket"):
        expand_pattern("memory://broken/*", Path("x"))
    with pytest.raises(failures.UnreadableFileError, match="can't list nosuch://"):
        expand_pattern("nosuch://bucket/*", Path("x"))


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("file:///var/x%20y.xml", "/var/x y.xml"),
        ("FILE://localhost/var/x.xml", "/var/x.xml"),
        ("file:/var/x.xml", "/var/x.xml"),
        ("file:feeds/x.xml", "feeds/x.xml"),
        ("feeds/x%20y.xml", "feeds/x%20y.xml"),
        ("memory://bucket/x", "memory://bucket/x"),
    ],
)
def test_local_path(location, path):
    assert local_path(location) == path


def test_a_file_url_of_another_host_is_refused():
    with pytest.raises(failures.UnreadableFileError, match="another host \\(server\\)"):
        read_file("file://server/x.xml", 100)


def test_read_file(drops, bucket):
    bucket["memory://bucket/a.xml"] = b"a"
    path = drops / "drops" / "a.xml"
    assert read_file(str(path), 100) == read_file(path.as_uri(), 100) == b"a.xml"
    assert read_file(str(path), 5) == b"a.xml"
    assert read_file("memory://bucket/a.xml", 1) == b"a"


@pytest.mark.parametrize("location", ["drops/b.xml", "memory://bucket/long"])
def test_a_long_file_is_cut(drops, monkeypatch, bucket, location):
    monkeypatch.chdir(drops)
    bucket["memory://bucket/long"] = b"b.xml"
    with pytest.raises(failures.BodyTooLongError, match="longer than 3 bytes") as caught:
        read_file(location, 3)
    assert (caught.value.body, caught.value.uri) == (b"b.x", location)


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("missing.xml", "can't read missing.xml: No such file or directory"),
        ("drops", "can't read drops: Is a directory"),
        ("a\0b", "can't read a\0b: embedded null byte"),
        ("memory://bucket/missing", "can't read memory://bucket/missing: No such object"),
        ("memory://broken/a", "can't read memory://broken/a: no access to the bucket"),
        ("nosuch://bucket/x", "can't read nosuch://bucket/x: unknown scheme"),
    ],
)
def test_files_that_can_not_be_read(drops, bucket, monkeypatch, location, why):
    monkeypatch.chdir(drops)
    with pytest.raises(failures.UnreadableFileError) as caught:
        read_file(location, 100)
    assert str(caught.value).startswith(why)
    assert caught.value.body == b""


def test_pipes_and_devices_are_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(failures.UnreadableFileError, match=r"can't read .*fifo: not a file"):
        read_file(str(tmp_path / "fifo"), 100)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        with pytest.raises(failures.UnreadableFileError, match=r"can't read .*socket: "):
            read_file(str(tmp_path / "socket"), 100)
    with pytest.raises(failures.UnreadableFileError, match="can't read /dev/zero: not a file"):
        read_file("/dev/zero", 100)


def test_at_most_the_limit_is_read(tmp_path):
    with open(tmp_path / "huge", "wb") as file:
        file.truncate(10_000_000_000)
    with pytest.raises(failures.BodyTooLongError) as caught:
        read_file(str(tmp_path / "huge"), 1000)
    assert caught.value.body == bytes(1000)


def test_printable_and_is_pattern():
    assert printable(os.fsdecode(b"caf\xe9.xml")) == r"caf\xe9.xml"
    assert printable("café.xml") == "café.xml"
    assert [is_pattern(name) for name in ("a*", "a?", "[a]", "a")] == [True, True, True, False]
