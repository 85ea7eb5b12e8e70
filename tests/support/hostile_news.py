"""An output in which every text tries to break the page that shows it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from newsbeam.transforms.records import DeadLetter, Entity, Poll, Quote, Topic
from tests.support.written import NOW, repeat, story, write

SCRIPT = "<script>document.title='ran'</script>"
HOSTILE_TEXTS = (
    SCRIPT,
    "</style></title></textarea><script>document.title='ran'</script>",
    '"><img src="https://tracker.example/a.png" onerror="document.title=\'ran\'">',
    "'><svg onload=document.title='ran'><animate onbegin=document.title='ran' attributeName=x dur=1s>",
    "{{ 7 * 7 }} {% raw %} ${7*7} <%= 7 %>",
    "<!-- <iframe src=https://tracker.example></iframe>",
    "]]><meta http-equiv=refresh content='0;url=https://tracker.example'>",
    "\u202eright to left\u202c \u2066\u2067 end \x00\x1b[31m\x08",
    "a" * 5_000,
    "\N{ARABIC LIGATURE BISMILLAH AR-RAHMAN AR-RAHEEM}" * 300,
    "e" + "\u0301" * 2_000,
    "<b>" * 3_000,
)
HOSTILE_URLS = (
    "javascript:document.title='ran'",
    " javascript:document.title='ran'",
    "JaVaScRiPt:document.title='ran'",
    "java\tscript:document.title='ran'",
    "data:text/html,<script>document.title='ran'</script>",
    "vbscript:ran",
    "//tracker.example/a",
    "file:///etc/passwd",
    "https://",
    "https://[::1",
    "https://exa mple/\n",
    "https://a.example/" + "a" * 3_000,
    "",
)


def hostile_output(folder: Path) -> Path:
    """Write an output with a hostile text in every column that a report, a search or a plot shows."""
    stories, letters, polls = [], [], []
    for number, text in enumerate(HOSTILE_TEXTS):
        url = HOSTILE_URLS[number % len(HOSTILE_URLS)]
        entity = Entity(text[:40], "PERSON", 0, 5, text, text, text[:2], number, 10.0 + number, 20.0, "P")
        for copy in range(2):
            name = f"{text[:300]} {copy}"
            one = story(
                number * 10 + copy, name, [text + " said it at length, and said it again.", "x"], title=text, url=url,
                language='en" onload="document.title=1', topics=(Topic("medtop:1", text, 0.5),), ednote=text,
                signals=("correction",) if number % 2 else (), guid=text + str(copy), age=timedelta(hours=1 - copy),
            )  # fmt: skip
            quote = Quote((text + " and so on, for as long as a quote has to be.")[:390], 0, 5, text)
            paragraphs = [
                replace(each, entities=(entity, replace(entity, name=f"{text} too")), quotes=(quote,))
                for each in one.paragraphs
            ]
            stories.append(replace(one, paragraphs=tuple(paragraphs)))
        stories[-1] = repeat(stories[-1], 0, stories[-2], 0)
        letters.append(DeadLetter(text[:50], text[:80], text, text, url, NOW, b"<", repaired=number == 3))
        polls.append(Poll(f"{url}#{number}", url, text[:300], NOW, "error", error=text))
    write(folder, stories, polls, letters)
    return folder
