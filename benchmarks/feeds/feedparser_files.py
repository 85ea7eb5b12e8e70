"""feedparser's own tests: thousands of feeds of one quirk, each with a Python expression in a comment.

    <!--
    Header:      Content-type: application/atom+xml
    Description: entry title
    Expect:      not bozo and entries[0]['title'] == 'Example Atom'
    -->

Read are comparisons of an entry's news fields with a literal, joined by `and`. Left out are feed-level fields,
enclosures, images, iTunes, media, geography, chapters, languages, bases, types, schemes and e-mail addresses; `bozo`;
the folders `sanitize` (newsbeam keeps content as published and never shows it as HTML) and `chardet` (which expect an
encoding's name); and files served with a Content-Location, which a Document does not have: it is not a base any more
(RFC 7231 appendix B).
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.feeds.checks import Expectation, Feed, Value

SUITE = "feedparser"
# The address that feedparser's tests serve the files from; expected links are absolute because of it.
SERVED_FROM = "http://127.0.0.1:8097/tests/"

_COMMENT = re.compile(r"Description:\s*(.*?)\s*Expect:\s*(.*?)\s*--", re.DOTALL)
_HEADER = re.compile(r"^\s*Header:\s*Content-type:\s*(.+?)\s*$", re.MULTILINE | re.IGNORECASE)
_LABEL = re.compile(r"<category\b[^>]*\blabel=[\"']([^\"']*)")
_LEFT_OUT = {"sanitize", "chardet"}
# A path below an entry -> the field. `#` is any index.
_FIELDS = {
    "title": "title",
    "title_detail.value": "title",
    "link": "link",
    "links.0.href": "link",
    "id": "id",
    "guid": "id",
    "description": "summary",
    "summary": "summary",
    "summary_detail.value": "summary",
    "content.#.value": "content",
    "author": "authors",
    "author_detail.name": "authors",
    "authors.#.name": "authors",
    "category": "categories",
    "tags.#.term": "categories",
    "tags.#.label": "categories",
    "published": "published",
    "published_parsed": "published",
    "updated": "updated",
    "updated_parsed": "updated",
}


def read_feeds(folder: Path) -> Iterator[Feed]:
    """Yield each file of `folder` (feedparser's checkout) that expects a news field of an entry."""
    root = folder / "tests"
    for path in sorted(p for p in root.rglob("*") if p.suffix in {".xml", ".json"}):
        name = path.relative_to(root)
        if not _LEFT_OUT.isdisjoint(name.parts):
            continue
        body = path.read_bytes()
        text = _decode(body)
        expectations = tuple(_with_labels(expectation, text) for expectation in _read_comment(text))
        if expectations and "Content-Location:" not in text:
            header = _HEADER.search(text)
            media_type = header.group(1) if header else ""
            yield Feed(SUITE, str(name), body, SERVED_FROM + str(name), expectations, media_type)


def read_expression(expression: str) -> Iterator[Expectation]:
    """Yield what a Python expression of feedparser's expects of entries' news fields.

    Raises:
        SyntaxError: It is not a Python expression.
    """
    if "'rel'" in expression:
        return  # about links other than the entry's own
    for term in _terms(ast.parse(expression.strip(), mode="eval").body):
        match term:
            case ast.Compare(left, ops, comparators) if all(isinstance(op, ast.Eq) for op in ops):
                *paths, literal = [left, *comparators]
                for path in paths:
                    yield from _read_comparison(path, literal)
            case ast.UnaryOp(ast.Not(), ast.Call(ast.Attribute(entry, "has_key"), [ast.Constant() as key])):
                yield from _read_comparison(ast.Subscript(entry, key), ast.Constant(""))


def _decode(body: bytes) -> str:
    """Return the text of a test file: the comment is ASCII, whatever the encoding of the rest."""
    for mark, encoding in ((b"\x00\x00\x00<", "utf-32-be"), (b"<\x00\x00\x00", "utf-32-le")):
        if body.removeprefix(b"\x00\x00\xfe\xff").removeprefix(b"\xff\xfe\x00\x00").startswith(mark):
            return body.decode(encoding, "replace")
    for mark, encoding in ((b"\x00<", "utf-16-be"), (b"<\x00", "utf-16-le")):
        if body.removeprefix(b"\xfe\xff").removeprefix(b"\xff\xfe").startswith(mark):
            return body.decode(encoding, "replace")
    text = body.decode("latin-1")
    return text if "Expect:" in text else body.decode("cp037")  # EBCDIC


def _read_comment(text: str) -> Iterator[Expectation]:
    found = _COMMENT.search(text)
    if found and "entries" in found.group(2):
        yield from read_expression(found.group(2))


def _with_labels(expectation: Expectation, text: str) -> Expectation:
    """Return the expectation of a category's term as one that a label in the file satisfies, too."""
    if expectation.field != "categories" or not isinstance(expectation.expected, tuple):
        return expectation
    return replace(expectation, expected=((*expectation.expected, *_LABEL.findall(text)),))


def _terms(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
        for value in node.values:
            yield from _terms(value)
    else:
        yield node


def _read_comparison(path: ast.expr, literal: ast.expr) -> Iterator[Expectation]:
    value = _literal(literal)
    match path:
        case ast.Call(func=ast.Name(id="ord"), args=[inner]) if isinstance(value, int):
            path, value = inner, chr(value)
        case ast.Call(func=ast.Name(id="len"), args=[ast.Name(id="entries")]) if isinstance(value, int):
            yield Expectation(0, "count", value)
            return
    steps = _steps(path)
    if len(steps) < 3 or steps[0] != "entries" or not isinstance(steps[1], int):
        return
    index = next((step for step in steps[2:] if isinstance(step, int)), None)
    field = _FIELDS.get(".".join(map(str, steps[2:]))) or _FIELDS.get(
        ".".join("#" if isinstance(step, int) else step for step in steps[2:])
    )
    if field and not (field == "content" and index):
        yield from _expect(steps[1], field, value, index)


def _expect(entry: int, field: str, value: object, index: int | None) -> Iterator[Expectation]:
    expected: Value
    match field, value:
        case (
            ("published" | "updated"),
            (int(year), int(month), int(day), int(hour), int(minute), int(second), _, _, _),
        ):
            expected = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        case (("authors" | "categories"), str(name)):
            expected, index = (name,), index or 0
        case _, str(text):
            expected = text
        case _:
            return
    yield Expectation(entry, field, expected, index if field in {"authors", "categories"} else None)


def _steps(path: ast.expr) -> list[str | int]:
    """Return `entries[0]['a'].b` as ["entries", 0, "a", "b"]; [] for anything else."""
    match path:
        case ast.Name(id=name):
            return [name]
        case ast.Attribute(value=inner, attr=name):
            before = _steps(inner)
            return [*before, name] if before else []
        case ast.Subscript(value=inner, slice=ast.Constant(value=(str() | int()) as step)):
            before = _steps(inner)
            return [*before, step] if before else []
    return []


def _literal(node: ast.expr) -> object:
    """Return the value of a literal; texts may be joined by `+`. None for anything else."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _literal(node.left), _literal(node.right)
        return left + right if isinstance(left, str) and isinstance(right, str) else None
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None
