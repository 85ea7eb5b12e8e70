"""What to do about a mistake in a config, in the words of someone who has not written YAML before."""

import re

_SUFFIXES = {
    "xml",
    "rss",
    "atom",
    "rdf",
    "json",
    "opml",
    "txt",
    "html",
    "htm",
    "php",
    "zip",
    "gz",
    "nitf",
    "yaml",
    "yml",
}
_HOST = re.compile(r"(?:[\w-]{1,63}\.){1,8}([A-Za-z]{2,24})(?::\d{1,5})?(/?)")

# What PyYAML says, by a part of it, and what helps.
_YAML = {
    "found character '\\t'": "tabs don't indent in YAML; use spaces",
    "found unhashable key": "a value with { } goes in quotes",
    "while scanning an alias": "a value that begins with * goes in quotes",
    "while scanning an anchor": "a value that begins with & goes in quotes",
    "while scanning a tag": "a value that begins with ! goes in quotes",
    "while scanning a directive": "a value that begins with % goes in quotes",
    "found character '@'": "a value that begins with @ goes in quotes",
    "found character '`'": "a value that begins with ` goes in quotes",
    "found character '%'": "a value that begins with % goes in quotes",
    "found undefined alias": "a value that begins with * goes in quotes",
    "mapping values are not allowed here": "a value with a colon and a space goes in quotes",
    "found duplicate anchor": "an anchor (&) is given once",
}


def yaml_hint(message: str, line: str) -> str:
    """Return what to do about a mistake that makes a text no YAML, or "".

    Args:
        message: What PyYAML says.
        line: The line where it gave up.
    """
    for part, hint in _YAML.items():
        if part in message:
            return hint
    if "expected" in message and re.search(r"[:\-]\s{0,8}[{\[]|\{[^{}]{0,99}\{", line):
        return "a value with { } or [ ] goes in quotes"
    return ""


def address_hint(location: str) -> str:
    """Return what to write for a location that was meant as a web address and has no scheme, or ""."""
    match = _HOST.match(location)
    if match and (match[2] or match.end() == len(location)) and (match[2] or match[1].lower() not in _SUFFIXES):
        return f"; a web address begins with https://: https://{location}"
    return ""
