"""The notepad that dpa appends to its plain texts: notes to editors, links, and parts not for publication.

# Notizblock
## Redaktionelle Hinweise       a section; notes are its lines
- Bilder folgen
* * * *                         contacts: nothing below is for publication
"""

import re
from collections.abc import Iterable, Sequence

_NOTEPAD = re.compile(r"(?:#\s+\S.{0,60}|(?:dpa-)?(?:Notizblock|Notebook))$", re.IGNORECASE)
_SECTION = re.compile(r"##\s+(?P<title>.{1,80})$")
_RESTRICTED = re.compile(
    r"\* \* \* \*$|(?:die folgenden informationen sind nicht zur ver[öo]e?ffentlichung"
    r"|the following information is not (?:intended )?for publication)",
    re.IGNORECASE,
)
_HEADING = re.compile(r"(?:#\s+)?(?:dpa-)?(?:Notizblock|Notebook|Notepad)\s*$", re.IGNORECASE)
_SENTENCE = re.compile(r"die folgenden informationen sind nicht|the following information is not ", re.IGNORECASE)
# Sections that are neither notes nor part of the story; in other formats they are separate fields.
_NOT_NOTES = re.compile(
    r"internet|links|orte\b|locations?\b|places\b|kontakt|contact|ansprechpartner|service", re.IGNORECASE
)


def notepad_start(lines: Sequence[str]) -> int:
    """Return the index of the line at which the notepad begins; the number of lines if there is none."""
    return next((at for at, line in enumerate(lines) if _NOTEPAD.match(line) or _RESTRICTED.match(line)), len(lines))


def without_notepad(text: str) -> tuple[str, list[str]]:
    """Return a text of any agency without its notepad, and the notes in it.

    Only its own heading, or the sentence that the rest is not for publication, begins one: a line of stars or one that
    begins with "#" may be part of another agency's story.
    """
    lines = text.split("\n")
    starts = (
        at
        for at, line in enumerate(lines)
        if _HEADING.match(line) or (_SENTENCE.match(line) and _RESTRICTED.match(line))
    )
    start = next(starts, len(lines))
    if start == len(lines):
        return text, []
    story = lines[:start]
    while story and story[-1].strip() in ("", "* * * *"):
        story.pop()
    return "\n".join(story), read_notepad(lines[start:])[0]


def read_notepad(lines: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the notes of a notepad that may be published, and the titles of its sections."""
    notes: list[str] = []
    titles: list[str] = []
    is_note = True
    for line in lines:
        # Everything below is left out, whatever it looks like: contacts must not reach a row.
        if _RESTRICTED.match(line):
            break
        section = _SECTION.match(line)
        if section:
            titles.append(section["title"])
            is_note = not _NOT_NOTES.match(section["title"])
        elif is_note and line.startswith("- "):
            notes.append(line[2:])
        # An indented line continues the note above it.
        elif is_note and notes and line.startswith("  ") and line.strip():
            notes[-1] += f" {line.strip()}"
    return notes, titles
