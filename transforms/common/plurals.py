"""Counts with their nouns, for messages."""


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return "1 feed", "1,234 feeds" or, with a `plural` of its own, "2 entries"."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
