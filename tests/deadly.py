"""Functions that end the process they are in. Without Beam, which each new process would load."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from newsbeam.transforms.batches import Batch
from newsbeam.transforms.enrich.batch import tag_entities_batch
from newsbeam.transforms.parse.batch import parse_polled_batch
from newsbeam.transforms.parse.document import ParseLimits
from newsbeam.transforms.records import Document, Polled, PolledEntries, Story


def nothing() -> None:
    pass


def lengths(documents: Sequence[Document], log: Path, deadly: bytes = b"poison") -> Batch[Any]:
    """Return the lengths of documents; die of a deadly one. `log` has a line for each document that was done."""
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


def process_id(_: Sequence[Any]) -> Batch[Any]:
    return Batch([os.getpid()])


def parse(documents: Sequence[Polled[Document]], limits: ParseLimits) -> Batch[PolledEntries]:
    """Parse, but die of a document that says so."""
    if any(b"poison" in document.value.body for document in documents):
        os._exit(9)
    return parse_polled_batch(documents, limits)


@dataclass(frozen=True)
class DeadlyModel:
    """Tags, but dies of one text."""

    text: str

    def __call__(self, stories: Sequence[Story]) -> Batch[Story]:
        if any(paragraph.text == self.text for story in stories for paragraph in story.paragraphs):
            os._exit(9)
        return tag_entities_batch(stories, models={})
