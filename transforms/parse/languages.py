"""Normalizes the language tags of feeds to BCP 47."""

import re

_TAG = re.compile(r"([A-Za-z]{2,3})((?:-[A-Za-z0-9]{1,8})*)")


def language_tag(*candidates: str) -> str:
    """Return the first candidate that is a language tag, in the case of RFC 5646 2.1.1 (en-US, zh-Hant), or ""."""
    for candidate in candidates:
        # Java and .NET write locales with an underscore (en_US).
        match = _TAG.fullmatch(candidate.strip().replace("_", "-"))
        if match:
            return "-".join([match[1].lower(), *map(_subtag, match[2].split("-")[1:])])
    return ""


def _subtag(subtag: str) -> str:
    # Two letters are a region, four are a script (RFC 5646 2.1.1).
    if len(subtag) == 2:
        return subtag.upper()
    return subtag.title() if len(subtag) == 4 and subtag.isalpha() else subtag.lower()
