"""Fits how sure the best topic of a story is: `python -m training.calibrate`.

`development.tsv` has 307 stories of the public test data (`benchmarks.reading.corpus`: feeds, Reuters, news pages in
English, German, French and Spanish), labelled by eye: the topic that a documentalist would give first, then others that
are right as well. Nothing was trained on them. What is printed goes into `transforms/enrich/topic_model.py`.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from benchmarks.reading.corpus import stories_of
from newsbeam.transforms.enrich import topic_model
from newsbeam.transforms.enrich.evaluate_topics import Judged, best_of, calibration_error
from newsbeam.transforms.enrich.topics import TopicSettings
from training.fit import Array

LABELS = Path(__file__).parent / "development.tsv"
_ALL = TopicSettings(max=17, min_scores=(0.0, 1.0, 1.0))


def main() -> None:
    """Print the shares that are right, the calibration error, and the slopes that make it least."""
    judged = list(development())
    first = [Judged(frozenset([right[0]]), found.topics) for right, found in judged]
    shares = [np.mean([each.is_right for each in some]) for some in ([found for _, found in judged], first)]
    print(f"{len(judged)} stories; best topic right: {shares[0]:.3f}, the first of the labels: {shares[1]:.3f}")
    print(f"calibration error: {calibration_error(first):.3f}")
    topic_model.BEST_SLOPE, topic_model.SECOND_SLOPE = 1.0, 0.0
    raw = [Judged(frozenset([right[0]]), found.topics) for right, found in development()]
    print("slopes of the best and the second:", np.round(_fit([each for each in raw if len(each.topics) > 1]), 2))


def development() -> Iterator[tuple[list[str], Judged]]:
    """Yield the labels of each story, the first one first, and what it is given."""
    with LABELS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    stories = stories_of([row["story"] for row in rows])
    for row in rows:
        right = [f"medtop:{number}000000" for number in row["topics"].split()]
        yield right, Judged(frozenset(right), best_of(stories[row["story"]], _ALL))


def _fit(judged: list[Judged]) -> Array:
    chances = np.clip([[topic.score for topic in each.topics[:2]] for each in judged], 1e-4, 1 - 1e-3)
    right = np.array([each.is_right for each in judged], float)
    logits = np.log(chances / (1 - chances))
    features = np.c_[logits[:, 0], -logits[:, 1]]

    def loss(slopes: Array) -> float:
        found = features @ slopes
        cost = np.log1p(np.exp(-found)) * right + np.log1p(np.exp(found)) * (1 - right)
        return float(np.mean(cost) + 0.001 * (slopes**2).sum())

    return minimize(loss, np.zeros(2)).x


if __name__ == "__main__":
    main()
