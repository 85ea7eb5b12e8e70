"""Functions that end their process or never return. Not importing Beam, which each new process would load."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from newsbeam.transforms.enrich.entity_settings import EntitySettings
from newsbeam.transforms.enrich.tag_batches import tag_entities_batch
from newsbeam.transforms.errors import BrokenStageError
from newsbeam.transforms.parse.document import ParseLimits
from newsbeam.transforms.parse.parse_batches import parse_polled_batch
from newsbeam.transforms.records import Document, Polled, PolledEntries, Story
from newsbeam.transforms.runtime.batches import Batch


def nothing() -> None:
    pass


def lengths(documents: Sequence[Document], log: Path, deadly: bytes = b"poison") -> Batch[Any]:
    """Return the lengths of documents, or end the process at a deadly one; `log` gets a line for each other."""
    if any(document.body.startswith(deadly) for document in documents):
        os._exit(9)
    with log.open("a") as file:
        file.writelines(f"{document.body.decode()}\n" for document in documents)
    return Batch([(document.body, len(document.body)) for document in documents], counts={"done": len(documents)})


def bodies(documents: Sequence[Document]) -> Batch[Any]:
    return Batch([(document.body, None) for document in documents])


def records_of(chunks: Sequence[tuple[Any, ...]]) -> Batch[Any]:
    return Batch([record for chunk in chunks for record in chunk])


def die(_: Sequence[Any]) -> Batch[Any]:
    os._exit(9)


def die_once(documents: Sequence[Document], mark: Path, log: Path) -> Batch[Any]:
    if documents[0].body == b"word 16" and not mark.exists():
        mark.touch()
        os._exit(9)
    return lengths(documents, log)


def spin(documents: Sequence[Document]) -> Batch[Any]:
    """Never return from a document, in the way that it names: in Python, in C, sleeping, or using up memory."""
    for document in documents:
        match document.body:
            case b"poison python":
                while True:
                    pass
            case b"poison deaf":
                _spin_deaf()
            case b"poison native":
                sum(range(10**18))
            case b"poison asleep":
                time.sleep(10**6)
            case b"poison memory":
                bytearray(10**12)
            case b"poison raises":
                raise AttributeError("no one foresaw this")
    return bodies(documents)


def _spin_deaf() -> None:
    while True:
        try:
            while True:
                pass
        except Exception:  # noqa: BLE001
            pass


def fails(_: Sequence[Any]) -> Batch[Any]:
    raise ZeroDivisionError("the fallback fails, too")


def broken(_: Sequence[Any]) -> Batch[Any]:
    raise BrokenStageError("no model")


def parse(documents: Sequence[Polled[Document]], limits: ParseLimits) -> Batch[PolledEntries]:
    """Parse, but end the process at a document that contains "poison"."""
    if any(b"poison" in document.value.body for document in documents):
        os._exit(9)
    return parse_polled_batch(documents, limits)


@dataclass(frozen=True)
class DeadlyModel:
    """Tags, but ends the process at one text."""

    text: str

    def __call__(self, stories: Sequence[Story]) -> Batch[Story]:
        if any(paragraph.text == self.text for story in stories for paragraph in story.paragraphs):
            os._exit(9)
        return tag_entities_batch(stories, EntitySettings())
