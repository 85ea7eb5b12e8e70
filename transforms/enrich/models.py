"""Loads spaCy models once a process, and runs their entity recogniser fast. No Beam here.

The entities are those of `nlp.pipe(texts)` with the model as it is installed, at several times the speed
(`python -m benchmarks entities` measures both). Three things make it faster:

- Only pipes that entities depend on are kept. Tagger, lemmatizer and the like are removed. The parser stays, but runs
  only for texts with an entity of two tokens or more (`_set_entities`).
- The decoder is stepped from Python, holding the interpreter's lock (`_decode`).
- NumPy's BLAS runs with one thread: the matrices are too small for more.
"""

import math
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import spacy
from spacy.language import Language
from spacy.pipeline.tok2vec import Tok2VecListener
from spacy.tokens import Doc, Span
from thinc.api import NumpyOps
from threadpoolctl import ThreadpoolController

from newsbeam.transforms.enrich.other_models import LOADERS, OtherModel
from newsbeam.transforms.enrich.packages import find_model

T = TypeVar("T")

CERTAINTY = "certainty"
"""The key in `Doc.user_data` of how certain each entity is, 0 to 1, by its first character."""

_Scores = npt.NDArray[np.float32]

# Pipes of spaCy's trained pipelines that entities do not depend on.
_WITHOUT_ENTITIES = frozenset({"tagger", "morphologizer", "attribute_ruler", "lemmatizer", "senter"})
_WITH_ENTITIES = frozenset({"tok2vec", "parser", "ner"})

# Measured: the matrices of about 32 paragraphs fit the caches; from 64 on it gets slower again.
_BATCH_DOCS = 32
_BATCH_TOKENS = 2_000

_LOADING = threading.Lock()


@dataclass
class Model:
    """A loaded model.

    Attributes:
        nlp: The pipeline, without pipes that entities do not depend on.
        fast: True if the pipeline has the structure that `tag` can run by itself (spaCy's own trained pipelines whose
            recogniser has its own tok2vec); False to run `nlp.pipe` (transformers, rulers, custom pipes).
    """

    nlp: Language
    fast: bool
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def tag(self, texts: Sequence[str], read: Callable[[Doc], T]) -> list[T]:
        """Return `read(doc)` of each text's tagged Doc, which must not be used after that."""
        # spaCy's vocabulary is not thread-safe. In a memory zone it drops the words of the texts at the end: in a job
        # that runs for months it would grow with every new word.
        with self.lock, _threadpools().limit(limits=1, user_api="blas"), self.nlp.memory_zone():
            if not self.fast:
                return [read(doc) for doc in self.nlp.pipe(texts)]
            docs = [self.nlp.make_doc(text) for text in texts]
            for batch in _batches(docs):
                _set_entities(dict(self.nlp.pipeline), batch)
            return [read(doc) for doc in docs]


def load_model(name: str) -> Model | OtherModel:
    """Load a model, or return the one that this process has loaded already.

    Args:
        name: A spaCy package, or a folder that `nlp.to_disk` wrote; or, after `transformers:` or `gliner:`, a folder or
            a name on the Hugging Face hub.

    Raises:
        ModuleNotFoundError: It is not installed.
    """
    # `cache` alone would load a model twice if two threads need it at once.
    with _LOADING:
        return _load(name)


@cache
def _load(name: str) -> Model | OtherModel:
    kind, _, other = name.partition(":")
    if kind in LOADERS:
        return LOADERS[kind](other)
    nlp = spacy.load(find_model(name))
    if not _is_fast(nlp):
        return Model(nlp, fast=False)
    for pipe in _WITHOUT_ENTITIES.intersection(nlp.component_names):
        nlp.remove_pipe(pipe)
    # thinc's own BLIS is built for any CPU, NumPy's BLAS for this one.
    ops = NumpyOps(use_blis=False)
    for _, pipe in nlp.pipeline:
        for node in pipe.model.walk():
            node.ops = ops
    return Model(nlp, fast=True)


def _is_fast(nlp: Language) -> bool:
    """Return whether a pipeline is a trained one of spaCy, whose entity recogniser has its own tok2vec."""
    pipes = dict(nlp.pipeline)
    return (
        _WITH_ENTITIES <= pipes.keys() <= _WITH_ENTITIES | _WITHOUT_ENTITIES
        and nlp.pipe_names[-1] == "ner"
        # The recogniser runs first here, before the tok2vec that others share.
        and not _listens(pipes["ner"])
        and _listens(pipes["parser"])
        # `_decode` follows one path, as a width of 1 does.
        and all(pipes[name].cfg.get("beam_width") == 1 for name in ("ner", "parser"))
    )


