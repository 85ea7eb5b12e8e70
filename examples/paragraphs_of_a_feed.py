"""Prints the paragraphs of a feed: `python examples/paragraphs_of_a_feed.py FEED`, with a path or an http(s) URL.

A pipeline of your own with three of newsbeam's transforms. Nothing is written or remembered.
"""

import sys
from collections.abc import Sequence

import apache_beam as beam
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from newsbeam import DeadLetter, ParseDocuments, Poll, ReadDocuments, Source, SplitParagraphs, Story


def print_story(story: Story) -> None:
    """Print the title of a story, then each paragraph after its kind."""
    print(f"\n{story.entry.title}")
    for paragraph in story.paragraphs:
        print(f"  {paragraph.kind:<10} {paragraph.text}")


def print_failure(poll: Poll) -> None:
    """Print why a feed was not read."""
    if poll.status == "error":
        print(f"{poll.uri}: {poll.error}", file=sys.stderr)


def print_dead_letter(letter: DeadLetter) -> None:
    """Print what could not be processed, and why."""
    print(f"{letter.uri}: {letter.stage}: {letter.message}", file=sys.stderr)


def main(feeds: Sequence[str]) -> None:
    """Read each feed once and print its paragraphs."""
    sources = [(Source(location=feed, name=feed, feed_url=feed), None) for feed in feeds]  # None: no earlier poll
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        read = pipeline | beam.Create(sources) | ReadDocuments()
        parsed = read.documents | ParseDocuments()
        split = parsed.items | SplitParagraphs()
        _ = split.items | "PrintStories" >> beam.Map(print_story)
        _ = read.polls | "PrintFailures" >> beam.Map(print_failure)
        dead_letters = (read.dead_letters, parsed.dead_letters, split.dead_letters) | beam.Flatten()
        _ = dead_letters | "PrintDeadLetters" >> beam.Map(print_dead_letter)


if __name__ == "__main__":
    main(sys.argv[1:])
