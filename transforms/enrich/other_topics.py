"""Topics by a text classifier of transformers whose labels are Media Topics, in place of the one that comes with us.

Not a dependency: a config that names one needs `pip install transformers torch`.
"""

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from newsbeam.transforms.enrich.topic_vocabulary import topic_tree

LIBRARY = "transformers"

Classify = Callable[[str], Mapping[str, float]]
"""From a text to the chance of each topic, by qcode."""

_NUMBER = re.compile(r"(?:medtop:)?(?P<number>\d{8})")
_LOADING, _RUNNING = threading.Lock(), threading.Lock()


def load_classifier(name: str) -> Classify:
    """Load a classifier, or return the one that this process has loaded already.

    Args:
        name: After `transformers:` a folder, or a name on the Hugging Face hub. Its labels are qcodes of Media Topics
            (`medtop:15000000`, `15000000`) or their English names; others are left out.

    Raises:
        ValueError: None of its labels is a topic in use.
    """
    # As in `models`: `cache` alone may load it twice.
    with _LOADING:
        return _load(name.partition(":")[2])


@cache
def _load(name: str) -> Classify:
    from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

    tokenizer = AutoTokenizer.from_pretrained(name)
    model = AutoModelForSequenceClassification.from_pretrained(name)
    topic_of = {label: topic for label in model.config.id2label.values() if (topic := topic_of_label(label))}
    if not topic_of:
        raise ValueError(f"{name}: none of its labels is a Media Topic, such as medtop:15000000 or sport")
    tokenizer.model_max_length = min(
        tokenizer.model_max_length, getattr(model.config, "max_position_embeddings", tokenizer.model_max_length)
    )
    run = pipeline("text-classification", model=model, tokenizer=tokenizer)

    def classify(text: str) -> Mapping[str, float]:
        with _RUNNING:
            [found] = run([text], top_k=None, truncation=True)
        return chances(found, topic_of)

    return classify


def topic_of_label(label: str) -> str:
    """Return the qcode of a label, or "" if it is not a topic in use."""
    match = _NUMBER.fullmatch(label.strip())
    qcode = f"medtop:{match['number']}" if match else _by_name().get(" ".join(label.casefold().split()), "")
    return qcode if qcode in topic_tree().paths else ""


def chances(found: Sequence[Mapping[str, Any]], topic_of: Mapping[str, str]) -> dict[str, float]:
    """Return the chance of each topic; that of a broader one is at least that of the narrower."""
    scores: dict[str, float] = {}
    for each in found:
        if each["label"] in topic_of:
            for topic in topic_tree().paths[topic_of[each["label"]]]:
                scores[topic] = max(scores.get(topic, 0.0), float(each["score"]))
    return scores


@cache
def _by_name() -> dict[str, str]:
    return {name.casefold(): topic for topic, name in topic_tree().names.items()}
