"""The steps of one pass, each of one graph or several; `run.py` describes their order."""

import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any, ClassVar
from urllib.parse import urlsplit

from newsbeam.pipeline import slice_graph
from newsbeam.pipeline.batch import spool
from newsbeam.pipeline.batch.counts import count_results, counted_rows
from newsbeam.pipeline.batch.fair_order import in_fetch_order
from newsbeam.pipeline.batch.known_relations import RelationLookup
from newsbeam.pipeline.batch.outcome import Outcome, PollReview
from newsbeam.pipeline.batch.source_names import always_new, current_names, moved, renamed
from newsbeam.pipeline.batch.spool import Ref
from newsbeam.pipeline.batch.summary import Summary
from newsbeam.pipeline.batch.window_start import window_start
from newsbeam.pipeline.config.model import Config
from newsbeam.pipeline.runners.runners import Engine
from newsbeam.pipeline.settings import fetch_settings, raw_log
from newsbeam.pipeline.sources import expand_sources
from newsbeam.transforms.common.plurals import counted
from newsbeam.transforms.common.progress import Progress
from newsbeam.transforms.common.urls import is_http
from newsbeam.transforms.dedup.paragraphs import as_known, current_keys
from newsbeam.transforms.ids import address, dead_letter_id
from newsbeam.transforms.read.due import due_in_run
from newsbeam.transforms.read.http import HttpClient
from newsbeam.transforms.read.sources import access_of, without_access
from newsbeam.transforms.records import DeadLetter, KnownEntry, KnownParagraph, Poll, Story
from newsbeam.transforms.runtime import metrics
from newsbeam.transforms.write.commit import Staged, commit, slice_id, stage
from newsbeam.transforms.write.lookup.dead_letters import known_dead_letters
from newsbeam.transforms.write.lookup.lookups import known_entries, known_paragraphs, known_polls
from newsbeam.transforms.write.rows import dead_letter_rows, poll_rows, slice_tables
from newsbeam.transforms.write.run_record import FailedSource
from newsbeam.transforms.write.store import Store

MANY_ENTRIES = 5
"""Minimum entries of a feed for a warning that all of them are new at two polls in a row."""

DEAD_LETTERS_BYTES = 64_000_000
"""Payloads of dead letters in one commit; each may be as large as a document."""

SLICE_BYTES = 64_000_000
"""Entries in one slice, in their size in the spool; each may be as large as a document."""


@dataclass(frozen=True)
class _Decided:
    """A slice whose stories are decided: the next slice is compared with them, before and after their commit."""

    folder: Path
    stories: Sequence[Ref]
    dead_letters: Sequence[Ref]
    paragraphs: int  # of the stories

    @property
    def entries(self) -> list[KnownEntry]:
        return [ref.key[0] for ref in self.stories]


