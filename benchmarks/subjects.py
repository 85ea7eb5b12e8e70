"""What is measured, a subject a benchmark: the one list that the command, the tests and docs/figures.md read."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pkgutil import resolve_name

from benchmarks.lib.corpus import corpus_name
from benchmarks.lib.figures import Figure


@dataclass(frozen=True)
class Subject:
    """A benchmark, by the name that the command knows it by.

    Attributes:
        title: Its heading in docs/figures.md.
        about: What a reader must know of all its figures.
        function: Where it is, "module:function". It is imported when it runs, so one that can't be fails alone.
        corpus: What it measures with; "{stories}" in it are those of `lib.corpus`.
        needs_shared: Whether it measures nothing without the public test data.
        needs_prism: Whether it measures nothing where Prism is not built.
        on_request: Whether it takes so long, or needs so much, that it runs only if named.
    """

    name: str
    title: str
    about: str
    function: str
    corpus: str = "{stories}"
    needs_shared: bool = False
    needs_prism: bool = False
    on_request: bool = False

    def measure(self, scale: float) -> Iterator[Figure]:
        """Yield the figures as they are measured."""
        figures: Callable[[float], Iterator[Figure]] = resolve_name(self.function)
        yield from figures(scale)

    def corpus_name(self) -> str:
        """Return what this machine measures it with."""
        return self.corpus.format(stories=corpus_name())


_PUBLISHED = "news that the feed simulator publishes"

SUBJECTS = (
    Subject(
        "entities",
        "Entities",
        "The model as newsbeam runs it, against `nlp.pipe` of the same model as loaded; both tag the same paragraphs.",
        "benchmarks.entities:figures",
    ),
    Subject(
        "names",
        "Names",
        "Of labelled names: the model alone, and with the rules around it; what each rule adds to the others.",
        "benchmarks.names:figures",
        corpus="Universal NER (English PUD and EWT, test), GUM news, wikigold and {stories}",
    ),
    Subject(
        "topics",
        "Topics",
        "Of labelled news with a few classes each; no rule or word of the tagger comes from it.",
        "benchmarks.topics:figures",
        corpus="AG News (test), MasakhaNEWS (English, dev) and {stories}",
    ),
    Subject(
        "readings",
        "Labels read by eye",
        "Names, single names of people, places and quotes that were drawn and read (`tests/data/readings`): how many "
        "were wrong, and how many of the wrong and of the right ones are written today.",
        "benchmarks.reading.judged:figures",
        corpus="feeds, news pages and Reuters-21578 of the public test data",
        needs_shared=True,
        on_request=True,
    ),
    Subject(
        "languages",
        "Languages",
        "A text is right if its entry's language, that of each of its paragraphs, and a confirmed region are.",
        "benchmarks.languages:figures",
        corpus="200 texts in 20 languages (`tests/data/languages.tsv`), and {stories}",
    ),
    Subject(
        "near",
        "Near duplicates",
        "Pairs of paragraphs that the keys find, of those that a comparison of all pairs finds: by similarity, "
        "and those that are judged copies (near, contained) and updates. Most pairs of similar words are lines of "
        "tables and results, which the judgement keeps apart, so that finding them changes no row.",
        "benchmarks.near:figures",
    ),
    Subject(
        "judgement",
        "Copies and updates",
        "300 real pairs labelled by eye (the same: exact, near or contained), and generated edits of real paragraphs "
        "with the kind that is right.",
        "benchmarks.judgement:figures",
    ),
    Subject(
        "index",
        "The index of paragraphs",
        "A stream's steps in one process, with packs of 50 stories: what the four partitions together need. Texts are "
        "the corpus again and again, each time with other letters. Against floods: CPU a paragraph, all steps, beside "
        "the corpus.",
        "benchmarks.index:figures",
    ),
    Subject(
        "index-large",
        "The index of paragraphs, large",
        "As many paragraphs as a window of a large installation has, added as columns with the keys of the corpus "
        "(renamed in each round), then some through all steps; and what it costs to read a partition back from state.",
        "benchmarks.index_large:figures",
        on_request=True,
    ),
    Subject(
        "minhash",
        "Deduplication beside other libraries",
        "All paragraphs at once, CPU of all processes: newsbeam with its keys, index and judgement, datasketch's "
        "MinHashLSH (128 permutations, 25 bands of 5) and datatrove's MinHash pipeline (its defaults, runs of three "
        "words), which the benchmark installs into an environment of their own. The question is not the same: the "
        "libraries stop at candidates, and look for Jaccard 0.7 of shingles; newsbeam also looks for updates and "
        "shortened copies (eight of its keys), judges every candidate word by word, and marks rows. Recall is of "
        "paragraphs near an earlier one.",
        "benchmarks.minhash.comparison:figures",
        on_request=True,
    ),
    Subject(
        "events",
        "Events",
        "Entries of 20 labelled events, among all stories of Reuters-21578 in the order of their dates: the thresholds "
        "were chosen with `dev`, and `test` was put aside. The feeds are those of a day, with all of their entries.",
        "benchmarks.relations:events",
        corpus="{stories}, and feeds of the public test data",
    ),
    Subject(
        "furniture",
        "Furniture",
        "Lines that are planted into the stories of 20 sources, 10 of 30 in each, beside wire copy that all print.",
        "benchmarks.relations:furniture",
    ),
    Subject(
        "agencies",
        "Agency copy",
        "Paragraphs of news pages, labelled by eye with the agency that they are from, or none; and edited copies of "
        "an agency's paragraphs, whose origin has to be the agency's row.",
        "benchmarks.relations:agencies",
        corpus="news pages of the public test data, and {stories}",
    ),
    Subject(
        "run",
        "Whole runs",
        "`newsbeam run` as a user starts it. Ratios are of runs on one machine, one after the other.",
        "benchmarks.run.whole_run:figures",
    ),
    Subject(
        "start",
        "A run that finds nothing new",
        "Wall time of the command, which imports Beam as well.",
        "benchmarks.run.start:figures",
    ),
    Subject(
        "archives",
        "Archives",
        "Reading members, each of which is hashed and parsed later; one process.",
        "benchmarks.archives:figures",
    ),
    Subject(
        "raw_log",
        "The raw log",
        "What `raw/` takes beside the bodies of documents; runs and streams (on Prism) with and without it.",
        "benchmarks.raw_log:figures",
    ),
    Subject(
        "feeds",
        "Test feeds of six feed parsers",
        "The share of fields of news in which newsbeam reads what the parser's own tests expect. `python -m "
        "benchmarks.feeds` lists the disagreements by kind, with who is right by which specification. Not counted of "
        "feedparser's: what its HTML sanitizer leaves of a text, and files that expect a Content-Location header (RFC "
        "7231 makes it a base no longer).",
        "benchmarks.feeds.report:figures",
        corpus="the parsers' own test feeds",
        needs_shared=True,
    ),
    Subject(
        "wire",
        "Newswire",
        "All samples of the public test data. What differs "
        "between dpa's formats is what they say: IPTC 7901 has no id, version, kicker, author, copyright, topics or "
        "seconds, and no mark for subheadings. Speeds are of one core, the same stories in each format, from bytes to "
        "entries.",
        "benchmarks.wire.reading:figures",
        corpus="samples of newswire, and {stories}",
    ),
    Subject(
        "fuzz",
        "Damaged documents",
        "The samples of this repository and of the public test data, cut, flipped, filled, spliced and in other "
        "encodings; `make fuzz` reads others every time.",
        "benchmarks.fuzz:figures",
        corpus="damaged samples",
    ),
    Subject(
        "compaction",
        "Compaction",
        "Many small files of an output before and after `newsbeam compact`.",
        "benchmarks.compaction:figures",
    ),
    Subject(
        "sorting",
        "Sorting a day's rows",
        "The merge sort of `newsbeam compact` beside DuckDB's, which gets as much memory as the merge sort "
        "took, and more until it ends. docs/architecture.md says what follows from it.",
        "benchmarks.sorting:figures",
        corpus="generated rows",
    ),
    Subject(
        "old-entries",
        "Entries older than the window",
        "Looking for new entries in a year's output, a file a day.",
        "benchmarks.old_entries:figures",
        corpus="generated entries",
    ),
    Subject(
        "feed-export",
        "Export to a feed and back",
        "Entries that are no longer the same after `newsbeam export --feed` and reading the feed again.",
        "benchmarks.feed_export:figures",
    ),
    Subject(
        "views",
        "Views",
        "What a query of one day reads of a year's output, against the day's files and the keys of the other days.",
        "benchmarks.views:figures",
    ),
    Subject(
        "stream",
        "The stream on Prism",
        "`newsbeam stream` on Beam's local runner, where `make prism` has built it.",
        "benchmarks.stream.speed:figures",
        needs_prism=True,
    ),
    Subject(
        "stream-memory",
        "Memory of a stream",
        "Of a stream on Prism where `make prism` has built it, and of what a stream remembers.",
        "benchmarks.stream.memory:figures",
        corpus=_PUBLISHED,
    ),
    Subject(
        "one-key",
        "What only one worker can do",
        "CPU seconds of the stages of a stream whose records have one key, with what an engine fuses with them, "
        "against those of the whole stream, on Prism where `make prism` has built it.",
        "benchmarks.stream.one_key:figures",
        needs_prism=True,
    ),
    Subject(
        "report",
        "A report, searches and alerts of a month",
        "Rows are made of the corpus by lot, with copies, kills, failed polls, dead letters; a file a table and day.",
        "benchmarks.report.reading:figures",
    ),
    Subject(
        "flink-speed",
        "The stream on Flink",
        "A cluster on this machine with two workers a job.",
        "benchmarks.flink.cluster:speed",
        on_request=True,
    ),
    Subject(
        "flink-ticks",
        "Checkpoints on Flink",
        "Without a fault, and with a live window that stays as large as it is.",
        "benchmarks.flink.cluster:ticks",
        corpus=_PUBLISHED,
        on_request=True,
    ),
    Subject(
        "flink-kills",
        "Kills on Flink",
        "A kill at a random moment in each run, then a stop with a savepoint and a new start from it.",
        "benchmarks.flink.cluster:kills",
        corpus=_PUBLISHED,
        on_request=True,
    ),
    Subject(
        "flink-batch",
        "A run on Flink",
        "`newsbeam run` as one bounded job, on a cluster on this machine, against a local run on the same cores.",
        "benchmarks.flink.batch:figures",
        on_request=True,
    ),
    Subject(
        "flink-soak",
        "An hour of faults on Flink",
        "Feeds that hang, fail, truncate and reset; workers, task managers, the job and the job manager killed; stops "
        "with a savepoint; an output that refuses to be written for a while.",
        "benchmarks.flink.soak:figures",
        corpus=_PUBLISHED,
        on_request=True,
    ),
)
