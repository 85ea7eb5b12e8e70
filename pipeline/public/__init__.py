"""newsbeam: news feeds and newswire in, deduplicated and enriched paragraphs in Parquet out, on Apache Beam.

The public API. Everything else is internal and can change between versions.

    load_config, Config, run, stream            what the commands `run` and `stream` do
    ReadDocuments, ParseDocuments, SplitParagraphs, TagTopics, TagEntities, StageSlice, WriteRows
                                                transforms for other pipelines
    ReadNews, MakeParagraphRows, MakeEntryRows, MakeDeadLetterRows, TagEntitiesWith
                                                rows with a Beam schema, and an entity model of one's own
    story_rows, keyed_story_rows, Store, commit  what StageSlice and WriteRows take, and what comes after StageSlice
    Source, Document, Entry, Story, ...         the records that flow through them

Names are imported when they are first used, so that a worker process that needs one parser does not load Beam.
"""

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    # "X as X" is what type checkers take for a name that is exported (PEP 484).
    from newsbeam.pipeline.batch.run import run as run
    from newsbeam.pipeline.config.load import load_config as load_config
    from newsbeam.pipeline.config.model import Config as Config
    from newsbeam.pipeline.config.problems import ConfigError as ConfigError
    from newsbeam.pipeline.read_news import ReadNews as ReadNews
    from newsbeam.pipeline.streaming.stream import stream as stream
    from newsbeam.transforms.enrich.model_handler import TagEntitiesWith as TagEntitiesWith
    from newsbeam.transforms.enrich.transforms import TagEntities as TagEntities
    from newsbeam.transforms.enrich.transforms import TagTopics as TagTopics
    from newsbeam.transforms.parse.transforms import ParseDocuments as ParseDocuments
    from newsbeam.transforms.read.read_documents import ReadDocuments as ReadDocuments
    from newsbeam.transforms.records import DeadLetter as DeadLetter
    from newsbeam.transforms.records import Document as Document
    from newsbeam.transforms.records import Entity as Entity
    from newsbeam.transforms.records import Entry as Entry
    from newsbeam.transforms.records import Media as Media
    from newsbeam.transforms.records import Paragraph as Paragraph
    from newsbeam.transforms.records import Place as Place
    from newsbeam.transforms.records import Poll as Poll
    from newsbeam.transforms.records import Source as Source
    from newsbeam.transforms.records import Story as Story
    from newsbeam.transforms.records import Topic as Topic
    from newsbeam.transforms.text.transforms import SplitParagraphs as SplitParagraphs
    from newsbeam.transforms.write.beam_rows import MakeDeadLetterRows as MakeDeadLetterRows
    from newsbeam.transforms.write.beam_rows import MakeEntryRows as MakeEntryRows
    from newsbeam.transforms.write.beam_rows import MakeParagraphRows as MakeParagraphRows
    from newsbeam.transforms.write.commit import commit as commit
    from newsbeam.transforms.write.rows import keyed_story_rows as keyed_story_rows
    from newsbeam.transforms.write.rows import story_rows as story_rows
    from newsbeam.transforms.write.stage_slice import StageSlice as StageSlice
    from newsbeam.transforms.write.store import Store as Store
    from newsbeam.transforms.write.write_rows import WriteRows as WriteRows

_MODULES = {
    "newsbeam.pipeline.config.load": ("load_config",),
    "newsbeam.pipeline.config.model": ("Config",),
    "newsbeam.pipeline.config.problems": ("ConfigError",),
    "newsbeam.pipeline.batch.run": ("run",),
    "newsbeam.pipeline.streaming.stream": ("stream",),
    "newsbeam.transforms.enrich.transforms": ("TagEntities", "TagTopics"),
    "newsbeam.transforms.parse.transforms": ("ParseDocuments",),
    "newsbeam.transforms.read.read_documents": ("ReadDocuments",),
    "newsbeam.transforms.records": (
        "DeadLetter",
        "Document",
        "Entity",
        "Entry",
        "Media",
        "Paragraph",
        "Place",
        "Poll",
        "Source",
        "Story",
        "Topic",
    ),
    "newsbeam.transforms.text.transforms": ("SplitParagraphs",),
    "newsbeam.pipeline.read_news": ("ReadNews",),
    "newsbeam.transforms.enrich.model_handler": ("TagEntitiesWith",),
    "newsbeam.transforms.write.beam_rows": ("MakeDeadLetterRows", "MakeEntryRows", "MakeParagraphRows"),
    "newsbeam.transforms.write.commit": ("commit",),
    "newsbeam.transforms.write.rows": ("keyed_story_rows", "story_rows"),
    "newsbeam.transforms.write.stage_slice": ("StageSlice",),
    "newsbeam.transforms.write.store": ("Store",),
    "newsbeam.transforms.write.write_rows": ("WriteRows",),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}

__all__ = ["__version__", *sorted(_MODULE_OF)]


# PEP 562: Python asks here for names that the module doesn't have.
def __getattr__(name: str) -> Any:
    if name == "__version__":
        return version("newsbeam")
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'newsbeam' has no attribute {name!r}")
    return getattr(import_module(_MODULE_OF[name]), name)


def __dir__() -> list[str]:
    return __all__
