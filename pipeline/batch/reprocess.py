"""`newsbeam reprocess`: makes rows anew from documents that an output has kept, with raised limits or better parsers.

    lock the output, recover the commits of an interrupted run
    find      the documents, in the order of fetching, in parts of bounded size
    for each part: collect (RereadDocuments, ParseDocuments), then decide and publish slices as `run` does

Documents keep the time of their fetch, so ids and dates are those of a first reading. What is written is unchanged. If
it dies, the next one finds the entries of the written slices unchanged, continues in the same order, and ends with the
same rows.
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from newsbeam.pipeline import slice_graph
from newsbeam.pipeline.batch.counts import counted_rows
from newsbeam.pipeline.batch.one_pass import OnePass
from newsbeam.pipeline.batch.outcome import PollReview
from newsbeam.pipeline.batch.run import work_folder, writing
from newsbeam.pipeline.batch.summary import Summary
from newsbeam.pipeline.config.model import Config
from newsbeam.pipeline.errors import NotUsableError
from newsbeam.pipeline.exit_status import DONE
from newsbeam.pipeline.output_location import no_rows_error
from newsbeam.pipeline.runners.runners import Engine, EngineError, batch_engine
from newsbeam.transforms.common.plurals import counted
from newsbeam.transforms.common.progress import Progress
from newsbeam.transforms.runtime import metrics
from newsbeam.transforms.runtime.counters import listening
from newsbeam.transforms.write.logged_documents import LogPart, Selection, find_documents, known_sources
from newsbeam.transforms.write.store import Store

PART_BYTES = 64_000_000
"""Documents that are collected at once: their entries are spooled, and the keys of these are in memory."""


class ReprocessError(NotUsableError):
    """There is nothing that could be processed again; `str(error)` says why, in one line."""


def reprocess(
    config: Config, selection: Selection, beam_args: Sequence[str] = (), progress: Progress | None = None
) -> Summary:
    """Process documents again that the output has kept.

    Args:
        config: The output, and the settings of everything but sources; documents keep those of their source.
        selection: Which documents.
        beam_args: Beam's options.
        progress: What shows how far it is; None to show nothing.

    Raises:
        EngineError: The options ask for another runner.
        ReprocessError: The output has neither a raw log nor what was selected of it.
        OutputLockedError: Another run is writing to the output.
    """
    engine = batch_engine(beam_args)
    if engine.one_job:
        raise EngineError("newsbeam reprocess works on this machine: leave --runner out")
    store, progress = Store(config.output), progress or Progress()
    started = time.monotonic()
    selection = _with_source_ids(store, selection)
    with writing("reprocess", config, engine, store) as row:
        counts: Counter[str] = Counter()
        progress.phase("Looking for documents")
        groups = list(_at_once(_found(store, selection, progress)))
        for number, parts in enumerate(groups, 1):
            of = f", part {number:,} of {len(groups):,}" * (len(groups) > 1)
            counts += _reprocess(config, engine, store, progress, parts, of)
        documents, seconds = counts[metrics.DOCUMENTS_REREAD], time.monotonic() - started
        summary = Summary(config.output, documents=documents, **counted_rows(config, counts), seconds=seconds)
        row.finish(summary, DONE)
    if outdated := counts[metrics.ENTRIES_OUTDATED]:
        texts = counted(outdated, "changed text")
        progress.note(f"{texts} of older documents not written: their entries have later versions")
    return summary


def _with_source_ids(store: Store, selection: Selection) -> Selection:
    """Return a selection with the ids of its sources, which documents of any name have.

    Raises:
        ReprocessError: The output has no such source, or nothing to process again.
    """
    logged = bool(store.list("dead_letters" if selection.dead_letters else "raw"))
    # A stream logs what it fetches before it has written a row: then there is something to read without rows.
    if not logged and (error := no_rows_error(store.root)):
        raise ReprocessError(error)
    if not logged:
        kept = "dead letters" if selection.dead_letters else "raw log: raw.keep was null, or its time has passed"
        raise ReprocessError(f"{store.root}: no {kept}")
    known = known_sources(store) if selection.sources else set()
    for name in selection.sources:
        if not any(name in source for source in known):
            raise ReprocessError(f"{store.root}: no source {name!r}; `newsbeam inspect` lists them")
    ids = {source_id for name, source_id in known if not selection.sources.isdisjoint((name, source_id))}
    # All names of these ids: rows from before a renaming have the older one, and some rows have no id.
    names = {name for name, source_id in known if source_id in ids}
    return replace(selection, sources=frozenset(ids | names))


def _found(store: Store, selection: Selection, progress: Progress) -> Sequence[LogPart]:
    logged = find_documents(store, selection)
    if logged.missing:
        missing = counted(logged.missing, "document")
        progress.note(f"warning: {missing} of dead letters not processed: no longer in raw/, only parts were kept")
    return logged.parts


def _at_once(parts: Sequence[LogPart]) -> Iterator[list[LogPart]]:
    """Yield parts in groups of about PART_BYTES, in their order."""
    group: list[LogPart] = []
    size = 0
    for part in parts:
        if group and size + part.bytes > PART_BYTES:
            yield group
            group, size = [], 0
        group.append(part)
        size += part.bytes
    if group:
        yield group


def _reprocess(
    config: Config, engine: Engine, store: Store, progress: Progress, parts: Sequence[LogPart], of: str
) -> Counter[str]:
    with work_folder(store) as folder:
        again = _Again(config, engine, store, folder, progress, of=of)
        with listening(again.show):
            again.collect_parts(parts)
            again.write_slices()
            again.commit_dead_letters()
        return again.counts


@dataclass
class _Again(OnePass):
    """Documents that are processed again: no source is asked, so there are no polls to write."""

    reread: ClassVar[bool] = True

    def show(self, name: str, number: int) -> None:
        """Show the counts of a graph while it runs."""
        if name == metrics.DOCUMENTS_REREAD:
            self.progress.advance(number)
        super().show(name, number)

    def collect_parts(self, parts: Sequence[LogPart]) -> None:
        """Read and parse documents into the spool."""
        # Compared with what the window had at that time, and with everything later.
        self.window_start = (parts[0].first - self.config.dedup.window).date()
        self.progress.phase(f"Reading{self.of}", sum(part.documents for part in parts), "documents")
        self._run(slice_graph.collect_again, parts, self.store, self.config, self.folder)

    def commit_dead_letters(self) -> None:
        """Write the dead letters of reading and parsing that are not in the output."""
        self._commit_dead_letters(PollReview(()))
