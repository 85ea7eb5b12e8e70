"""dpa publishes a story as JSON, as IPTC 7901 and as NewsML-G2: do we read the same one three times?"""

import re
from datetime import UTC, datetime
from pathlib import Path

from newsbeam.transforms.parse.document import parse_document
from newsbeam.transforms.records import Document, Entry, Story
from newsbeam.transforms.text.split import split_entry

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
FORMATS = ("json", "xml", "iptc")
# What all three formats say of a story. (The IPTC 7901 files have neither an id nor a version.)
_FIELDS = ("title", "byline", "language", "dateline_place", "urgency", "status", "signals")


def stories_that_agree(folder: Path) -> tuple[int, str]:
    """Return how many stories have the same paragraphs and shared fields in all formats, and what differs."""
    stems = sorted({path.stem for path in folder.glob("*.json")})
    differences = {stem: differing(folder, stem) for stem in stems}
    told = "; ".join(f"{stem}: {', '.join(found)}" for stem, found in differences.items() if found)
    return sum(not found for found in differences.values()), told


def differing(folder: Path, stem: str) -> list[str]:
    """Return in what the three readings of a story differ, but for line breaks and hyphens at their ends."""
    stories = {name: read_story(folder / f"{stem}.{name}") for name in FORMATS}
    found = []
    texts = {name: [_letters(paragraph.text) for paragraph in story.paragraphs] for name, story in stories.items()}
    for name in FORMATS[1:]:
        if texts[name] != texts["json"]:
            missing = sum(text not in texts[name] for text in texts["json"])
            more = sum(text not in texts["json"] for text in texts[name])
            found.append(f"{name} lacks {missing} paragraphs of json and has {more} others")
        for field in _FIELDS:
            ours, theirs = (_shown(stories[each].entry, field) for each in (name, "json"))
            if ours != theirs:
                found.append(f"{field} is {ours!r} in {name}, {theirs!r} in json")
    return found


def read_story(path: Path) -> Story:
    """Return the one story of a file."""
    document = Document(path.name, path.read_bytes(), NOW, "dpa", path.name, language="de")
    (entry,) = parse_document(document).entries
    return split_entry(entry).story


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)


def _shown(entry: Entry, field: str) -> str:
    value = getattr(entry, field)
    return " ".join(value) if isinstance(value, tuple) else str(value)