@dataclass
class OnePass:
    """One run and its counts.

    Attributes:
        now: Ask every source, whether it is due or not.
        of: Which part of several is processed, for the progress.
    """

    config: Config
    engine: Engine
    store: Store
    folder: Path
    progress: Progress
    now: bool = False
    of: str = ""
    reread: ClassVar[bool] = False
    counts: Counter[str] = field(default_factory=Counter)
    new_by_feed: Counter[str] = field(default_factory=Counter)
    last_polls: dict[str, Poll] = field(default_factory=dict)
    outcome: Outcome = field(default_factory=Outcome)

    def __post_init__(self) -> None:
        self._lock = Lock()
        self._entries_each, self._told = 0.0, 0.0  # of the slice that is published: per paragraph, and in all
        self.window_start: date = (datetime.now(UTC) - self.config.dedup.window).date()

    def collect(self) -> None:
        """Read and parse the sources that are due into the spool."""
        self.progress.phase("Listing sources")
        with HttpClient(fetch_settings(self.config)) as client:
            named = expand_sources(self.config, client, self.progress.note)
        self.config = self.config.with_access(access_of(named))
        self.last_polls = known_polls(self.store, {source.feed_url for source in named}, self.window_start)
        due = named if self.now else due_in_run(named, self.last_polls, datetime.now(UTC))
        self.outcome = Outcome(len(named), due)
        hosts = len({urlsplit(source.feed_url).netloc for source in due if is_http(source.feed_url)})
        # One host is asked one request at a time, so their number says what the rest waits for.
        self.progress.phase(f"Reading from {hosts:,} hosts" if hosts > 1 else "Reading", len(due), "sources")
        writer = spool.SpoolWriter(self.folder / slice_graph.SOURCES)
        for source in due:
            # Credentials stay in memory, in the config.
            writer.write(None, (without_access(source), self.last_polls.get(source.feed_url)))
        writer.close()
        if due:
            log = raw_log(self.config, self.store)
            self._run(
                slice_graph.collect,
                self._spooled(slice_graph.SOURCES),
                self.config,
                log,
                secrets.token_hex(8),
                self.folder,
            )

    def write_slices(self) -> None:
        """Decide and publish slice after slice; one is published while the next one is decided."""
        wires = {source.feed_url for source in self.outcome.asked if source.wire}
        # The first slice is small, so that entity tagging can start soon; so is the share of a source in a round.
        first = max(1, self.config.slice // 4)
        order, repeated = in_fetch_order(self._spooled(slice_graph.ENTRIES), wires, first)
        self.counts[metrics.ENTRIES_UNCHANGED] += repeated
        earliest = min((ref.key[0][-1] for ref in order), default=None)
        self.window_start = window_start(self.window_start, earliest, self.config.dedup.window)
        self.progress.phase("Looking up known entries")
        # Once for the run: the look-up reads the key columns of all partitions, however many entries are asked for.
        known = self._known_entries(order)
        slices = list(_parts(order, first, self.config.slice))
        self.progress.phase(f"Writing{self.of}", len(order), "entries")
        # One thread: commits appear in the order of the slices, and memory holds two of them.
        with ThreadPoolExecutor(1) as background:
            pending: tuple[_Decided, Future[None]] | None = None
            for number, entries in enumerate(slices, 1):
                self.progress.part(number, len(slices))
                decided = self._decide(number, entries, known, [pending[0].folder] if pending else [])
                # Before they are written: the next slice may have other versions of these entries.
                known += decided.entries
                if pending:
                    pending[1].result()
                pending = decided, background.submit(self._publish, decided)
                if sum(ref.size for ref in decided.stories) > SLICE_BYTES // 2:
                    pending[1].result()  # else large documents of two slices would be in memory together
            if pending:
                pending[1].result()
        if held := self.counts[metrics.ENTRIES_HELD]:
            self.progress.note(
                f"warning: {counted(held, 'changed entry', 'changed entries')} not written: "
                f"more than {self.config.limits.versions} versions in a day (limits.versions)"
            )

    def commit_polls(self) -> None:
        """Write the polls, and the dead letters of reading and parsing that earlier runs did not write.

        An unchanged file of a wire gets no row, unless the wire's name has changed.
        """
        self.progress.phase("Writing polls")
        asked = self.outcome.asked
        wires = {source.feed_url for source in asked if source.wire}
        entries = self._spooled(slice_graph.ENTRIES)
        found = Counter(ref.key[1] for ref in entries)
        names = current_names(asked, self.last_polls, {ref.key[1]: ref.key[2] for ref in entries})
        review = PollReview(list(spool.read(self._spooled(slice_graph.POLLS))))
        # Before the polls: a run that dies in between reads these sources again.
        self._commit_dead_letters(review)
        self.outcome.polls, self.outcome.nothing_received = review.reviewed(), review.nothing_received
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
        notes = renamed(asked, self.last_polls, names) + moved(asked, polls)
        notes += always_new((poll for poll in polls if poll.feed_url not in wires), self.last_polls, MANY_ENTRIES)
        for note in notes:
            self.progress.note(note)
        # Last: with their validators the next run skips what is unchanged, so all rows have to be there.
        self._commit_rows(polls, [])

    def _commit_dead_letters(self, review: PollReview) -> None:
        # Sorted, so that a run that is started again cuts them into the same commits, with the same names.
        references = sorted(self._spooled(slice_graph.DEAD_LETTERS), key=lambda ref: ref.key)
        written = known_dead_letters(self.store, {uri for uri, _ in (ref.key for ref in references)}, self.window_start)
        dead_letters: list[DeadLetter] = []
        size = 0
        for dead_letter in spool.read(references):
            review.add(dead_letter)
            if dead_letter_id(dead_letter) in written:
                continue
            dead_letters.append(dead_letter)
            size += len(dead_letter.payload)
            if size > DEAD_LETTERS_BYTES:
                self._commit_rows([], dead_letters)
                dead_letters, size = [], 0
        self._commit_rows([], dead_letters)

    def _commit_rows(self, polls: Sequence[Poll], dead_letters: Sequence[DeadLetter]) -> None:
        if polls or dead_letters:
            rows = [poll_rows(polls), *map(dead_letter_rows, dead_letters)]
            commit(self.store, stage(self.store, slice_id((), polls, dead_letters), slice_tables(rows)))

    def summary(self, seconds: float) -> Summary:
        """Return the results of the run."""
        return Summary(
            output=self.config.output,
            sources=self.outcome.total,
            sources_unchanged=self.outcome.unchanged,
            sources_not_due=self.outcome.not_due,
            failed=[FailedSource(poll.source, poll.feed_url, poll.error) for poll in self.outcome.failed],
            nothing_received=self.outcome.nothing_received,
            **counted_rows(self.config, self.counts),
            seconds=seconds,
        )

    def _known_entries(self, entries: Sequence[Ref]) -> list[KnownEntry]:
        return known_entries(self.store, *_entry_keys(entries))

    def _decide(
        self, number: int, entries: Sequence[Ref], known: Sequence[KnownEntry], pending: Sequence[Path]
    ) -> _Decided:
        """Decide a slice; `known` are entries written or decided, `pending` slices being published."""
        folder = self.folder / "slices" / f"{number:06}"
        # What is being published may not be visible yet, so the look-ups read it from its spool.
        decided = tuple(each / slice_graph.STORIES for each in pending)
        lookup = partial(lookup_paragraphs, self.store, self.window_start, decided)
        relations = RelationLookup(self.store, self.window_start, decided)
        matching = _matching(entries, known)
        counts = self._run(slice_graph.decide, entries, matching, lookup, relations, self.config, folder, self.reread)
        # Sorted, so that a slice that is written again has the same id and files.
        stories = sorted(spool.refs(folder / slice_graph.STORIES), key=lambda ref: ref.key[0].entry_id)
        for ref in stories:
            self.new_by_feed[ref.key[1]] += ref.key[0].version == 1
        self.progress.advance(len(entries) - len(stories))
        paragraphs = sum(counts[name] for name in metrics.PARAGRAPHS_BY_KIND.values())
        return _Decided(folder, stories, spool.refs(folder / slice_graph.DEAD_LETTERS), paragraphs)

    def _publish(self, decided: _Decided) -> None:
        if not decided.stories and not decided.dead_letters:
            return
        self._entries_each, self._told = len(decided.stories) / max(1, decided.paragraphs), 0.0
        to = decided.folder / "staged"
        self._run(
            slice_graph.publish,
            decided.stories,
            decided.dead_letters,
            self.config,
            self.store,
            slice_id(decided.entries, (), spool.read(decided.dead_letters)),
            to,
        )
        staged: Iterable[Staged] = spool.read(spool.refs(to))
        for each in staged:
            commit(self.store, each)
        self.progress.advance(len(decided.stories) - self._told)

    def _spooled(self, name: str) -> list[Ref]:
        return spool.refs(self.folder / name)

    def show(self, name: str, number: int) -> None:
        """Show the counts of a graph while it runs."""
        if name.startswith(f"{metrics.POLLS}:"):
            self.progress.advance(number)
        elif name == metrics.PARAGRAPHS_TAGGED:
            self._told += number * self._entries_each
            self.progress.advance(number * self._entries_each, paragraphs=number)

    def _run(self, build: Any, *args: Any) -> Counter[str]:
        """Build one graph, run it to its end, add its counts, and return them."""
        pipeline = self.engine.pipeline()
        build(pipeline, *args)
        result = pipeline.run()
        result.wait_until_finish()
        counts = count_results(result)
        with self._lock:  # two graphs run concurrently
            self.counts += counts
        return counts


def lookup_paragraphs(
    store: Store, since: date, pending: Sequence[Path], fingerprints: set[str], near_keys: set[bytes]
) -> list[KnownParagraph]:
    """Return the canonical paragraphs, written or decided, that have one of these keys."""
    known = known_paragraphs(store, fingerprints, near_keys, since, current_keys)
    for folder in pending:
        stories: Iterable[Story] = spool.read(spool.refs(folder))
        for story in stories:
            known += [as_known(each, story.entry) for each in story.paragraphs if not each.duplicate_of]
    return known


_EntryKeys = tuple[set[str], set[tuple[str, str]], set[tuple[str, str]]]


def _entry_keys(entries: Iterable[Ref]) -> _EntryKeys:
    """Return the identities of entries: ids, (source, link or guid), (source, content)."""
    keys = [ref.key for ref in entries]
    return (
        {order[1] for order, *_ in keys},
        {(source, address(name)) for *_, source, link, guid, _ in keys for name in (link, guid) if name},
        {(source, content) for *_, source, _, _, content in keys if content},
    )


def _matching(entries: Iterable[Ref], known: Sequence[KnownEntry]) -> list[KnownEntry]:
    """Return all versions of the known entries that share an identity with `entries`."""
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
    """Yield `items` in parts: `first` of them, then `size` in each; fewer where they are large."""
    part: list[Ref] = []
    room, max_items = SLICE_BYTES, max(first, 1)
    for item in items:
        if part and (len(part) >= max_items or item.size > room):
            yield part
            part, room, max_items = [], SLICE_BYTES, size
        part.append(item)
        room -= item.size
    if part:
        yield part
