"""The topic classifier: how likely each topic of the first level is for a text, and each narrower one below it.

A linear model over the hashed words of a text (`topic_features`) and the evidence of the vocabulary
(`topic_vocabulary`), trained on paragraphs that were written for it: `python -m training` makes `data/topic_model.npz`
from `training/topics`. It needs numpy alone.
"""

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from newsbeam.transforms.enrich.topic_features import BUCKETS, buckets, count_words

SHARE_SCALE, AMOUNT_SCALE, WORDS_SCALE = 3.0, 0.4, 6.0
_DOUBT = 3.0  # evidence for "none of these": a word and a half

# Fitted by `python -m training.calibrate` on stories labelled by eye, which the classifier has not learned from. Slopes
# for each language were measured, too: what German and Spanish pages give makes French scores worse.
BEST_SLOPE, SECOND_SLOPE = 0.43, 0.47
_LEAST_BEST = 0.12

_TRAINED_WORDS = 68  # of the longest text that the model was trained on
_READ_WORDS = 300  # that evidence comes from: the title twice, and the beginning of the text

_Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class TopicModel:
    """The weights of the classifier.

    Attributes:
        topics: The qcodes that it knows: those of the first level, then those below them.
        row: The row of `weights` of each bucket, -1 for a bucket that no text of the training had.
        importance: For each row, its inverse document frequency.
        weights: Rows of int8, a column a topic; multiplied by `scale` of the column.
        scale: For each column.
        bias: For each column.
        evidence: What the features of the evidence (`evidence_features`) add to each topic of the first level.
        own_evidence: What the evidence of a narrower topic adds to itself.
    """

    topics: tuple[str, ...]
    row: npt.NDArray[np.int32]
    importance: _Array
    weights: npt.NDArray[np.int8]
    scale: _Array
    bias: _Array
    evidence: _Array
    own_evidence: float

    def first_level(self, text: str, evidence: Mapping[str, float], bonus: Mapping[str, float]) -> dict[str, float]:
        """Return the chance of each topic of the first level; a text may be about several or none.

        Args:
            text: The title twice, then the text.
            evidence: The vocabulary's, by qcode.
            bonus: Added to the logit of a topic, by qcode: what the publisher says.
        """
        tops = self.topics[: self.evidence.shape[1]]
        features = evidence_features(_as_in_training(evidence, text), tops)
        logits = self._logits(text)[: len(tops)] + features @ self.evidence
        logits = logits + np.array([bonus.get(topic, 0.0) for topic in tops], np.float64)
        return dict(zip(tops, _calibrated(logits).tolist(), strict=True))

    def below(self, text: str, evidence: Mapping[str, float]) -> dict[str, float]:
        """Return the chance of each narrower topic that the model knows, given the one of the first level above it.

        Args:
            text: As of `first_level`.
            evidence: As of `first_level`.
        """
        logits = self._logits(text).tolist()
        groups: list[dict[str, float]] = []
        for topic, logit in list(zip(self.topics, logits, strict=True))[self.evidence.shape[1] :]:
            if topic in self.topics[: self.evidence.shape[1]]:
                groups.append({topic: logit})  # "none of those below it"; these follow
            else:
                groups[-1][topic] = logit + self.own_evidence * math.log1p(evidence.get(topic, 0.0))
        shares = (_shares(group) for group in groups)
        tops = frozenset(self.topics[: self.evidence.shape[1]])
        return {topic: share for group in shares for topic, share in group.items() if topic not in tops}

    def _logits(self, text: str) -> _Array:
        weight_of = buckets(text)
        rows = self.row[np.fromiter(weight_of, np.int64, len(weight_of))]
        known = rows >= 0
        values = np.fromiter(weight_of.values(), np.float64, len(weight_of))[known] * self.importance[rows[known]]
        # 0 for a text without a word that the model knows.
        length = float(np.sqrt(values @ values)) or 1.0
        # In 64 bits, so that scores are the same with any number of threads of the linear algebra.
        logits: _Array = (values * (WORDS_SCALE / length)) @ self.weights[rows[known]].astype(np.float64)
        return logits * self.scale + self.bias


def _calibrated(logits: _Array) -> _Array:
    """Return the chances of logits: the best one's by how far it is ahead of the second, the others in proportion.

    Something is right for nearly every story, so the best is surer than its own logit says where nothing else comes
    near, and less sure beside a rival. Where hardly anything speaks for any topic, the chances stay as they are.
    """
    chances: _Array = 1 / (1 + np.exp(-logits))
    second, best = np.sort(logits)[-2:]
    if 1 / (1 + math.exp(-best)) < _LEAST_BEST:
        return chances
    chance = 1 / (1 + math.exp(-(BEST_SLOPE * best - SECOND_SLOPE * second)))
    scaled: _Array = chances * chance / chances.max()
    return scaled


def _as_in_training(evidence: Mapping[str, float], text: str) -> Mapping[str, float]:
    """Return the evidence that a text of the training's length would have; a long story is not surer than a short one.

    New terms get rarer in the course of a text: evidence grows about as the square root of its words.
    """
    words = min(count_words(text), _READ_WORDS)
    if words <= _TRAINED_WORDS:
        return evidence
    share = math.sqrt(_TRAINED_WORDS / words)
    return {topic: amount * share for topic, amount in evidence.items()}


def evidence_features(evidence: Mapping[str, float], topics: Sequence[str]) -> _Array:
    """Return what the model reads of the evidence: the share of each topic, then how much there is of each."""
    known = np.array([evidence.get(topic, 0.0) for topic in topics], np.float64)
    shares: _Array = SHARE_SCALE * known / (_DOUBT + known.sum())
    return np.concatenate([shares, AMOUNT_SCALE * np.log1p(known)])


def _shares(logits: Mapping[str, float]) -> dict[str, float]:
    """Return the exponentials of the logits as shares of their sum."""
    values = np.array(list(logits.values()), np.float64)
    # Less the greatest, so that none overflows; the shares stay the same.
    powers = np.exp(values - values.max())
    return dict(zip(logits, (powers / powers.sum()).tolist(), strict=True))


@cache
def topic_model() -> TopicModel:
    """Return the model, loaded at its first use."""
    data = files("newsbeam.transforms.enrich").joinpath("data", "topic_model.npz").read_bytes()
    with np.load(io.BytesIO(data)) as arrays:
        row = np.full(BUCKETS, -1, np.int32)
        row[arrays["buckets"]] = np.arange(len(arrays["buckets"]))
        return TopicModel(
            tuple(f"medtop:{number:08}" for number in arrays["topics"].tolist()),
            row,
            arrays["importance"].astype(np.float64),
            arrays["weights"],
            arrays["scale"].astype(np.float64),
            arrays["bias"].astype(np.float64),
            arrays["evidence"].astype(np.float64),
            float(arrays["own_evidence"]),
        )
