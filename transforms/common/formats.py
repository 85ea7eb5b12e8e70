"""The formats of documents by name. Importing this loads no parser, so that a config is checked immediately."""

FORMATS = (
    "feed",
    "jsonfeed",
    "newsml-g2",
    "newsml-1",
    "nitf",
    "ninjs",
    "digitalwires",
    "iptc7901",
    "anpa",
    "text",
)
"""The families of formats; `transforms/parse/document.py` has a parser for each, in this order."""


def family(format_name: str) -> str:
    """Return the family of a format as configs and entries name it: "feed" for rss20 and atom10, and so on."""
    if format_name.startswith(("rss", "atom", "rdf", "cdf")):
        return "feed"
    return "jsonfeed" if format_name.startswith("json") else format_name
