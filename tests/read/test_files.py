import io
import os
from pathlib import Path

import pytest
from apache_beam.io.filesystem import BeamIOError, FileMetadata, FileSystem

from newsbeam.transforms.read import failures
from newsbeam.transforms.read.files import expand_pattern, is_pattern, local_path, printable, read_file


class _MemoryFileSystem(FileSystem):
    """An object store for `mem://`, which Beam finds because it exists."""

    files = {"mem://bucket/b.xml": b"b", "mem://bucket/a.xml": b"a", "mem://bucket/in/c.xml": b"c"}  # noqa: RUF012

    @classmethod
    def scheme(cls):
        return "mem"

    def has_dirs(self):
        return False

    def _list(self, prefix):
        if "broken" in prefix:
            raise BeamIOError("no access\nto the bucket")
        return [FileMetadata(path, len(body), 0) for path, body in self.files.items() if path.startswith(prefix)]

    def open(self, path, mime_type="", compression_type=""):
        if path not in self.files:
            raise FileNotFoundError(2, "No such file", path)
        return io.BytesIO(self.files[path])

    def join(self, basepath, *paths):
        return "/".join([basepath, *paths])

    def split(self, path):
        return path.rsplit("/", 1)

    create = mkdirs = copy = rename = delete = exists = size = last_updated = checksum = metadata = None


for _name in FileSystem.__abstractmethods__ - {"scheme", "has_dirs", "_list", "open", "join", "split"}:
    setattr(_MemoryFileSystem, _name, None)
_MemoryFileSystem.__abstractmethods__ = frozenset()


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
        ("missing/**/*", []),
    ],
)
def test_expand_pattern(drops, pattern, names):
    paths = [str(drops / "drops" / name) for name in names]
    assert expand_pattern(pattern, drops) == paths
    assert expand_pattern(str(drops / pattern), Path("elsewhere")) == paths


def test_paths_stay_relative_to_a_relative_base(drops, monkeypatch):
    monkeypatch.chdir(drops)
    assert expand_pattern("*.txt", Path("drops")) == ["drops/a.txt"]
    assert expand_pattern("drops/*.txt", Path()) == ["drops/a.txt"]


def test_expand_pattern_on_an_object_store():
    assert expand_pattern("mem://bucket/*.xml", Path("x")) == ["mem://bucket/a.xml", "mem://bucket/b.xml"]
    assert len(expand_pattern("mem://bucket/**.xml", Path("x"))) == 3
    with pytest.raises(failures.UnreadableFileError, match=r"can't list mem://broken/\*: no access to the bucket"):
        expand_pattern("mem://broken/*", Path("x"))
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
        ("mem://bucket/x", "mem://bucket/x"),
    ],
)
def test_local_path(location, path):
    assert local_path(location) == path


def test_a_file_url_of_another_host_is_refused():
    with pytest.raises(failures.UnreadableFileError, match="another host \\(server\\)"):
        read_file("file://server/x.xml", 100)


def test_read_file(drops):
    path = drops / "drops" / "a.xml"
    assert read_file(str(path), 100) == read_file(path.as_uri(), 100) == b"a.xml"
    assert read_file(str(path), 5) == b"a.xml"
    assert read_file("mem://bucket/a.xml", 1) == b"a"


@pytest.mark.parametrize("location", ["drops/b.xml", "mem://bucket/long"])
def test_a_long_file_is_cut(drops, monkeypatch, location):
    monkeypatch.chdir(drops)
    monkeypatch.setitem(_MemoryFileSystem.files, "mem://bucket/long", b"b.xml")
    with pytest.raises(failures.BodyTooLongError, match="longer than 3 bytes") as caught:
        read_file(location, 3)
    assert (caught.value.body, caught.value.uri) == (b"b.x", location)


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("missing.xml", "can't read missing.xml: No such file or directory"),
        ("drops", "can't read drops: Is a directory"),
        ("a\0b", "can't read a\0b: embedded null byte"),
        ("mem://bucket/missing", "can't read mem://bucket/missing: No such file"),
        ("nosuch://bucket/x", "can't read nosuch://bucket/x: Unable to get filesystem from specified path"),
    ],
)
def test_what_can_not_be_read(drops, monkeypatch, location, why):
    monkeypatch.chdir(drops)
    with pytest.raises(failures.UnreadableFileError) as caught:
        read_file(location, 100)
    assert str(caught.value).startswith(why)
    assert caught.value.body == b""


def test_printable_and_is_pattern():
    assert printable(os.fsdecode(b"caf\xe9.xml")) == "caf\ufffd.xml"
    assert printable("café.xml") == "café.xml"
    assert [is_pattern(name) for name in ("a*", "a?", "[a]", "a")] == [True, True, True, False]
