"""What an alert says: JSON with an id, a sentence for people, and what the alert is about."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from newsbeam.pipeline.alerts.rules import Candidate, Rule
from newsbeam.pipeline.reports.cells import as_plain
from newsbeam.pipeline.reports.freshness_words import actual, broken, expected
from newsbeam.pipeline.reports.html_text import clip, iso
from newsbeam.transforms.ids import digest

_EXCERPT, _TITLE = 500, 300
_TOLD = {"story": "", "update": "Update: ", "correction": "CORRECTION: ", "kill": "KILL, do not use: "}


@dataclass(frozen=True)
class Found:
    """An alert.

    Attributes:
        message: What is sent, as JSON.
        happened_at: When what it is about came into the output, or could be used.
    """

    alert_id: str
    rule: str
    about: str
    source: str
    message: str
    happened_at: datetime
    entry_id: str = ""
    entry_version: int | None = None


def of_story(rule: Rule, about: str, story: Candidate, matched: Mapping[str, Sequence[str]], now: datetime) -> Found:
    """Return the alert on a story; one on a kill has no text of it."""
    row = story.row
    title = clip(row["title"] or row["slugline"] or row["guid"] or row["url"] or "(no title)", _TITLE)
    alert_id = _id(rule, about, row["entry_id"], str(row["version"]))
    told = {
        "title": title,
        **{name: row[name] for name in ("entry_id", "version", "source", "url", "language")},
        **{name: as_plain(row[name]) for name in ("published", "fetched_at")},
        **{name: row[name] for name in ("signals", "ednote")},
        "state": story.state,
    }
    excerpt = "" if about == "kill" else clip(rule.excerpt(story), _EXCERPT)
    sentence = f"{_TOLD[about]}{title} ({row['source']})"
    message = _message(alert_id, rule, about, sentence, now, story=told, matched=matched, excerpt=excerpt)
    return Found(alert_id, rule.name, about, row["source"], message, story.free_at, row["entry_id"], row["version"])


def of_silence(rule: Rule, row: Mapping[str, Any], now: datetime) -> Found:
    """Return the alert on a source that broke an expectation: one for each silence, or for each day with too few."""
    silent = row["every_s"] is not None and row["quiet_s"] > row["every_s"]
    since = f"since {row['latest']}" if silent else f"day {now.date()}"
    alert_id = _id(rule, "silence", row["source_id"], since)
    told = {
        **{name: row[name] for name in ("source", "source_id", "feed_url", "status")},
        **{name: None if row[name] is None else iso(row[name]) for name in ("asked", "answered", "latest")},
        "expected": expected(row),
        "actual": actual(row),
    }
    message = _message(alert_id, rule, "silence", broken(row), now, silence=told)
    return Found(alert_id, rule.name, "silence", row["source"], message, now)


def of_dead_letters(rule: Rule, row: Mapping[str, Any], now: datetime) -> Found:
    """Return the alert on the dead letters of one kind, source and day; later ones of that day are not told of."""
    alert_id = _id(rule, "dead_letter", row["source"], row["stage"], row["error"], str(row["day"]))
    told = {name: row[name] for name in ("source", "stage", "error", "letters", "message", "uri")}
    sentence = f"{row['source']}: {row['error']}: {row['message']}"
    message = _message(alert_id, rule, "dead_letter", sentence, now, dead_letters=told)
    return Found(alert_id, rule.name, "dead_letter", row["source"], message, row["latest"])


def _id(rule: Rule, about: str, *parts: str) -> str:
    return digest("alert", rule.name, about, *parts)


def _message(alert_id: str, rule: Rule, about: str, sentence: str, now: datetime, **parts: Any) -> str:
    head = {
        "id": alert_id,
        "alert": rule.name,
        "about": about,
        "found_at": as_plain(now),
        "text": " ".join(sentence.split()),
    }
    return json.dumps(head | parts, ensure_ascii=False)
