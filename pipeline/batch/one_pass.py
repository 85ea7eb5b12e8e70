"""The steps of one pass, each a graph or several; `run` has the order and the promise."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

from apache_beam.metrics import MetricsFilter

from newsbeam.pipeline import graph
from newsbeam.pipeline.batch import spool
from newsbeam.pipeline.batch.outcome import Judge, Outcome
from newsbeam.pipeline.batch.progress import Progress, Summary
from newsbeam.pipeline.batch.source_names import always_new, current_names, renamed
from newsbeam.pipeline.batch.spool import Ref
from newsbeam.pipeline.config import Config
from newsbeam.pipeline.runners.runners import Engine
from newsbeam.pipeline.settings import fetch_settings
from newsbeam.pipeline.sources import expand_sources
from newsbeam.transforms.dedup.paragraphs import as_known
from newsbeam.transforms.dedup.versions import MAX_VERSIONS_A_DAY
from newsbeam.transforms.ids import address
from newsbeam.transforms.read.due import due_in_run
from newsbeam.transforms.read.http import HttpClient
from newsbeam.transforms.read.sources import access_of, without_access
from newsbeam.transforms.records import DeadLetter, KnownEntry, KnownParagraph, Poll, Story
from newsbeam.transforms.runtime import metrics
from newsbeam.transforms.write.commit import Staged, commit, slice_id, stage
from newsbeam.transforms.write.lookup.dead_letters import dead_letter_id, known_dead_letters
from newsbeam.transforms.write.lookup.lookups import known_entries, known_paragraphs, known_polls
from newsbeam.transforms.write.rows import dead_letter_rows, poll_rows, slice_tables
from newsbeam.transforms.write.store import Store

MANY_ENTRIES = 5
"""Entries of a feed that are a flood if all of them are new at each of two polls."""

LETTERS_BYTES = 64_000_000
"""Payloads of dead letters that are written at once: each may be as large as a document."""

SLICE_BYTES = 64_000_000
"""Entries that are worked on at once, as the spool has them: each may be as large as a document, too."""


@dataclass(frozen=True)
class _Decided:
    """A slice whose rows are decided: they are known to the next one, wherever they are."""

    folder: Path
    stories: Sequence[Ref]
    letters: Sequence[Ref]

    @property
    def entries(self) -> list[KnownEntry]:
        return [ref.key[0] for ref in self.stories]


@dataclass
class OnePass:
    """One run, and what it has counted so far.

    Attributes:
        now: Ask each source, whatever its server has said and its interval is.
    """

    config: Config
    engine: Engine
    store: Store
    folder: Path
    progress: Progress
    now: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    new_by_feed: Counter[str] = field(default_factory=Counter)
    last_polls: dict[str, Poll] = field(default_factory=dict)
    outcome: Outcome = field(default_factory=Outcome)

    def __post_init__(self) -> None:
        self._lock = Lock()
        self.window_start: date = (datetime.now(UTC) - self.config.dedup.window).date()

    def collect(self) -> None:
        """Read and parse all sources into the spool."""
        with HttpClient(fetch_settings(self.config)) as client:
            named = expand_sources(self.config, client, self.progress.note)
        self.config = self.config.with_access(access_of(named))
        self.last_polls = known_polls(self.store, {source.feed_url for source in named}, self.window_start)
        due = named if self.now else due_in_run(named, self.last_polls, datetime.now(UTC))
        self.outcome = Outcome(len(named), due)
        self.progress.phase("Reading", sources=len(due))
        writer = spool.SpoolWriter(self.folder / graph.SOURCES)
        for source in due:
            writer.write(None, (without_access(source), self.last_polls.get(source.feed_url)))
        writer.close()
        if due:
            self._run(graph.collect, self._spooled(graph.SOURCES), self.config, self.folder)

    def write_slices(self) -> None:
        """Decide, publish and commit slice after slice; one is published while the next one is decided."""
        order = sorted(self._spooled(graph.ENTRIES), key=lambda ref: ref.key[0])
        known = self._known_entries(order)
        # The first slice is small, so that the entity model has something to do soon.
        slices = list(_parts(order, self.config.slice // 4, self.config.slice))
        self.progress.phase("Writing")
        with ThreadPoolExecutor(1) as background:
            pending: tuple[_Decided, Future[None]] | None = None
            for number, entries in enumerate(slices, 1):
                self.progress.slice(number, len(slices))
                decided = self._decide(number, entries, known, [pending[0].folder] if pending else [])
                known += decided.entries
                if pending:
                    pending[1].result()
                pending = decided, background.submit(self._publish, decided)
                if sum(ref.size for ref in decided.stories) > SLICE_BYTES // 2:
                    pending[1].result()  # large documents of two slices would be in memory at once
            if pending:
                pending[1].result()
        if held := self.counts[metrics.ENTRIES_HELD]:
            self.progress.note(
                f"warning: {held:,} changed entries had {MAX_VERSIONS_A_DAY} versions in a day: not written now"
            )

    def commit_polls(self) -> None:
        """Write the polls, and the dead letters of reading and parsing that are not written yet.

        An unchanged file of a wire has no row, unless the wire is called something else now.
        """
        asked = self.outcome.asked
        wires = {source.feed_url for source in asked if source.wire}
        entries = self._spooled(graph.ENTRIES)
        found = Counter(ref.key[1] for ref in entries)
        names = current_names(asked, self.last_polls, {ref.key[1]: ref.key[2] for ref in entries})
        judge = Judge(list(spool.read(self._spooled(graph.POLLS))))
        self._commit_letters(judge)
        self.outcome.polls, self.outcome.nothing_came = judge.judged(), judge.nothing_came
        polls = [
            replace(
                poll,
                source=names.get(poll.feed_url, poll.source),
                entries=found[poll.feed_url],
                entries_new=self.new_by_feed[poll.feed_url],
            )
            for poll in self.outcome.polls
            if not (poll.status == "unchanged" and poll.feed_url in wires)
            or self.last_polls[poll.feed_url].source != names[poll.feed_url]
        ]
        notes = renamed(asked, self.last_polls, names)
        notes += always_new((poll for poll in polls if poll.feed_url not in wires), self.last_polls, MANY_ENTRIES)
        for note in notes:
            self.progress.note(note)
        self._commit_rows(polls, [])

    def _commit_letters(self, judge: Judge) -> None:
        references = sorted(self._spooled(graph.LETTERS), key=lambda ref: ref.key)
        written = known_dead_letters(self.store, {uri for uri, _ in (ref.key for ref in references)}, self.window_start)
        letters: list[DeadLetter] = []
        size = 0
        for letter in spool.read(references):
            judge.note(letter)
            if dead_letter_id(letter) in written:
                continue
            letters.append(letter)
            size += len(letter.payload)
            if size > LETTERS_BYTES:
                self._commit_rows([], letters)
                letters, size = [], 0
        self._commit_rows([], letters)

    def _commit_rows(self, polls: Sequence[Poll], letters: Sequence[DeadLetter]) -> None:
        if polls or letters:
            rows = [poll_rows(polls), *map(dead_letter_rows, letters)]
            commit(self.store, stage(self.store, slice_id((), polls, letters), slice_tables(rows)))

    def summary(self, seconds: float) -> Summary:
        """Return what the run did."""
        count = self.counts
        return Summary(
            output=self.config.output,
            sources=self.outcome.named,
            sources_unchanged=self.outcome.unchanged,
            sources_not_due=self.outcome.not_due,
            failed=[f"{poll.source} ({poll.feed_url}): {poll.error}" for poll in self.outcome.failed],
            nothing_came=self.outcome.nothing_came,
            entries_new=count[metrics.ENTRIES_NEW],
            entries_updated=count[metrics.ENTRIES_UPDATED],
            entries_unchanged=count[metrics.ENTRIES_UNCHANGED],
            paragraphs_new=count[metrics.PARAGRAPHS_NEW],
            paragraphs_exact=count[metrics.PARAGRAPHS_EXACT],
            paragraphs_near=count[metrics.PARAGRAPHS_NEAR],
            entities=count[metrics.ENTITIES],
            without_model=_named(count, metrics.WITHOUT_MODEL),
            dead_letters=_named(count, metrics.DEAD_LETTERS),
            repaired=count[metrics.REPAIRED],
            seconds=seconds,
        )

    def _known_entries(self, entries: Sequence[Ref]) -> list[KnownEntry]:
        return known_entries(self.store, *_entry_keys(entries))

    def _decide(
        self, number: int, entries: Sequence[Ref], known: Sequence[KnownEntry], pending: Sequence[Path]
    ) -> _Decided:
        """Decide a slice; `known` are the entries written or decided, `pending` the slices on their way out."""
        folder = self.folder / "slices" / f"{number:06}"
        lookup = partial(look_up, self.store, self.window_start, tuple(each / graph.STORIES for each in pending))
        self._run(graph.decide, entries, _concerning(entries, known), lookup, self.config, folder)
        stories = sorted(spool.refs(folder / graph.STORIES), key=lambda ref: ref.key[0].entry_id)
        for ref in stories:
            self.new_by_feed[ref.key[1]] += ref.key[0].version == 1
        return _Decided(folder, stories, spool.refs(folder / graph.LETTERS))

    def _publish(self, decided: _Decided) -> None:
        if not decided.stories and not decided.letters:
            return
        to = decided.folder / "staged"
        self._run(
            graph.publish,
            decided.stories,
            decided.letters,
            self.config,
            self.store,
            slice_id(decided.entries, (), spool.read(decided.letters)),
            to,
        )
        staged: Iterable[Staged] = spool.read(spool.refs(to))
        for each in staged:
            commit(self.store, each)

    def _spooled(self, name: str) -> list[Ref]:
        return spool.refs(self.folder / name)

    def show(self, name: str, number: int) -> None:
        """Show what is counted while a graph runs."""
        if name.startswith(f"{metrics.POLLS}:"):
            self.progress.advance(sources=number)
        elif name == metrics.PARAGRAPHS_TAGGED:
            self.progress.advance(paragraphs=number)

    def _run(self, build: Any, *args: Any) -> None:
        """Build one graph, run it to its end, and add what it counted."""
        pipeline = self.engine.pipeline()
        build(pipeline, *args)
        result = pipeline.run()
        result.wait_until_finish()
        counters = result.metrics().query(MetricsFilter().with_namespace(metrics.NAMESPACE))["counters"]
        with self._lock:  # two graphs run at once
            for counter in counters:
                self.counts[counter.key.metric.name] += counter.committed or 0


def look_up(
    store: Store, since: date, pending: Sequence[Path], fingerprints: set[str], near_keys: set[bytes]
) -> list[KnownParagraph]:
    """Return the canonical paragraphs, written or decided, that can matter to a slice with these keys."""
    known = known_paragraphs(store, fingerprints, near_keys, since)
    for folder in pending:
        stories: Iterable[Story] = spool.read(spool.refs(folder))
        for story in stories:
            known += [as_known(each, story.entry) for each in story.paragraphs if not each.duplicate_of]
    return known


_Keys = tuple[set[str], set[tuple[str, str]], set[tuple[str, str]]]


def _entry_keys(entries: Iterable[Ref]) -> _Keys:
    """Return by what entries may be known: ids, (source, link or guid), (source, content)."""
    keys = [ref.key for ref in entries]
    return (
        {order[1] for order, *_ in keys},
        {(source, address(name)) for *_, source, link, guid, _ in keys for name in (link, guid) if name},
        {(source, content) for *_, source, _, _, content in keys if content},
    )


def _concerning(entries: Iterable[Ref], known: Sequence[KnownEntry]) -> list[KnownEntry]:
    """Return all versions of the known entries that `entries` may be."""
    ids, names, contents = _entry_keys(entries)
    same = {
        each.entry_id
        for each in known
        if each.entry_id in ids
        or (each.source, address(each.url)) in names
        or (each.by_content and (each.source, address(each.guid)) in names)
        or (each.by_content and (each.source, each.content_hash) in contents)
    }
    return [each for each in known if each.entry_id in same]


def _parts(items: Iterable[Ref], first: int, size: int) -> Iterator[list[Ref]]:
    """Yield `items` in parts: `first` of them, then `size` at a time; fewer where they are large."""
    part: list[Ref] = []
    room, most = SLICE_BYTES, max(first, 1)
    for item in items:
        if part and (len(part) >= most or item.size > room):
            yield part
            part, room, most = [], SLICE_BYTES, size
        part.append(item)
        room -= item.size
    if part:
        yield part


def _named(counts: Counter[str], prefix: str) -> dict[str, int]:
    """Return the counters called "prefix:name", or "prefix:detail:name", by name."""
    named: Counter[str] = Counter()
    for counter, number in counts.items():
        if counter.startswith(f"{prefix}:"):
            named[counter.rpartition(":")[2]] += number
    return named
