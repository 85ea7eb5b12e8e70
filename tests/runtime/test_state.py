"""State outlives the code that wrote it: what is kept is plain data, and every later version reads it.

`python -m tests.runtime.test_state` writes the golden files anew. A difference in `labels.txt` means that jobs can't go
on from their savepoints; one in a line of `state.json` that was there before means that they read nonsense.
"""

import base64
import json
import pickle
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pytest
from apache_beam.coders import PickleCoder
from apache_beam.pipeline import PipelineVisitor
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.transforms.userstate import get_dofn_specs

from newsbeam.pipeline import graph, job_graph, slice_graph
from newsbeam.pipeline.batch.job import JobOutput
from newsbeam.pipeline.config.model import Config
from newsbeam.pipeline.streaming import bootstrap
from newsbeam.transforms.dedup.in_order import OrderHeader, decode_order, encode_order
from newsbeam.transforms.dedup.index.decider_state import decode_notes, encode_notes
from newsbeam.transforms.dedup.index.numbering import BagInfo, Numbering, decode_numbering, encode_numbering
from newsbeam.transforms.dedup.index.packs import columns_of_known, split_record
from newsbeam.transforms.dedup.index.partition_state import decode_pack, encode_pack
from newsbeam.transforms.dedup.keyed_index import IndexHeader, decode_header, encode_header
from newsbeam.transforms.dedup.packed_stories import pack_stories, unpack_stories
from newsbeam.transforms.dedup.poll_totals import PartialTotals, decode_open_polls, encode_open_polls
from newsbeam.transforms.read.due import FeedState
from newsbeam.transforms.read.poll_cycles import KeyState, decode_states, encode_states
from newsbeam.transforms.read.poll_sources import SourceGroup
from newsbeam.transforms.records import (
    Entity,
    Entry,
    KnownDeadLetter,
    KnownEntry,
    KnownParagraph,
    KnownStory,
    Media,
    Paragraph,
    Place,
    Poll,
    Quote,
    Related,
    Story,
    Topic,
    WordChange,
)
from newsbeam.transforms.runtime import state
from newsbeam.transforms.runtime.state import StateFormatError, from_values, to_values
from newsbeam.transforms.write.commit_polls import PendingPoll, decode_pending, encode_pending
from newsbeam.transforms.write.ownership import CommitState, decode_commit, encode_commit
from newsbeam.transforms.write.rows import WriteUnit, decode_unit, encode_unit
from newsbeam.transforms.write.store import Store

GOLDEN = Path(__file__).with_name("golden")
NOON = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)
POLL = Poll("feed", "uri", "Example", NOON, "ok", 200, 10, 0.5, etag='"x"', next_poll_at=NOON + timedelta(minutes=15))
ENTRY = KnownEntry("0" * 24, "Example", "https://example.org/1", 2, "hash", "A title", NOON, "rev", by_content=True)
PARAGRAPH = KnownParagraph("1" * 40, "f" * 32, b"\x00\x01\xff\x02", "Ein Satz – wörtlich.", None)
STORY = Story(
    Entry(
        "0" * 24,
        "Example",
        "feed",
        "rss20",
        NOON,
        authors=("A. Reporter",),
        published=NOON,
        dateline_date=date(2026, 11, 24),
        topics=(Topic("medtop:15000000", "sport", 0.5),),
        related=(Related("kills", "1", 2),),
        media=(Media("https://example.org/a.png", "image", width=3),),
        places=(Place("Rotterdam", latitude=51.9),),
    ),
    (
        Paragraph(
            "1" * 40,
            "0" * 24,
            1,
            0,
            "Ein Satz.",
            "paragraph",
            "de",
            "f" * 32,
            b"\x00\x01",
            entities=(Entity("Satz", "MISC", 4, 8, "Satz"),),
            changed=(WordChange("a", "b"),),
            key_format=2,
            quotes=(Quote("Ein", 0, 3),),
        ),
    ),
)
DEAD_LETTER = KnownDeadLetter("2" * 32, "Example")
KNOWN_STORY = KnownStory(
    "3" * 24, 1, "Example", NOON, "4" * 24, b"\x01abcd\x04", "dpa", True, ("AFP",), 0, b"p" * 16, b"g" * 16, b"\x00\x11"
)
FEED = FeedState('"x"', "Tue, 24 Nov 2026 12:00:00 GMT", "hash", 1795521600.5, False, (10, 20), 200)
ROWS = pa.table({"name": ["a", None], "when": pa.array([NOON, None], pa.timestamp("us", tz="UTC"))})

