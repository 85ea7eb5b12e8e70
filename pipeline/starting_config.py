"""The config that `newsbeam init` writes."""

from pathlib import Path

STARTING_CONFIG = """\
# A config of newsbeam. Every key is described in docs/configuration.md.
#   newsbeam check {name}      says what a run would read
#   newsbeam run {name}        reads every source once
#   newsbeam stream {name}     polls them continuously

# Where the Parquet files go; paths are relative to this file.
output: output

feeds:
  # RSS, Atom, RDF or JSON Feed. `source` is its name in every row (by default its own title),
  # `poll` how often it is asked at most, `language` what it is written in (by default detected).
  - {url: "https://example.org/feed.xml"}
  # - {url: "https://example.net/news.rss", source: Example News, language: en, poll: 30m}
  # A list of feeds, as feed readers export it:
  # - {opml: feeds.opml}

# Folders or patterns that a news agency's files arrive in: NewsML-G2, NewsML 1, NITF, ninjs, IPTC 7901, ANPA, text.
# wires:
#   - {path: "drops/agency", source: Agency}

# Names of people, places and organisations, by language: a spaCy model each; `{}` switches them off.
# entities:
#   models: {en: en_core_web_sm}

# The time within which repeated paragraphs are duplicates.
# dedup: {window: 30d}

# Say who you are to the webmasters of the feeds.
# fetch: {user_agent: "Example News Archive (https://example.com/contact)"}
"""


def starting_config(path: str) -> str:
    """Return the text of a config that is going to be written to `path` ("-" for stdout)."""
    return STARTING_CONFIG.replace("{name}", "CONFIG" if path == "-" else Path(path).name)
