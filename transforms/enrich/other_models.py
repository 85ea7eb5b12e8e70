"""Entity models that aren't spaCy's: token classification of transformers, GLiNER, and natasha. No Beam here.

None of them is a dependency: a config that names such a model needs `pip install transformers` or `gliner`, and torch;
or `pip install natasha`. The first two run on a CPU some ten to a hundred times slower than spaCy's small models,
natasha about five times.
"""

import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import distribution
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

# What GLiNER, which finds whatever it is asked for, is asked for; and the labels of OntoNotes for it.
GLINER_LABELS = {
    "person": "PERSON",
    "organization": "ORG",
    "country": "GPE",
    "city": "GPE",
    "location": "LOC",
    "nationality": "NORP",
    "building": "FAC",
    "event": "EVENT",
    "product": "PRODUCT",
}
_GLINER_THRESHOLD = 0.5
_GLINER_WORD = re.compile(r"\w+(?:[-_]\w+)*|\S")


@dataclass(frozen=True)
class FoundSpan:
    """An entity with the attributes of spaCy's spans that are read."""

    text: str
    label_: str
    start_char: int
    end_char: int


@dataclass(frozen=True)
class FoundDoc:
    """A tagged text, as far as it is read; how certain its entities are, no model here tells on spaCy's scale."""

    ents: Sequence[FoundSpan]
    user_data: Mapping[str, Mapping[int, float]] = field(default_factory=dict)


@dataclass
class OtherModel:
    """A loaded model.

    Attributes:
        find: Returns the entities of texts: start, end and label of each.
    """

    find: Callable[[Sequence[str]], list[list[tuple[int, int, str]]]]
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def tag(self, texts: Sequence[str], read: Callable[[Any], T]) -> list[T]:
        """Return `read(doc)` of each text."""
        with self.lock:
            found = self.find(texts)
        return [read(_doc(text, spans)) for text, spans in zip(texts, found, strict=True)]


def _doc(text: str, spans: Sequence[tuple[int, int, str]]) -> FoundDoc:
    """Return a tagged text; of spans that overlap, which GLiNER gives, the first one counts."""
    kept: list[FoundSpan] = []
    for start, end, label in sorted(spans):
        if start < end and (not kept or start >= kept[-1].end_char):
            kept.append(FoundSpan(text[start:end], label, start, end))
    return FoundDoc(kept)


def load_transformers(name: str) -> OtherModel:
    """Load a token classifier, from a folder or the Hugging Face hub; its labels are those of its config (PER, LOC)."""
    from transformers import AutoModelForTokenClassification, AutoTokenizer, pipeline

    tokenizer = AutoTokenizer.from_pretrained(name)
    model = AutoModelForTokenClassification.from_pretrained(name)
    # A text that is longer than the model reads is read in parts that overlap.
    longest = min(tokenizer.model_max_length, getattr(model.config, "max_position_embeddings", 512))
    tokenizer.model_max_length = longest
    stride = longest // 4
    run = pipeline(
        "token-classification", model=model, tokenizer=tokenizer, aggregation_strategy="first", stride=stride
    )

    def find(texts: Sequence[str]) -> list[list[tuple[int, int, str]]]:
        found = run(list(texts)) if texts else []
        return [[(int(each["start"]), int(each["end"]), each["entity_group"]) for each in spans] for spans in found]

    return OtherModel(find)


def load_gliner(name: str) -> OtherModel:
    """Load a GLiNER model, from a folder or the Hugging Face hub."""
    from gliner import GLiNER

    model = GLiNER.from_pretrained(name)
    asked = list(GLINER_LABELS)
    longest = int(getattr(model.config, "max_len", 384))

    def of_part(text: str, start: int) -> Iterator[tuple[int, int, str]]:
        for each in model.predict_entities(text, asked, threshold=_GLINER_THRESHOLD):
            yield start + each["start"], start + each["end"], GLINER_LABELS[each["label"]]

    def find(texts: Sequence[str]) -> list[list[tuple[int, int, str]]]:
        return [
            sorted({found for start, end in parts(text, longest) for found in of_part(text[start:end], start)})
            for text in texts
        ]

    return OtherModel(find)


def parts(text: str, longest: int) -> list[tuple[int, int]]:
    """Return the spans of the parts of a text that GLiNER reads: of at most `longest` words, which overlap by a fourth.

    It leaves out what is after that many of its words (`gliner.data_processing.WhitespaceTokenSplitter`).
    """
    words = [(match.start(), match.end()) for match in _GLINER_WORD.finditer(text)]
    starts = range(0, max(1, len(words) - longest // 4), longest - longest // 4)
    return [(words[at][0], words[min(at + longest, len(words)) - 1][1]) for at in starts if words]


def load_natasha(name: str) -> OtherModel:
    """Load the Russian names of natasha; its package has the model's files, and only they are used of it.

    Args:
        name: `news`, its one model.
    """
    from navec import Navec
    from slovnet import NER

    data = Path(str(distribution("natasha").locate_file("natasha"))) / "data"
    model = NER.load(data / "model" / f"slovnet_ner_{name}_v1.tar")
    model.navec(Navec.load(data / "emb" / f"navec_{name}_v1_1B_250K_300d_100q.tar"))

    def find(texts: Sequence[str]) -> list[list[tuple[int, int, str]]]:
        return [[(span.start, span.stop, span.type) for span in found.spans] for found in model.map(texts)]

    return OtherModel(find)


LOADERS: dict[str, Callable[[str], OtherModel]] = {
    "transformers": load_transformers,
    "gliner": load_gliner,
    "natasha": load_natasha,
}
"""How to load a model by the part of its name before a colon: transformers:dslim/bert-base-NER."""
