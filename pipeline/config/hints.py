"""Hints on errors in a config, for people who are new to YAML."""

import re

# Suffixes of file names, which look like top-level domains.
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

# Part of a message of PyYAML: the hint.
_YAML = {
    "found character '\\t'": "YAML does not allow tabs for indentation; use spaces",
    "found unhashable key": "put a value with { } in quotes",
    "while scanning an alias": "put a value that begins with * in quotes",
    "while scanning an anchor": "put a value that begins with & in quotes",
    "while scanning a tag": "put a value that begins with ! in quotes",
    "while scanning a directive": "put a value that begins with % in quotes",
    "found character '@'": "put a value that begins with @ in quotes",
    "found character '`'": "put a value that begins with ` in quotes",
    "found character '%'": "put a value that begins with % in quotes",
    "found undefined alias": "put a value that begins with * in quotes",
    "mapping values are not allowed here": "put a value with a colon and a space in quotes",
    "found duplicate anchor": "define an anchor (&) only once",
}


def yaml_hint(message: str, line: str) -> str:
    """Return a hint on an error in a YAML text, or "".

    Args:
        message: PyYAML's message.
        line: The line of the error.
    """
    for part, hint in _YAML.items():
        if part in message:
            return hint
    if "expected" in message and re.search(r"[:\-]\s{0,8}[{\[]|\{[^{}]{0,99}\{", line):
        return "put a value with { } or [ ] in quotes"
    return ""


def address_hint(location: str) -> str:
    """Return a hint for a location that looks like a web address without its scheme, or ""."""
    match = _HOST.match(location)
    if match and (match[2] or match.end() == len(location)) and (match[2] or match[1].lower() not in _SUFFIXES):
        return f"; for a web address write https://{location}"
    return ""
