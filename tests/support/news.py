"""Outputs of one run after another, of small items of a wire, to query through the views."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from newsbeam.pipeline.reports.views import views_sql
from newsbeam.transforms import ids
from newsbeam.transforms.common.wording import fingerprint
from newsbeam.transforms.dedup.paragraphs import add_band_keys, current_keys, deduplicate, lookup_keys
from newsbeam.transforms.dedup.versions import version_entries
from newsbeam.transforms.parse.identity import identify_items
from newsbeam.transforms.records import Entity, Entry, Paragraph, Related, Story
from newsbeam.transforms.write.commit import commit, slice_id, stage
from newsbeam.transforms.write.lookup.lookups import known_entries, known_paragraphs
from newsbeam.transforms.write.rows import slice_tables, story_rows
from newsbeam.transforms.write.store import Store

DAY = datetime(2024, 9, 24, tzinfo=UTC)
FIRST_RUN = DAY + timedelta(days=5)  # so that the dates of the items are believed
NAME = re.compile(r"Bern|Lavrov|Zürich Airport")

FERRY = "The ferry from Bern resumed on Monday, said the company that runs it between the islands."
FERRY_EDITED = FERRY.replace("on Monday", "on Monday, as it had promised")
QUOTED = 'He said "no" -- in Bern -- and Lavrov, asked in Bern, said ... nothing.'
QUOTED_ELSEWHERE = "He said “no” – in Bern – and Lavrov, asked in Bern, said … nothing."


def item(guid: str, hour: float, texts: str | Iterable[str] = (), **fields: Any) -> Entry:
    """Return an item of a wire, made `hour` hours after the day began, with a paragraph for each of `texts`."""
    made = DAY + timedelta(hours=hour)
    paragraphs = [texts] if isinstance(texts, str) else texts
    defaults = {"title": f"Title of {guid}", "published": made, "updated": made, "language": "en"}
    entry = Entry("", "dpa", "drop", "iptc7901", FIRST_RUN, guid=guid, content_type="text/plain")
    (identified,) = identify_items([replace(entry, content="\n".join(paragraphs), **defaults | fields)])
    return identified


def kill(guid: str, hour: float, *names: str, version: int | None = None, **fields: Any) -> Entry:
    """Return a kill notice that is an item of its own."""
    related = tuple(Related("kills", name, version) for name in names)
    return item(
        guid, hour, f"Kill {names}.", **{"status": "canceled", "signals": ("kill",), "related": related} | fields
    )


@dataclass
class Output:
    """An output, written as runs write it, and queried through its views."""

    folder: Path
    runs: list[Iterable[Entry]] = field(default_factory=list)

    def run(self, *entries: Entry) -> "Output":
        store, fetched_at = Store(str(self.folder)), FIRST_RUN + timedelta(hours=len(self.runs))
        fetched = [replace(entry, fetched_at=fetched_at) for entry in entries]
        links = [(entry.source, entry.url) for entry in fetched if entry.link_is_identity]
        known = known_entries(store, [entry.entry_id for entry in fetched], links)
        versioned = version_entries(fetched, known)
        stories = add_band_keys([split(each.entry) for each in versioned if each.outcome != "unchanged"])
        decided = deduplicate(stories, known_paragraphs(store, *lookup_keys(stories), date.min, current_keys))
        rows = story_rows([tag(story) for story in decided]).items
        commit(store, stage(store, slice_id(story.entry for story in decided), slice_tables(rows)))
        self.runs.append(entries)
        return self

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect() as database:
            database.execute(views_sql(str(self.folder)))
            return database.execute(sql).fetchall()

    def states(self) -> dict[str, str]:
        return dict(self.query("SELECT guid, state FROM latest_entries"))

    def texts(self) -> list[str]:
        return [text for (text,) in self.query("SELECT text FROM current_paragraphs ORDER BY published, position")]

    def content(self) -> list[Any]:
        """Return what has to be the same whatever came first."""
        entries = self.query(
            """SELECT COLUMNS(* EXCLUDE (fetched_at, date, version)) FROM latest_entries ORDER BY entry_id"""
        )
        paragraphs = self.query(
            """SELECT entry_id, position, text, kind, language, fingerprint, entities, source, title, published, copies,
                      sources FROM current_paragraphs ORDER BY entry_id, position"""
        )
        return [entries, paragraphs, self.query("SELECT entry_id FROM current_entries ORDER BY entry_id")]


def split(entry: Entry) -> Story:
    paragraphs = [
        Paragraph(
            paragraph_id=ids.paragraph_id(entry.entry_id, entry.version, position, fingerprint(text)),
            entry_id=entry.entry_id,
            entry_version=entry.version,
            position=position,
            text=text,
            kind="paragraph",
            language="en",
            fingerprint=fingerprint(text),
        )
        for position, text in enumerate(entry.content.splitlines())
    ]
    return Story(entry, tuple(paragraphs))


def tag(story: Story) -> Story:
    """Find entities where a run does: in all paragraphs but exact duplicates."""
    return replace(
        story,
        paragraphs=tuple(
            replace(
                paragraph,
                entities=()
                if paragraph.duplicate_kind == "exact"
                else tuple(Entity(m[0], "X", m.start(), m.end(), m[0]) for m in NAME.finditer(paragraph.text)),
            )
            for paragraph in story.paragraphs
        ),
    )


def everything() -> list[Entry]:
    """Return items that repeat, correct, kill and hold back each other."""
    now = datetime.now(UTC).replace(microsecond=0)
    drift = [FERRY, FERRY_EDITED, FERRY_EDITED.replace("the company", "the small company")]
    return [
        *(item("a", n, [FERRY, f"Version {n} from Bern."], provider_version=n, slugline="Ferry") for n in (1, 2, 3)),
        item("a", 3, [FERRY, "Version 3, and another text."], provider_version=3),
        item("b", 2.5, [QUOTED, FERRY, FERRY], source="apa"),
        item("c", 4, [QUOTED_ELSEWHERE, "Alone.", drift[1]]),
        item("d", 0.5, [QUOTED, "Killed with its copies."], slugline="Quote"),
        item("bdt0831/2024-09-24", 5, ["Killed with its copies.", drift[2]]),
        item("bdt0831/2024-09-27", 77, ["The number again.", QUOTED_ELSEWHERE]),
        kill("k1", 6, "bdt0831"),
        kill("k2", 7, "slug:quote"),
        kill("k3", 8, "c"),
        kill("k4", 9, "k3"),
        kill("k5", 10, "e", version=2),
        *(item("e", n, ["Of three versions.", QUOTED], provider_version=n) for n in (1, 2)),
        item("f", 6, ["Held.", FERRY], provider_version=1, status="withheld"),
        item("f", 7, ["Held, then released.", FERRY], provider_version=2),
        item("g", 1, ["Killed by its own version.", drift[2]], provider_version=1),
        item("g", 2, "Kill.", status="canceled"),
        item("h", 0, [FERRY, QUOTED], embargo_until=now + timedelta(days=9)),
        item("i", 0, ["No date.", QUOTED], published=None, updated=None, embargo_until=now - timedelta(days=9)),
    ]
