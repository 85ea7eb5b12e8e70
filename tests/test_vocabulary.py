"""Texts use the words of docs/glossary.md and plain English: docstrings, comments, strings, README and docs."""

import ast
import io
import re
import tokenize
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

INSTEAD: dict[str, str] = {
    # Words that have a standard term.
    r"giv(?:e|es|en|ing) up|gave up": "canceled, stopped, replaced; a worker: zombie worker, fenced",
    r"lineages?": "attempt, attempt history",
    r"(?:set|sets|put|puts|setting|putting) right": "reconcile",
    r"(?:move|moves|moved|moving) aside": "quarantine",
    r"what (?:came|comes|becomes|became|has come) of": "its results, what it produced",
    r"(?:came|comes) of (?:it|them|each)": "its results, what it produced",
    r"mend(?:s|ed|ing)?": "repair",
    r"broken (?:documents?|feeds?|XML|HTML|JSON|dates?|texts?|markup|messages?)": "malformed",
    r"(?:take|takes|taken|took|taking) off": "strip, extract",
    r"spoken": "declared (language)",
    r"rescue[sd]?|rescuing": "isolate",
    r"deaf(?: to)?": "with signals blocked",
    r"under way": "in progress, in flight",
    r"life of (?:a|an|the) (?:story|entry|item)": "publication status",
    r"for ever": "continuously, streaming, without end",
    # English that a reader has to read twice.
    r"(?<!there )(?:is|are|was|were) no(?=$| (?!longer|more\b|less|better|later|earlier|different))": "is not a",
    r"nobody(?! was hurt)|somebody": "no reader, another process, a user",
    r"so many": "at most n, the number of",
    r"who wants?": "a reader that wants",
    r"(?:is|are|what is|be) to blame": "the cause",
    r"less what": "except",
    r"lest": "so that ... not",
    r"(?<!fall )(?<!falls )behind": "after, below, from",
    r"beneath": "below, under",
    r"parted by": "separated by",
    r"in the end": "finally",
    r"(?:is|are) looked(?! up| at)": "a subject and an active verb",
    r"be had": "be fetched, be available",
    r", say(?=[.,;:)])": "for example",
    # Names and documents that are gone.
    r"(?-i:DESIGN|DEVELOPERS)(?:\.md)?": "docs/architecture.md",
    r"SettlePolls": "CommitPolls",
    r"\w+ForEver": "Streaming...",
    r"GivenUpError": "FencedError",
    r"KilledProcess(?:Error)?": "WorkerCrashedError",
    r"OldEntries": "EntryKeyIndex",
    r"LookUpInOutput": "EntryLookup, ParagraphLookup",
    r"write_panes|WritePanes": "write_rows, WriteRows",
}
"""Phrases, as regular expressions, and what to write instead."""

_START = r"(?<![\w.])"
_PHRASES = re.compile(
    "|".join(
        f"(?P<p{at}>{'' if phrase[0] == ',' else _START}(?:{phrase})(?!\\.?\\w))" for at, phrase in enumerate(INSTEAD)
    ),
    re.IGNORECASE,
)
_ADVICE = list(INSTEAD.values())

FOLDERS = (
    "README.md",
    "docs",
    "benchmarks",
    "testing",
    *sorted(f"pipeline/{each.name}" for each in (ROOT / "pipeline").iterdir() if not each.name.startswith("__pycache")),
    *sorted(
        f"transforms/{each.name}" for each in (ROOT / "transforms").iterdir() if not each.name.startswith("__pycache")
    ),
)


@pytest.mark.parametrize("folder", FOLDERS)
def test_texts_use_plain_words(folder: str) -> None:
    path = ROOT / folder
    files = [path] if path.is_file() else sorted(each for kind in ("py", "md") for each in path.rglob(f"*.{kind}"))
    found = [
        f"{file.relative_to(ROOT)}:{line}: {phrase}: {instead}"
        for file in files
        for line, phrase, instead in check(file.read_text(), file.suffix)
    ]
    assert not found, "\n".join(["", *found])


def check(text: str, suffix: str) -> list[tuple[int, str, str]]:
    """Return (line, phrase, what to write instead) of each phrase in a file."""
    found = []
    for first_line, part in texts(text) if suffix == ".py" else [(1, without_answers(text))]:
        # Phrases are found across line breaks: white space, and the # of comments, become one space each.
        pieces = [(match[0], match.start()) for match in re.finditer(r"[^\s#]+", part)]
        starts = [0, *accumulate(len(piece) + 1 for piece, _ in pieces)]
        for match in _PHRASES.finditer(" ".join(piece for piece, _ in pieces)):
            offset = pieces[bisect_right(starts, match.start()) - 1][1]
            line = first_line + part.count("\n", 0, offset)
            found.append((line, match[0].strip(" ,"), _ADVICE[int((match.lastgroup or "p0")[1:])]))
    return sorted(found)


def without_answers(page: str) -> str:
    """Return a page without what its queries answer: the words of a sample. Lines keep their numbers."""
    return re.sub(r"(?ms)^```text$.*?^```$", lambda answer: "\n" * answer[0].count("\n"), page)


def texts(source: str) -> Iterator[tuple[int, str]]:
    """Yield (first line, text) of docstrings, strings and comments; comments on successive lines are one text.

    Raw strings that are not docstrings are regular expressions, whose words are those of wires and feeds.
    """
    docstrings = {
        node.body[0].lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node) is not None
    }
    comment: list[tuple[int, str]] = []
    prefix = ""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        line = token.start[0]
        if token.type == tokenize.COMMENT:
            if comment and line != comment[-1][0] + 1:
                yield comment[0][0], "\n".join(text for _, text in comment)
                comment = []
            comment.append((line, token.string))
            continue
        kind = tokenize.tok_name[token.type]  # Python 3.12 splits f-strings into FSTRING_START, _MIDDLE and _END
        if kind == "STRING" or kind.endswith("STRING_START"):
            prefix = token.string.partition(token.string.lstrip("rRbBfFuU"))[0].lower()
        if (kind == "STRING" or kind.endswith("STRING_MIDDLE")) and (line in docstrings or not {"r", "b"} & {*prefix}):
            yield line, token.string
    if comment:
        yield comment[0][0], "\n".join(text for _, text in comment)


def test_phrases_are_found_where_people_read() -> None:
    source = '''"""Nobody reads it."""

import re

# What a worker writes that was given
# up, lives on.
PATTERN = re.compile(r"nobody|for ever")
there_is_no_nobody = f"there is no name; this is no name; {len('x')} letters, say."


def behind(nobody):
    """Return it.

    It is no
    longer there, in the
    end."""
'''
    assert [(line, phrase) for line, phrase, _ in check(source, ".py")] == [
        (1, "Nobody"),
        (5, "given up"),
        (8, "is no"),
        (8, "say"),
        (15, "in the end"),
    ]
    assert check("# Title\n\nAs of\nDESIGN.md.\n", ".md") == [(4, "DESIGN.md", "docs/architecture.md")]
