"""`newsbeam views --materialize`: the rows of the views as Parquet files, for readers that have no views."""

import os
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq

from newsbeam.pipeline.reports.reading import ReportError, select, view_database
from newsbeam.pipeline.reports.views import VIEWS, root
from newsbeam.transforms.common.objects import is_object_url
from newsbeam.transforms.common.progress import SILENT, Progress

_BATCH_ROWS = 100_000


def materialize(output: str, folder: str, progress: Progress = SILENT) -> Iterator[Path]:
    """Write each view to FOLDER/VIEW.parquet, and yield the path when it is complete.

    Args:
        output: A folder that newsbeam wrote to, or its URL in an object store.
        folder: Where to write; it is created.
        progress: Is told which view is written, and how many rows of it.

    Raises:
        ReportError: The output can't be read, or the folder can't be written to or is in the output.
    """
    target = Path(folder).expanduser().absolute()
    with view_database(output) as database:
        refuse_inside(output, target)
        try:
            target.mkdir(parents=True, exist_ok=True)
            for number, view in enumerate(VIEWS, 1):
                progress.phase(f"Writing {view}", None, "rows")
                progress.part(number, len(VIEWS), "view")
                path = target / f"{view}.parquet"
                # Hidden, so that no pattern for the views finds it.
                unfinished = path.with_name(f".{path.name}")
                reader = select(database, f"FROM {view}").to_arrow_reader(_BATCH_ROWS)
                with pq.ParquetWriter(unfinished, reader.schema, compression="zstd") as writer:
                    for batch in reader:
                        writer.write_batch(batch)
                        progress.advance(batch.num_rows)
                os.replace(unfinished, path)
                yield path
        except OSError as error:
            raise ReportError(f"{target}: can't be written to: {error.strerror or error}") from error


def refuse_inside(output: str, target: Path) -> None:
    """Raise ReportError if a file or folder to write is an output or in it: reports never change one."""
    if not is_object_url(output) and Path(root(output)).resolve() in (target.resolve(), *target.resolve().parents):
        raise ReportError(f"{target}: is in the output, which reports never change")
