"""Inputs for `newsbeam run` as one job: feeds that share paragraphs, a wire, a broken feed, and their next edition."""

import os
from pathlib import Path

from tests.support.outputs import EDITED, SHARED_BY_ALL, json_feed, write_feeds

LONG_AGO = 1_600_000_000  # no quiet period to wait for

CONFIG = """
output: {folder}/output
feeds:
  - {{path: 'feeds/*.json', language: en}}
  - {{path: 'feeds/feed0.json', source: Listed twice}}
  - {{path: broken.json, source: Broken}}
wires:
  - {{path: wire, source: Harbour Wire, language: en, format: text}}
entities: {{models: {models}}}
slice: 24
"""


def write_job_input(folder: Path, models: str = "{}") -> Path:
    """Write the first edition; return the config's path."""
    write_feeds(folder)
    # Two guids with one text, one guid twice in a document, an entry without guid and date, a link that is shared.
    shared = {"first": ("2026-11-19T08:00:00Z", f"<p>{EDITED}</p>"), "second": ("", f"<p>{EDITED}</p><p>Short.</p>")}
    (folder / "feeds" / "shared.json").write_text(json_feed(shared, "Shared"))
    (folder / "broken.json").write_text('{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1"')
    for number in range(4):
        _story(
            folder, f"story{number}.txt", f"{SHARED_BY_ALL}\n\nThe harbour master of quay {number % 2} said no more.\n"
        )
    _story(folder, "sent-again.txt", f"{SHARED_BY_ALL}\n\nThe harbour master of quay 0 said no more.\n", "Quay 0")
    _story(folder, "empty.txt", "", "")
    config = folder / "config.yaml"
    config.write_text(CONFIG.format(folder=folder, models=models), encoding="utf-8")
    return config


def write_large_job_input(folder: Path) -> Path:
    """Write sources with a line in each story, a chain of copies and one long story; return the config's path."""
    config = write_job_input(folder)
    config.write_text(config.read_text().replace("slice: 24", "slice: 1000"))
    for number in range(60):
        # Each has three words in a row from the next one: all of them are connected.
        chain = " ".join(f"berth {each} of the quay was let to another line," for each in range(number, number + 12))
        _story(folder, f"chain{number}.txt", f"{SHARED_BY_ALL}\n\n{chain}\n")
    paragraphs = (f"The {number}th ship of the year, {number * 7919} tons, left on time." for number in range(300))
    _story(folder, "long.txt", "\n\n".join(paragraphs))
    return config


def write_next_edition(folder: Path) -> None:
    """Change an entry, add entries, and repair the broken feed."""
    text = f"<p>{SHARED_BY_ALL}</p><p>It added that the third ship would follow in spring.</p>"
    changed = {"tag:test,2026:1-1": ("2026-11-12T01:00:00Z", text), "new": ("2026-11-01T00:00:00Z", f"<p>{EDITED}</p>")}
    (folder / "feeds" / "feed1.json").write_text(json_feed(changed, "Feed 1, renamed"))
    (folder / "broken.json").write_text(json_feed({"1": ("2026-11-18T00:00:00Z", f"<p>{SHARED_BY_ALL}</p>")}, "Mended"))
    _story(folder, "story1.txt", f"{EDITED}\n\nThe harbour master of quay 1 said a little more today.\n")
    _story(folder, "story9.txt", "The harbour master of quay 1 said a little more today.\n", "Quay 9")


def _story(folder: Path, name: str, text: str, title: str = "") -> None:
    path = folder / "wire" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{title or name}\n\n{text}" if text else "", encoding="utf-8")
    os.utime(path, (LONG_AGO, LONG_AGO))