def _listens(pipe: Any) -> bool:
    return any(isinstance(node, Tok2VecListener) for node in pipe.model.walk())


def _batches(docs: Sequence[Doc]) -> Iterator[list[Doc]]:
    """Yield batches of docs of similar length, since a batch takes as many steps as its longest; skip empty docs."""
    batch: list[Doc] = []
    tokens = 0
    for doc in sorted(filter(len, docs), key=len):
        if batch and (len(batch) == _BATCH_DOCS or tokens + len(doc) > _BATCH_TOKENS):
            yield batch
            batch, tokens = [], 0
        batch.append(doc)
        tokens += len(doc)
    if batch:
        yield batch


def _set_entities(pipes: dict[str, Any], docs: list[Doc]) -> None:
    """Set the entities of docs, none of which is empty."""
    _recognise(pipes["ner"], docs)
    # An entity never extends across a boundary of the parser's sentences (`Begin.is_valid` and `In.is_valid` in spaCy's
    # ner.pyx), and none can fall inside an entity of one token.
    divisible = [doc for doc in docs if any(len(entity) > 1 for entity in doc.ents)]
    if not divisible:
        return
    pipes["tok2vec"].set_annotations(divisible, pipes["tok2vec"].predict(divisible))
    _decode(pipes["parser"], divisible)
    divided = [doc for doc in divisible if any(map(_is_divided, doc.ents))]
    if divided:
        for doc in divided:
            doc.set_ents([], default="missing")
        _recognise(pipes["ner"], divided)


def _is_divided(entity: Span) -> bool:
    return any(token.is_sent_start for token in entity[1:])


def _recognise(pipe: Any, docs: list[Doc]) -> None:
    """Set the entities of docs, and how certain each is."""
    scores = _decode(pipe, docs)
    columns = {name: column for column, name in enumerate(pipe.move_names)}
    opening = [column for name, column in columns.items() if name[:2] not in ("I-", "L-")]
    lengths = np.array([len(doc) for doc in docs])
    for number, doc in enumerate(docs):
        doc.user_data[CERTAINTY] = {
            entity.start_char: _certainty(entity, _rows(scores, lengths, number, entity), columns, opening)
            for entity in doc.ents
        }


def _rows(scores: Sequence[_Scores], lengths: npt.NDArray[np.int64], number: int, entity: Span) -> list[_Scores]:
    """Return the scores of an entity's tokens: a step reads one token of each doc that has as many."""
    before = lengths[:number]
    return [scores[token][np.count_nonzero(before > token)] for token in range(entity.start, entity.end)]


def _certainty(entity: Span, rows: Sequence[_Scores], columns: Mapping[str, int], opening: Sequence[int]) -> float:
    """Return the least of the chances of the actions that made an entity, each among those that were possible."""
    label = entity.label_
    first = rows[0][opening]
    chosen = columns[f"{'B' if len(rows) > 1 else 'U'}-{label}"]
    certainty = 1 / float(np.exp(first - rows[0][chosen]).sum())
    for row in rows[1:]:
        ends = float(row[columns[f"L-{label}"]] - row[columns[f"I-{label}"]])
        certainty = min(certainty, 1 / (1 + math.exp(-ends if row is rows[-1] else ends)))
    return certainty


def _decode(pipe: Any, docs: list[Doc]) -> list[_Scores]:
    """Do what `pipe.predict` and `pipe.set_annotations` do for a greedy transition-based parser or recogniser.

    Returns:
        For each step, a row of scores for each doc that has not ended, a column an action.
    """
    step = pipe.model.predict(docs)
    states = pipe.moves.init_batch(docs)
    unfinished = [state for state in states if not state.is_final()]
    scores = []
    # Stepped from Python, which holds the interpreter's lock: `nlp.pipe` releases and acquires it in each of about a
    # hundred checks a token, because Cython 3 asks under the lock whether `StateC.B_` raised.
    while unfinished:
        scores.append(step.predict(unfinished))
        unfinished = pipe.transition_states(unfinished, scores[-1])
    step.clear_memory()
    pipe.set_annotations(docs, states)
    return scores


@cache
def _threadpools() -> ThreadpoolController:
    return ThreadpoolController()