# Of each kind: a value, and how it becomes state and comes back.
KINDS: dict[str, tuple[Any, Any, Any]] = {
    "feed states": (KeyState("token", {"feed": FEED}), encode_states, decode_states),
    "feed states with a log": (
        KeyState("token", {"feed": FEED}, "epoch", 7, ("a", "b"), 16),
        encode_states,
        decode_states,
    ),
    "index header": (IndexHeader("token", 5, 17, (1, 2, 3, 4), (0, 10, 20, 5)), encode_header, decode_header),
    "known entry": (ENTRY, to_values, lambda values: from_values(KnownEntry, values)),
    "order header": (OrderHeader("token", 17, 3, 5), encode_order, decode_order),
    "pack numbers": (
        Numbering(4, 7, 1 << 33, 2, 9, (BagInfo(1, 9, 10_000), BagInfo(2, 1 << 32, 0))),
        encode_numbering,
        decode_numbering,
    ),
    "index pack": ([(5, PARAGRAPH)], lambda value: encode_pack(*_columns(value)), lambda state: _known(state)),
    "copies": ((7, ((1 << 32, None), (9, (1795521600, "1" * 40)))), lambda value: encode_notes(*value), decode_notes),
    "stories": (
        [STORY],
        lambda value: pickle.loads(pack_stories(value)),
        lambda value: unpack_stories(pickle.dumps(value)),
    ),
    "known story": (KNOWN_STORY, to_values, lambda values: from_values(KnownStory, values)),
    "known dead letter": (DEAD_LETTER, to_values, lambda values: from_values(KnownDeadLetter, values)),
    "open polls": ({POLL.key: PartialTotals(POLL, 3, 1, 4, 2, 5)}, encode_open_polls, decode_open_polls),
    "pending polls": (
        {POLL.key: PendingPoll((POLL, POLL), 7, 3), ("other", NOON): PendingPoll(written=1)},
        encode_pending,
        decode_pending,
    ),
    "commit state": (CommitState("epoch", 12, date(2026, 11, 23), ((0, "a"), (7, "b"))), encode_commit, decode_commit),
    "write unit": (WriteUnit((("entries", ROWS),), {POLL.key: 2}), encode_unit, decode_unit),
}


def _columns(value: list[tuple[int, KnownParagraph]]) -> Any:
    return np.array([number for number, _ in value], np.uint64), columns_of_known([known for _, known in value])


def _known(state: Any) -> list[tuple[int, KnownParagraph]]:
    """Return the paragraphs that are in state with their numbers; of fingerprints it has the first half."""
    numbers, columns = decode_pack(state)
    # State of the first format has keys of an older one; the text is too short for those of today.
    assert columns.keys.tolist() == (columns_of_known([PARAGRAPH]).keys.tolist() if state[1] > 1 else [])
    assert columns.prints.tolist() == [int("f" * 16, 16)]
    (record,) = columns.records
    return [(number, replace(PARAGRAPH, text=split_record(record)[2])) for number in numbers.tolist()]


@pytest.mark.parametrize("kind", KINDS)
def test_state_comes_back_as_it_was(kind: str) -> None:
    value, encode, decode = KINDS[kind]
    assert decode(through_coder(encode(value))) == value


@pytest.mark.parametrize("kind", KINDS)
def test_state_that_an_earlier_version_wrote_is_read(kind: str) -> None:
    """Each line of the file was written by the version that introduced it, and stays."""
    value, _, decode = KINDS[kind]
    for line in json.loads((GOLDEN / "state.json").read_text())[kind]:
        assert decode(PickleCoder().decode(base64.b64decode(line))) == value


