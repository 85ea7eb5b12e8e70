"""Makes `transforms/enrich/data/topic_model.npz` from the texts; takes about a minute. It needs scipy.

The topics of the first level learn from the paragraphs, one by one and in pairs, each topic by itself, as a story can
be about several; those directly below them learn from the definitions as well.
"""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import scipy.sparse as sparse

from newsbeam.transforms.enrich.topic_features import BUCKETS, buckets
from newsbeam.transforms.enrich.topic_model import WORDS_SCALE, evidence_features
from newsbeam.transforms.enrich.topic_vocabulary import evidence_of, topic_tree
from newsbeam.transforms.records import Entry, Paragraph, Story
from training.fit import Array, fit
from training.texts import Text, definitions, mixed, paragraphs, word_vectors

TARGET = Path(__file__).parents[1] / "transforms" / "enrich" / "data" / "topic_model.npz"
OWN_EVIDENCE = 1.0
VECTOR_SCALE = 1.0
DEFINITION_WEIGHT = 0.5
MIXED = 1_000

# How sure the label of a text can make one: documentalists disagree about one topic in eight, and accept others too.
AGREEMENT, OTHERS = 0.87, 0.02


def main() -> None:
    """Train, print what cross-validation finds, and write the model."""
    written, defined = list(paragraphs()), list(definitions())
    written += mixed(written, MIXED)
    print(f"{len(written):,} paragraphs, {len(defined):,} definitions")
    tree = topic_tree()
    tops = tuple(tree.narrower[""])
    matrix = _matrix([*written, *defined])
    known, vectors = _known(matrix)
    words, importance = _weighted(matrix[:, known])
    meanings = VECTOR_SCALE * (words[: len(written)] @ vectors)
    rows = sparse.csr_matrix(sparse.hstack([words[: len(written)], meanings, _evidence(written, tops)]))
    target = _targets(written, tops)
    target = OTHERS + (AGREEMENT - OTHERS) * target
    weights, bias = fit(rows, target, np.ones(len(written)), independent=True)
    evidence = weights[len(known) + vectors.shape[1] :]
    weights = weights[: len(known)] + VECTOR_SCALE * (vectors @ weights[len(known) : len(known) + vectors.shape[1]])
    columns, narrow_weights, narrow_bias = _narrower(words, [*written, *defined], tops)
    all_weights = np.hstack([weights, narrow_weights])
    scale = np.abs(all_weights).max(axis=0) / 127
    quantised = np.rint(all_weights / scale).astype(np.int8)
    kept = np.flatnonzero(np.abs(quantised).max(axis=1))
    np.savez_compressed(
        TARGET,
        topics=np.array([int(topic[7:]) for topic in (*tops, *columns)], np.int32),
        buckets=known[kept].astype(np.int32),
        importance=importance[kept].astype(np.float32),
        weights=quantised[kept],
        scale=scale.astype(np.float32),
        bias=np.concatenate([bias, narrow_bias]).astype(np.float32),
        evidence=evidence.astype(np.float32),
        own_evidence=np.float32(OWN_EVIDENCE),
    )
    print(f"{TARGET.name}: {len(tops)} and {len(columns)} topics, {len(kept):,} words, {TARGET.stat().st_size:,} bytes")


def _matrix(texts: list[Text]) -> Array:
    found = [buckets(text.text) for text in texts]
    ends = np.cumsum([0, *map(len, found)])
    indices = np.concatenate([list(each) for each in found])
    values = np.concatenate([list(each.values()) for each in found])
    return sparse.csr_matrix((values, indices, ends), shape=(len(texts), BUCKETS))


def _known(matrix: Array) -> tuple[Array, Array]:
    """Return the buckets of the texts and of the words with a vector, and the vectors of each (0 for most).

    A word that no text has gets its weight from words of a similar meaning: what is fitted for a word is its own weight
    plus that of its vector.
    """
    words, vectors = word_vectors()
    found = np.array([next(iter(buckets(word))) for word in words])
    known = np.union1d(np.flatnonzero(np.asarray((matrix > 0).sum(axis=0)).ravel()), found)
    rows = np.searchsorted(known, found)
    shape = (len(known), vectors.shape[1])
    columns = np.tile(np.arange(shape[1]), len(rows))
    return known, sparse.csr_matrix((vectors.ravel(), (np.repeat(rows, shape[1]), columns)), shape=shape)


def _weighted(matrix: Array) -> tuple[Array, Array]:
    """Return the rows as `TopicModel` computes them: by inverse document frequency, and of one length."""
    frequency = np.asarray((matrix > 0).sum(axis=0)).ravel()
    importance = np.log((1 + matrix.shape[0]) / (1 + frequency)) + 1
    weighted = matrix @ sparse.diags(importance)
    length = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    return sparse.csr_matrix(sparse.diags(WORDS_SCALE / np.maximum(length, 1e-9)) @ weighted), importance


def _evidence(texts: list[Text], topics: tuple[str, ...]) -> Array:
    return np.array([evidence_features(evidence_of(_story(text)), topics) for text in texts])


def _story(text: Text) -> Story:
    entry = Entry("e", "training", "", "text", datetime.now(UTC), language=text.language)
    return Story(entry, (Paragraph("p", "e", 0, 0, text.text, "paragraph", text.language, ""),))


def _targets(texts: list[Text], topics: tuple[str, ...]) -> Array:
    """Return 1 for each topic of each text that is one of `topics` or below it."""
    column = {topic: number for number, topic in enumerate(topics)}
    paths = topic_tree().paths
    target = np.zeros((len(texts), len(topics)))
    for row, text in enumerate(texts):
        for topic in text.topics:
            found = next((broader for broader in paths[topic] if broader in column), None)
            if found:
                target[row, column[found]] = 1
    return target


def _narrower(words: Array, texts: list[Text], tops: tuple[str, ...]) -> tuple[list[str], Array, Array]:
    """Return the topics below each of the first level, it itself first, with their weights (a column each) and bias."""
    paths, narrower = topic_tree().paths, topic_tree().narrower
    weight = np.array([DEFINITION_WEIGHT if text.definition else 1.0 for text in texts])
    topics, all_weights, all_bias = [], [], []
    for top in tops:
        columns = (top, *narrower[top])
        mine = [row for row, text in enumerate(texts) if {paths[topic][-1] for topic in text.topics} == {top}]
        target = _targets([texts[row] for row in mine], columns)
        target /= target.sum(axis=1, keepdims=True)
        weights, bias = fit(words[mine], target, weight[mine], 40)
        topics += columns
        all_weights.append(weights)
        all_bias.append(bias)
    return topics, np.hstack(all_weights), np.concatenate(all_bias)


if __name__ == "__main__":
    main()
