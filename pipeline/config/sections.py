"""Sections of the config that are not sources: what is done with them, and within which limits."""

from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, ByteSize, Field, StringConstraints, model_validator

from newsbeam.pipeline.config.values import Duration, Settings, Size, Text, shown
from newsbeam.transforms.dedup.index_settings import MAX_PARTITION_MEMORY
from newsbeam.transforms.read.addresses import Network


class Dedup(Settings):
    """Deduplication of paragraphs.

    Attributes:
        window: How far back paragraphs of earlier runs are compared.
        near: The least word similarity of near duplicates, which differ only in light edits; below 0.6 too much is
            rewritten (see `transforms/dedup/judgement/judge.py`).
        partitions: Parts of a stream's index of paragraphs, each of which one worker holds.
        memory: Bytes of memory of a stream's index, over all partitions. What does not fit is forgotten, the oldest
            first.
    """

    window: Duration = timedelta(days=30)
    near: float = Field(default=0.6, ge=0.6, le=1)
    partitions: Literal[1, 2, 4, 8, 16] = 4
    memory: Size = ByteSize(1_000_000_000)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        """Refuse more memory than the partitions' state can hold."""
        most = self.partitions * MAX_PARTITION_MEMORY
        if self.memory > most:
            more = "" if self.partitions == 16 else ", or set more partitions"
            raise ValueError(f"memory: {self.partitions} partitions hold at most {most:,} bytes; set less{more}")
        return self


class EntityRules(Settings):
    """The rules around the entity models that are on; see `transforms/enrich/names/rules.py`."""

    doubts: bool = True
    spans: bool = True
    gazetteers: bool = True
    headlines: bool = True
    kinds: bool = True
    surnames: bool = True
    acronyms: bool = True
    repeats: bool = True


class Entities(Settings):
    """Entities, and what is added to them.

    Attributes:
        models: The model of each language (primary subtag); an empty mapping switches entities and quotes off.
        rules: The rules that correct and complete what the models find.
        places: Whether places get their country and coordinates.
        quotes: Whether direct speech is extracted.
        min_ram: Bytes of memory that a worker with the models needs, as a hint to the engine; null for no hint.
    """

    models: dict[Annotated[str, StringConstraints(pattern="^[a-z]{2,3}$")], Text] = {"en": "en_core_web_sm"}
    rules: EntityRules = EntityRules()
    places: bool = True
    quotes: bool = True
    min_ram: Size | None = None


class Topics(Settings):
    """How many IPTC Media Topics an entry has (0 switches topics off), and their least scores.

    Attributes:
        max: The most specific ones; their broader topics are added.
        min_score: Of a topic of the first level.
        min_score_second: Of one of the second level.
        min_score_deeper: Of one below the second level.
        model: A classifier of transformers in place of the one of newsbeam, `transformers:NAME`; null for that.
    """

    max: int = Field(default=3, ge=0)
    min_score: float = Field(default=0.2, ge=0, le=1)
    min_score_second: float = Field(default=0.25, ge=0, le=1)
    min_score_deeper: float = Field(default=0.3, ge=0, le=1)
    model: Annotated[str, StringConstraints(pattern="^transformers:.{1,400}$")] | None = None


class Limits(Settings):
    """Limits of a document, an entry and a worker process.

    Attributes:
        body: Bytes of one document, decompressed. Reading stops there, and the document becomes a dead letter.
        entries: Entries of one document; null for no limit. A longer document becomes a dead letter; its first
            entries are kept.
        paragraph: Characters of one paragraph; a longer one becomes a dead letter.
        paragraphs: Paragraphs of one entry; the text after them becomes a dead letter.
        seconds: CPU seconds for one document or story in one stage; one that takes longer becomes a dead letter.
        versions: Versions of one entry of a feed in a day. More are not written; the next one that is has what the feed
            says then.
        unpacked: How many times the bytes of an archive, or of a member of a zip, its content may have. The rest is
            left out, with a dead letter.
        memory: Bytes of data of one worker process, with its models; 0 for no limit.
    """

    body: Size = ByteSize(64_000_000)
    entries: int | None = Field(default=10_000, ge=1)
    paragraph: int = Field(default=100_000, ge=1)
    paragraphs: int = Field(default=10_000, ge=1, le=1_000_000)
    seconds: float = Field(default=60.0, ge=0.1)
    versions: int = Field(default=48, ge=1)
    unpacked: int = Field(default=100, ge=1)
    memory: Annotated[ByteSize, Field(ge=0)] = ByteSize(4_000_000_000)


def _as_network(text: object) -> Network:
    if isinstance(text, IPv4Network | IPv6Network):
        return text
    if not isinstance(text, str):
        raise ValueError(f"should be a network such as 10.0.0.0/8 or fd00::/8, not {shown(text)}")
    try:
        return ip_network(text.strip(), strict=False)
    except ValueError:
        raise ValueError(f"should be a network such as 10.0.0.0/8 or fd00::/8, not {shown(text)}") from None


class Fetch(Settings):
    """How feeds are fetched.

    Attributes:
        allow_networks: Networks that may be reached besides the public internet, such as an intranet or this machine.
        user_agent: The User-Agent header; None for the name and version of newsbeam.
        timeout: Maximum wait for the connection and for each part of the response.
        total_timeout: Maximum duration of one fetch.
    """

    user_agent: Text | None = None
    timeout: Duration = timedelta(seconds=30)
    total_timeout: Duration = timedelta(minutes=2)
    allow_networks: Annotated[
        tuple[Annotated[IPv4Network | IPv6Network, BeforeValidator(_as_network)], ...], Field(strict=False)
    ] = ()


class Stream(Settings):
    """Settings of `newsbeam stream`.

    Attributes:
        tick: How often the stream checks which feeds are due and lists drops; no feed is polled more often.
        flush: Maximum time that a row waits to be written to a file with others.
        batches: Number of batches of stories (at most 32 each), polls or dead letters after which a file is written.
        shards: On a cluster, the number of keys by which sources are spread over workers. It is part of the state: a
            stream that continues from a savepoint must have the same. A local stream has one.
    """

    tick: Duration = timedelta(seconds=2)
    flush: Duration = timedelta(seconds=30)
    batches: int = Field(default=64, ge=1)
    shards: int = Field(default=16, ge=1, le=4096)


class Raw(Settings):
    """The raw log: what was fetched, in `raw/` of the output.

    Attributes:
        keep: How long it is kept at least; null for no log. Then a stream that fails loses what it had fetched and
            not written yet, if the feed has moved on.
    """

    keep: Duration | None = timedelta(days=7)
