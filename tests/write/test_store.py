import os
import sys

import pytest

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

    monkeypatch.setattr(os, "fsync", note_fsync)
    monkeypatch.setattr(os, "replace", note_replace)
    _write(store, "stage/x", b"1")
    store.rename("stage/x", "table/day/x")
    assert done == ["stage/x", "stage", ".", "rename", "table/day", "table", "."]