def test_a_newer_format_is_an_error_that_names_both() -> None:
    _, number, *values = encode_commit(CommitState("epoch"))
    with pytest.raises(StateFormatError, match="'commit state' of format 2; this version reads 'commit state' up to"):
        decode_commit(("commit state", number + 1, *values))
    with pytest.raises(StateFormatError, match="the state has 'index header' of format 1; this version reads"):
        decode_commit(("index header", 1, *values))
    with pytest.raises(StateFormatError, match="the state has no format number"):
        decode_commit({"epoch": "e"})


def test_what_is_not_plain_is_refused() -> None:
    with pytest.raises(TypeError, match="state holds plain data, not IndexHeader"):
        state.encode("kind", 1, (1, IndexHeader("token", 0, 0, (), ())))


def test_fields_that_were_added_later_have_their_defaults() -> None:
    assert from_values(KnownEntry, to_values(ENTRY)[:5]) == KnownEntry(*to_values(ENTRY)[:5])


def test_labels_and_states_of_all_steps_are_as_written_down() -> None:
    assert list(all_labels()) == (GOLDEN / "labels.txt").read_text().splitlines()


def through_coder(value: Any) -> Any:
    return PickleCoder().decode(PickleCoder().encode(value))


def all_labels() -> Iterator[str]:
    """Yield each step of the graphs, with its states; what a composite holds is indented."""
    config = Config.model_validate({"output": "output", "feeds": [{"url": "https://example.org/feed"}]})
    store, ref, nowhere = Store("output"), slice_graph.spool.Ref(None, "x", 0, 0), Path("spool")
    output = bootstrap.Output(store, "epoch", NOON)
    groups = [SourceGroup("example.org")]
    graphs = {
        "collect": lambda p: slice_graph.collect(p, [ref], config, None, "run", nowhere),
        "decide": lambda p: slice_graph.decide(p, [ref], (), print, print, config, nowhere),
        "publish": lambda p: slice_graph.publish(p, [ref], (), config, store, "slice", nowhere),
        "run_job": lambda p: job_graph.run_job(p, config, JobOutput(store, "job", NOON.date())),
        "stream": lambda p: graph.stream(p | "Ticks" >> beam.Create([0]), config, groups, output),
    }
    for name, build in graphs.items():
        pipeline = beam.Pipeline(runner=FnApiRunner())
        build(pipeline)
        labels = _Labels()
        pipeline.visit(labels)
        yield from (f"{name}: {label}" for label in labels.found)


class _Labels(PipelineVisitor):
    """Notes the steps that newsbeam names; what Beam's own composites are made of is Beam's."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._within = "\n"

    def enter_composite_transform(self, node: Any) -> None:
        self._note(node)
        of_beam = type(node.transform).__module__.startswith("apache_beam.") and "MultiParDo" not in str(node.transform)
        if node.full_label and of_beam and not node.full_label.startswith(self._within):
            self._within = f"{node.full_label}/"

    def visit_transform(self, node: Any) -> None:
        self._note(node)

    def _note(self, node: Any) -> None:
        if node.full_label and not node.full_label.startswith(self._within):
            has_fn = isinstance(node.transform, beam.ParDo)
            states = sorted(spec.name for spec in get_dofn_specs(node.transform.fn)[0]) if has_fn else []
            self.found.append(" ".join([node.full_label, *states]))


def main() -> None:
    """Write the golden files: new formats are added to those that are there."""
    GOLDEN.mkdir(exist_ok=True)
    (GOLDEN / "labels.txt").write_text("\n".join(all_labels()) + "\n")
    path = GOLDEN / "state.json"
    golden = json.loads(path.read_text()) if path.exists() else {}
    for kind, (value, encode, _) in KINDS.items():
        line = base64.b64encode(PickleCoder().encode(encode(value))).decode()
        known = golden.setdefault(kind, [])
        known += [line] if line not in known else []
    path.write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
