"""What has been read by eye, in `tests/data/readings`, against the labels that the code writes today.

A file has a row a judgement: the number of the sample (its seed), the columns of `Label.key`, a verdict (right, wrong,
open) and the kind of what is wrong. Kinds of names: `kind` (a wrong label), `part` (of a longer name), `term` (none at
all), `product` (brands, works, events, programs) and `other` (the full name of something else).
"""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.lib.figures import Figure
from benchmarks.reading.corpus import stories_of
from benchmarks.reading.labels import SUBJECTS, labels_of, tagged

FOLDER = Path(__file__).parents[2] / "tests" / "data" / "readings"
OF_THE_MODEL = "raw_names"
"""The file of what was read of the model's own names, without a rule."""

_KEY = ("story", "paragraph", "start", "end", "label", "digest")


@dataclass(frozen=True)
class Judgement:
    """A label that was read, and whether it is right.

    Attributes:
        sample: The seed that it was drawn with.
        key: As of `Label.key`.
        verdict: right, wrong or open.
        kind: Of what is wrong.
    """

    sample: str
    key: tuple[str, ...]
    verdict: str
    kind: str


def judgements(subject: str) -> list[Judgement]:
    """Return what was read of a subject of `labels`, or in the file `OF_THE_MODEL`; none if nothing was."""
    path = FOLDER / f"{subject}.tsv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return [Judgement(row["sample"], tuple(row[name] for name in _KEY), row["verdict"], row["kind"]) for row in rows]


def written(judged: Sequence[Judgement], subject: str) -> set[tuple[str, ...]]:
    """Return the keys of the labels that today's code writes in the stories that were read."""
    stories = stories_of({each.key[0] for each in judged})
    names = list(stories)
    found = tagged([stories[name] for name in names])
    return {label.key() for name, story in zip(names, found, strict=True) for label in labels_of(name, story, subject)}


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Yield how many labels were wrong in each sample, and how many of all that were read are written today."""
    del scale
    for subject in SUBJECTS:
        judged = judgements(subject)
        if judged:
            yield from _of_samples(subject, judged)
            today = written(judged, subject)
            if today:
                yield from _of_today(subject, judged, today)
    yield from _of_samples(OF_THE_MODEL, judgements(OF_THE_MODEL))
    yield from _of_stories()


def _of_stories() -> Iterator[Figure]:
    """Yield how many labels of whole stories are wrong, the simplest way (`before`) and `now`; `stories`."""
    with (FOLDER / "stories.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    of_stories = ("place", "quote", "topic", "broad_topic", "language", "dateline")
    counts = Counter(
        (row["label"] if row["label"] in of_stories else "name", row["run"], row["verdict"], row["kind"])
        for row in rows
    )
    for label, run in sorted({key[:2] for key in counts}):
        found = {key[2:]: count for key, count in counts.items() if key[:2] == (label, run)}
        wrong = {kind: count for (verdict, kind), count in found.items() if verdict == "wrong"}
        written = sum(wrong.values()) + found.get(("right", ""), 0)
        kinds = ", ".join(f"{kind or 'wrong'} {count}" for kind, count in sorted(wrong.items()))
        note = f"{sum(wrong.values())} of {written}: {kinds}; missed {found.get(('missed', ''), 0)}"
        yield Figure(f"reading.stories_{label}_{run}", sum(wrong.values()) / max(1, written), "", "share", note)


def _of_samples(subject: str, judged: Sequence[Judgement]) -> Iterator[Figure]:
    for sample in dict.fromkeys(each.sample for each in judged):
        some = [each for each in judged if each.sample == sample and each.verdict != "open"]
        wrong = [each for each in some if each.verdict == "wrong"]
        kinds = sorted({each.kind for each in wrong if each.kind})
        note = ", ".join(f"{kind} {sum(each.kind == kind for each in wrong)}" for kind in kinds)
        name = f"reading.{subject}_{sample}_wrong"
        yield Figure(name, len(wrong) / len(some), "", "share", f"{len(wrong)} of {len(some)} as drawn: {note}")


def _of_today(subject: str, judged: Sequence[Judgement], today: set[tuple[str, ...]]) -> Iterator[Figure]:
    for verdict in ("wrong", "right"):
        keys = {each.key for each in judged if each.verdict == verdict}
        still = len(keys & today)
        note = f"{still} of {len(keys)} that were read as {verdict} are written today"
        yield Figure(f"reading.{subject}_{verdict}_today", still / max(1, len(keys)), "", "share", note)
