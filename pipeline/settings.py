"""Converts sections of the config to the settings of stages, which don't know the config."""

from newsbeam.pipeline.config.model import Config
from newsbeam.transforms.dedup.index_settings import IndexSettings
from newsbeam.transforms.dedup.versions import VersionRules
from newsbeam.transforms.enrich.entity_settings import EntitySettings
from newsbeam.transforms.enrich.names.rules import EntityRules
from newsbeam.transforms.enrich.topics import TopicSettings
from newsbeam.transforms.enrich.versions import entities_version, topics_version
from newsbeam.transforms.parse.document import ParseLimits
from newsbeam.transforms.parse.precheck import precheck, recognise
from newsbeam.transforms.read.http import USER_AGENT, FetchSettings
from newsbeam.transforms.runtime.isolation import RecordLimits
from newsbeam.transforms.text.split import TextLimits
from newsbeam.transforms.text.story_hash import story_hash
from newsbeam.transforms.write.raw_log import RawLog
from newsbeam.transforms.write.store import Store


def fetch_settings(config: Config) -> FetchSettings:
    """Return the settings of the fetcher."""
    return FetchSettings(
        user_agent=config.fetch.user_agent or USER_AGENT,
        connect_timeout_s=min(10.0, config.fetch.timeout.total_seconds()),
        read_timeout_s=config.fetch.timeout.total_seconds(),
        total_timeout_s=config.fetch.total_timeout.total_seconds(),
        max_bytes=int(config.limits.body),
        unpacked=config.limits.unpacked,
        allow_networks=config.fetch.allow_networks,
        access=config.access,
        # As a function, since the stage that reads must not import the one that parses.
        precheck=precheck,
        recognise=recognise,
    )


def parse_limits(config: Config) -> ParseLimits:
    """Return the limits of a document."""
    # The hash of the text stage, which the parsers must not import.
    return ParseLimits(entries=config.limits.entries, content_hash=story_hash)


def record_limits(config: Config) -> RecordLimits:
    """Return the time and memory that one document or story may use in a worker process."""
    return RecordLimits(config.limits.seconds, int(config.limits.memory))


def version_rules(config: Config, reread: bool = False) -> VersionRules:
    """Return what makes a version; with `reread` of documents that were processed before."""
    return VersionRules(config.limits.versions, reread)


def text_limits(config: Config) -> TextLimits:
    """Return the limits of a paragraph."""
    return TextLimits(paragraph_chars=config.limits.paragraph, paragraphs=config.limits.paragraphs)


def topic_settings(config: Config) -> TopicSettings:
    """Return how many topics an entry gets, and their minimum scores."""
    topics = config.topics
    least = topics.min_score, topics.min_score_second, topics.min_score_deeper
    return TopicSettings(topics.max, least, topics.model or "")


def entity_settings(config: Config) -> EntitySettings:
    """Return the models of entities, and which rules correct them."""
    entities = config.entities
    rules = EntityRules(**entities.rules.model_dump())
    return EntitySettings(dict(entities.models), rules, entities.places, entities.quotes)


def list_versions(config: Config) -> dict[str, list[str]]:
    """Return the versions of rules, classifier and lists, for the metadata of files, without what is switched off."""
    versions = {"topics": [topics_version(topic_settings(config))]} if config.topics.max else {}
    if config.entities.models:
        versions["entities"] = [entities_version(entity_settings(config))]
    return versions


def index_settings(config: Config) -> IndexSettings:
    """Return the size of a stream's index of paragraphs."""
    dedup = config.dedup
    return IndexSettings(dedup.window, int(dedup.memory), dedup.partitions, dedup.near)


def raw_log(config: Config, store: Store) -> RawLog | None:
    """Return the log of what is fetched; None if the config keeps none."""
    return RawLog(store, config.raw.keep) if config.raw.keep else None
