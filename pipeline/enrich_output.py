"""`newsbeam enrich`: tags rows that have no tags, or those of an older model or list, from the text in the rows."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial

from newsbeam.pipeline.batch.run import writing
from newsbeam.pipeline.config.model import Config
from newsbeam.pipeline.errors import NotUsableError
from newsbeam.pipeline.exit_status import DONE
from newsbeam.pipeline.output_location import no_rows_error
from newsbeam.pipeline.reports.run_report import OUTCOMES
from newsbeam.pipeline.runners.runners import batch_engine
from newsbeam.pipeline.settings import entity_settings, list_versions, record_limits, topic_settings
from newsbeam.transforms.common.plurals import counted
from newsbeam.transforms.common.progress import Progress
from newsbeam.transforms.enrich.packages import model_versions
from newsbeam.transforms.enrich.tag_batches import tag_entities_batch, tag_topics_batch
from newsbeam.transforms.errors import WorkerCrashedError
from newsbeam.transforms.ids import dead_letter_id
from newsbeam.transforms.records import DeadLetter, Story
from newsbeam.transforms.runtime import metrics
from newsbeam.transforms.runtime.batches import Batch, Chain
from newsbeam.transforms.runtime.isolation import Isolated
from newsbeam.transforms.runtime.workers import Pool, current_pool
from newsbeam.transforms.write.commit import commit, slice_id, stage
from newsbeam.transforms.write.compaction.retag import Retagged, RetagReport, Wanted, retag
from newsbeam.transforms.write.lookup.dead_letters import known_dead_letters
from newsbeam.transforms.write.rows import dead_letter_rows, slice_tables
from newsbeam.transforms.write.run_record import ErrorCount
from newsbeam.transforms.write.store import Store

BATCH = 96
_NAMES_SHOWN = 5


class EnrichOutputError(NotUsableError):
    """The output has no rows to tag, or the config switches everything off; `str(error)` says so, in one line."""


def enrich_output(
    config: Config, since: date = date.min, until: date = date.max, progress: Progress | None = None
) -> RetagReport:
    """Tag the rows of an output anew where they were not tagged by the models and lists of a config.

    Args:
        config: Its output; models, topics and limits.
        since: The first day.
        until: The last day.
        progress: What shows a line for each day, what was left, and a summary; None to show nothing.

    Raises:
        EnrichOutputError: The output has no rows, or entities and topics are switched off.
        OutputLockedError: A run or a stream is writing to the output.
        CompactionLockedError: A compaction is running on the output.
    """
    store, progress = Store(config.output), progress or Progress()
    _check(store, config)
    wanted = Wanted(model_versions(config.entities.models), list_versions(config))
    with writing("enrich", config, batch_engine([]), store) as row:
        tagger = _Tagger(config, progress)

        def done(retagged: Retagged) -> None:
            progress.note(_line(retagged))

        report = retag(
            store,
            wanted,
            partial(_tag_and_commit, tagger, store, since),
            since,
            until,
            done=done,
            lease_s=config.lock_lease.total_seconds(),
            progress=progress,
        )
        row.row = replace(
            row.row,
            exit_status=DONE,
            outcome=OUTCOMES[DONE],
            entities=tagger.entities if wanted.models else None,
            dead_letters=tagger.dead_letters,
            errors=(ErrorCount("EnrichError", tagger.dead_letters),) if tagger.dead_letters else (),
        )
    _show(report, store.root, progress.note)
    return report


def _check(store: Store, config: Config) -> None:
    if not config.entities.models and not config.topics.max:
        raise EnrichOutputError("the config switches entities and topics off, so there is nothing to add")
    if error := no_rows_error(store.root):
        raise EnrichOutputError(error)


def _tag_and_commit(tagger: "_Tagger", store: Store, since: date, stories: Sequence[Story]) -> list[Story]:
    """Return stories with tags; write the dead letters of texts that could not be tagged, unless they are there."""
    result = tagger.tag(stories)
    first = max(since, min((each.failed_at.date() for each in result.dead_letters), default=date.max))
    known = known_dead_letters(store, {each.uri for each in result.dead_letters}, first)
    new = [each for each in result.dead_letters if dead_letter_id(each) not in known]
    if new:
        commit(store, stage(store, slice_id((), (), new), slice_tables(map(dead_letter_rows, new))))
    return list(result.items)


@dataclass
class _Tagger:
    """Tags stories in worker processes.

    Attributes:
        config: The models and limits.
        progress: Shows the paragraphs.
        entities: How many were found.
        dead_letters: How many texts could not be tagged.
    """

    config: Config
    progress: Progress
    entities: int = 0
    dead_letters: int = 0
    _function: Isolated = field(init=False)

    def __post_init__(self) -> None:
        topics = partial(tag_topics_batch, settings=topic_settings(self.config))
        entities = partial(tag_entities_batch, settings=entity_settings(self.config))
        self._function = Isolated(Chain((topics, entities)), _untagged, record_limits(self.config))

    def tag(self, stories: Sequence[Story]) -> Batch[Story]:
        """Return stories with tags, in the same order, and the dead letters of texts that a tagger fails on."""
        items: list[Story] = []
        dead_letters: list[DeadLetter] = []
        for batch in self._batches(stories):
            items += batch.items
            dead_letters += batch.dead_letters
            self.entities += batch.counts.get(metrics.ENTITIES, 0)
            self.progress.advance(sum(len(story.paragraphs) for story in batch.items))
        self.dead_letters += len(dead_letters)
        return Batch(items, dead_letters)

    def _batches(self, stories: Sequence[Story]) -> Iterator[Batch[Story]]:
        pool = current_pool()
        running: deque[tuple[Sequence[Story], Future[Batch[Story]]]] = deque()
        for start in range(0, len(stories), BATCH):
            part = stories[start : start + BATCH]
            running.append((part, pool.submit(self._function, part)))
            # More would only wait in memory.
            if len(running) > pool.max_in_flight:
                yield from self._result(pool, *running.popleft())
        while running:
            yield from self._result(pool, *running.popleft())

    def _result(self, pool: Pool, part: Sequence[Story], result: "Future[Batch[Story]]") -> Iterator[Batch[Story]]:
        wall_s = record_limits(self.config).wall_s
        try:
            yield result.result(wall_s)
        except TimeoutError:
            pool.kill()
            yield from pool.isolate(self._function, part, self._crashed, wall_s)
        except BrokenExecutor:
            yield from pool.isolate(self._function, part, self._crashed, wall_s)

    def _crashed(self, story: Story) -> Batch[Story]:
        error = WorkerCrashedError("the worker process crashed on this record, or was killed after the time limit")
        return self._function.reject(story, error)


def _untagged(stories: Sequence[Story]) -> Batch[Story]:
    return Batch(stories)


def _line(retagged: Retagged) -> str:
    entries, paragraphs = counted(retagged.entries, "entry", "entries"), counted(retagged.paragraphs, "paragraph")
    return f"{retagged.day}: {entries}, {paragraphs}"


def _show(report: RetagReport, output: str, note: Callable[[str], None]) -> None:
    for why, names in report.left.items():
        more = f" and {len(names) - _NAMES_SHOWN:,} more" if len(names) > _NAMES_SHOWN else ""
        note(f"skipped: {', '.join(names[:_NAMES_SHOWN])}{more}: {why}")
    if report.days:
        paragraphs = sum(each.paragraphs for each in report.days)
        note(f"tagged {counted(paragraphs, 'paragraph')} of {counted(len(report.days), 'day')} anew")
    elif not report.left:
        note(f"nothing to enrich in {output}: all tags are of these models and lists")
