"""Draws labels to read: `python -m benchmarks.reading names --seed 1 --number 300`, the same ones every time.

Each is printed with its paragraph and the columns that a row of `tests/data/readings/SUBJECT.tsv` begins with; a reader
adds the sample, a verdict (right, wrong, open) and, of what is wrong, the kind.
"""

import random
from collections.abc import Sequence

import click

from benchmarks.reading.corpus import CORPORA, read_stories
from benchmarks.reading.labels import SUBJECTS, Label, labels_of, tagged
from newsbeam.transforms.records import Story

_AT_ONCE = 40
_CONTEXT = 160


@click.command()
@click.argument("subject", type=click.Choice(list(SUBJECTS)))
@click.option("--seed", default=1, help="Another seed draws others.")
@click.option("--number", default=300, help="How many, of all corpora together.")
@click.option("--corpora", default=",".join(CORPORA), help="feeds, reuters, pages; or a language of pages: pages/de.")
def main(subject: str, seed: int, number: int, corpora: str) -> None:
    """Print a sample, the same share of each corpus, and as few labels of one story as there can be."""
    chosen = corpora.split(",")
    for corpus in chosen:
        stories = [each for each in read_stories([corpus.partition("/")[0]]) if each[0].startswith(corpus)]
        for label, story in draw(subject, stories, seed, round(number / len(chosen))):
            print("\t".join(label.key()), label.value, _context(label, story), sep="\t")


def draw(subject: str, stories: Sequence[tuple[str, Story]], seed: int, number: int) -> list[tuple[Label, Story]]:
    """Return labels of stories in a random order: one of each, then a second one, until there are enough."""
    chance = random.Random(seed)
    order = chance.sample(list(stories), len(stories))
    found: list[list[tuple[Label, Story]]] = []
    for at in range(0, len(order), _AT_ONCE):
        if len(found) >= number:
            break
        some = order[at : at + _AT_ONCE]
        for (name, _), story in zip(some, tagged([story for _, story in some]), strict=True):
            labels = labels_of(name, story, subject)
            if labels:
                found.append([(label, story) for label in chance.sample(labels, len(labels))])
    rounds = max(map(len, found), default=0)
    return [each[turn] for turn in range(rounds) for each in found if turn < len(each)][:number]


def _context(label: Label, story: Story) -> str:
    text = story.paragraphs[label.paragraph].text
    before, after = text[max(0, label.start - _CONTEXT) : label.start], text[label.end : label.end + _CONTEXT]
    return " ".join(f"{before}[[{text[label.start : label.end]}]]{after}".split())


if __name__ == "__main__":
    main()
