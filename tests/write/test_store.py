import os
import secrets
import sys

import pytest

from newsbeam.transforms.common import objects
from newsbeam.transforms.write.store import Store


def _write(store: Store, name: str, content: bytes) -> None:
    with store.write(name) as file:
        file.write(content)


def _read(store: Store, name: str) -> bytes:
    with store.open_read(name) as file:
        return file.read()


def test_reads_what_it_wrote(any_store: Store) -> None:
    _write(any_store, "a/b/c.bin", b"content")
    assert _read(any_store, "a/b/c.bin") == b"content"


def test_a_file_appears_whole_when_the_block_ends(any_store: Store) -> None:
    with any_store.write("a/x") as file:
        file.write(b"half")
        file.flush()
        assert not any_store.exists("a/x")
    assert any_store.read("a/x") == b"half"


def test_a_block_that_fails_leaves_what_was_there(any_store: Store) -> None:
    _write(any_store, "a/x", b"old")
    with pytest.raises(ZeroDivisionError), any_store.write("a/x") as file:
        file.write(b"new" * (1 // 0))
    assert (any_store.read("a/x"), any_store.list()) == (b"old", ["a/x"])


def test_creates_a_file_once(any_store: Store) -> None:
    assert any_store.create("a/x", b"first")
    assert not any_store.create("a/x", b"second")
    assert (any_store.read("a/x"), any_store.list()) == (b"first", ["a/x"])


def test_a_missing_file_is_an_error(any_store: Store) -> None:
    for access in (any_store.read, any_store.open_read, lambda name: any_store.rename(name, "b")):
        with pytest.raises(FileNotFoundError):
            access("missing")


def test_reads_parts_of_a_large_file(any_store: Store, monkeypatch) -> None:
    monkeypatch.setattr(objects, "_WHOLE_BYTES", 4)
    _write(any_store, "x", b"0123456789")
    with any_store.open_read("x") as file:
        assert (file.seek(-3, os.SEEK_END), file.read(), file.read()) == (7, b"789", b"")
        assert (file.seek(2), file.read(3), file.tell()) == (2, b"234", 5)


def test_deletes_several_files_also_missing_ones(any_store: Store) -> None:
    _write(any_store, "a/x", b"")
    _write(any_store, "a/y", b"")
    any_store.delete_files(["a/missing", "a/x"])
    assert any_store.list() == ["a/y"]


def test_lists_the_files_directly_in_a_folder(any_store: Store) -> None:
    _write(any_store, "a/x", b"12")
    _write(any_store, "a/b/y", b"")
    found = any_store.list_folder("a")
    assert {name: stat.size for name, stat in found.items() if name != "b"} == {"x": 2}
    assert any_store.list_folder("missing") == {}


def test_does_not_compress_by_extension(any_store: Store) -> None:
    _write(any_store, "a.gz", b"plain")
    assert _read(any_store, "a.gz") == b"plain"


def test_lists_names_below_a_folder_sorted(any_store: Store) -> None:
    for name in ("t/date=2/x", "t/date=1/y", "other/z", "t/date=1/x"):
        _write(any_store, name, b"")
    assert any_store.list("t") == ["t/date=1/x", "t/date=1/y", "t/date=2/x"]
    assert any_store.list() == ["other/z", "t/date=1/x", "t/date=1/y", "t/date=2/x"]


def test_lists_nothing_where_there_is_no_folder(any_store: Store) -> None:
    assert any_store.list("missing") == []


def test_a_listed_folder_is_not_a_prefix_of_another(any_store: Store) -> None:
    _write(any_store, "entries/x", b"")
    _write(any_store, "entries_old/x", b"")
    assert any_store.list("entries") == ["entries/x"]


def test_rename_makes_folders_and_replaces(any_store: Store) -> None:
    _write(any_store, "stage/x", b"new")
    _write(any_store, "table/date=1/x", b"old")
    any_store.rename("stage/x", "table/date=1/x")
    assert _read(any_store, "table/date=1/x") == b"new"
    assert not any_store.exists("stage/x")


@pytest.mark.parametrize(("name", "left"), [("a/x", ["a/y/z"]), ("a", []), ("missing", ["a/x", "a/y/z"])])
def test_deletes_a_file_or_all_of_a_folder(any_store: Store, name: str, left: list[str]) -> None:
    _write(any_store, "a/x", b"")
    _write(any_store, "a/y/z", b"")
    any_store.delete(name)
    assert any_store.list() == left


def test_a_relative_folder_works(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = Store("./out/")
    _write(store, "a/x", b"1")
    store.rename("a/x", "b/c/x")
    assert store.list() == ["b/c/x"]
    assert (tmp_path / "out/b/c/x").read_bytes() == b"1"


def test_an_absolute_store_is_the_same_from_everywhere(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Store("output").absolute() == Store(str(tmp_path / "output"))
    assert Store("gs://bucket/output").absolute() == Store("gs://bucket/output")


def test_a_file_that_cannot_be_listed_is_an_error(tmp_path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(NotADirectoryError):
        Store(str(tmp_path)).list("file")


@pytest.mark.skipif(sys.platform != "linux", reason="names open files through /proc")
def test_a_file_is_on_disk_before_it_is_renamed_and_its_new_name_after(store: Store, monkeypatch) -> None:
    done: list[str] = []
    fsync, replace = os.fsync, os.replace

    def note_fsync(descriptor: int) -> None:
        fsync(descriptor)
        done.append(os.path.relpath(os.readlink(f"/proc/self/fd/{descriptor}"), store.root))

    def note_replace(source: str, target: str) -> None:
        replace(source, target)
        done.append("rename")

    monkeypatch.setattr(secrets, "token_hex", lambda length: "draft")
    monkeypatch.setattr(os, "fsync", note_fsync)
    monkeypatch.setattr(os, "replace", note_replace)
    _write(store, "stage/x", b"1")
    store.rename("stage/x", "table/day/x")
    assert done == ["stage/.draft.tmp", "rename", "stage", ".", "rename", "table/day", "table", "."]
