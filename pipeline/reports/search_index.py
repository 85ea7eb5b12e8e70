"""The index of `newsbeam search`: a folder beside the tables of an output that is brought up to date before a search.

    OUTPUT/_search/   or, for an object store or a folder that can't be written to, in the user's cache
      index/          tantivy's files: a document an entry, in its latest version, unless it is killed or withheld
      known.parquet   which version of which entry is in it
      state.json      the files of entries/ that it has seen, and its own with their sizes

If these files are the same as at the last search, nothing else is read. If not, the views say which entries are
current; those that are new are added, others are removed. So a compaction changes nothing, and a kill takes its story
out. An embargo ends by itself: it is a condition of the search. An index that is damaged is built anew.
"""

import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import tantivy
from filelock import FileLock
from platformdirs import user_cache_path

from newsbeam.pipeline.errors import NotUsableError
from newsbeam.pipeline.reports.search_fields import FORMAT, open_index
from newsbeam.transforms.common.objects import Objects, is_object_url
from newsbeam.transforms.common.progress import Progress

_FOLDER = "_search"
_TANTIVY = version("tantivy")  # an index of another one is built anew


class SearchError(NotUsableError):
    """The output, the index or the query can't be used; `str(error)` says why, in one line."""


def index_folder(output: str) -> Path:
    """Return where the index of an output is: beside its tables, or in the user's cache."""
    if not is_object_url(output):
        folder = Path(output).expanduser() / _FOLDER
        with suppress(OSError):
            folder.mkdir(exist_ok=True)
            # A folder that exists need not be one that can be written to.
            (folder / "writable").touch()
            return folder
    named = output if is_object_url(output) else str(Path(output).expanduser().absolute())
    folder = user_cache_path("newsbeam") / "search" / sha256(named.encode()).hexdigest()[:32]
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def current_index(output: str, progress: Progress, anew: bool = False) -> tantivy.Index:
    """Return the index of an output, brought up to date.

    Args:
        output: A folder that newsbeam wrote to, or its URL in an object store.
        progress: Is told how many stories are indexed.
        anew: Whether it is built anew, also if nothing has changed.

    Raises:
        SearchError: The output can't be read.
        OSError: The index can't be written.
    """
    files = _files(output)
    if len(files) == 1:  # no file of entries
        _check(output)
    folder = index_folder(output)
    is_new = not (folder / "lock").exists()
    with _removed_if_it_fails(folder, is_new), FileLock(folder / "lock"):
        files = _files(output)  # before the rows are read: a file that comes later is new to the next search
        seen = [] if anew or not _is_whole(folder) else _state(folder)["output"]
        if seen != files:
            (folder / "state.json").unlink(missing_ok=True)
            _update(output, folder, seen[:1] == files[:1], progress)
            # Last: an update that was interrupted is made again.
            state = {"output": files, "index": _own_files(folder)}
            (folder / "state.json").write_text(json.dumps(state), encoding="utf-8")
        return open_index(str(folder / "index"))


@contextmanager
def _removed_if_it_fails(folder: Path, is_new: bool) -> Iterator[None]:
    """Leave no folder of a new index that could not be made."""
    try:
        yield
    except SearchError:
        if is_new:
            shutil.rmtree(folder, ignore_errors=True)
        raise


# What follows loads DuckDB and Arrow, which a search of an index that is up to date doesn't need.
def _check(output: str) -> None:
    from newsbeam.pipeline.reports.reading import ReportError, view_database

    try:
        with view_database(output):
            pass
    except ReportError as error:
        raise SearchError(str(error)) from error


def _update(output: str, folder: Path, is_kept: bool, progress: Progress) -> None:
    from newsbeam.pipeline.reports.reading import ReportError
    from newsbeam.pipeline.reports.search_update import update

    try:
        update(output, folder, is_kept, progress)
    except ReportError as error:
        raise SearchError(str(error)) from error


def _is_whole(folder: Path) -> bool:
    """Return whether the index is as it was written: tantivy takes one without its list of files for a new one."""
    if _state(folder)["index"] != _own_files(folder):
        return False
    try:
        open_index(str(folder / "index"))
    except ValueError:
        return False
    return True


def _files(output: str) -> list[list[Any]]:
    """Return what changes when entries do: the format, and the files with their sizes."""
    if is_object_url(output):
        found = [[name, stat.size] for name, stat in Objects.at(output).list("entries")]
    else:
        root = Path(output).expanduser() / "entries"
        found = _sizes(root, root.glob("date=*/*.parquet"))
    return [[FORMAT, _TANTIVY], *sorted(found)]


def _own_files(folder: Path) -> list[list[Any]]:
    """Return the files of the index with their sizes, except those that tantivy locks or keeps for itself."""
    paths = [path for path in (folder / "index").glob("*") if not path.name.startswith(".")]
    return sorted([Path(name).name, size] for name, size in _sizes(folder, [*paths, *folder.glob("known.parquet")]))


def _sizes(root: Path, paths: Iterable[Path]) -> list[list[Any]]:
    """Return files by their path below `root`, with their sizes; without those that have just been deleted."""
    sizes: list[list[Any]] = []
    for path in paths:
        # A compaction deletes files between the listing and this.
        with suppress(FileNotFoundError):
            sizes.append([str(path.relative_to(root)), path.stat().st_size])
    return sizes


def _state(folder: Path) -> dict[str, list[list[Any]]]:
    """Return what was written at the end of the last update; nothing where that can't be read."""
    with suppress(OSError, ValueError):
        state = json.loads((folder / "state.json").read_text(encoding="utf-8"))
        if isinstance(state, dict) and all(isinstance(state.get(name), list) for name in ("output", "index")):
            return state
    return {"output": [], "index": [["", 0]]}
