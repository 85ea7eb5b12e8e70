"""spaCy models for tests: packages whose only component runs a statement."""

from pathlib import Path

_MODEL = """
import os
import time

import spacy
from spacy.language import Language


@Language.component("does")
def does(doc):
    {statement}
    return doc


def load(**_):
    nlp = spacy.blank("en")
    nlp.add_pipe("does")
    return nlp
"""


def write_model(folder: Path, name: str, statement: str) -> None:
    """Write an installed package `name` whose model runs a statement for each `doc`."""
    (folder / name).mkdir()
    (folder / name / "__init__.py").write_text(_MODEL.format(statement=statement))
    (folder / f"{name}-1.0.dist-info").mkdir()
    (folder / f"{name}-1.0.dist-info/METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\n")
