"""Writes raised and lowered figures as text: 10<sup>6</sup> is not 106."""

import re

_SUPERSCRIPTS = str.maketrans("0123456789+-−–()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁽⁾ⁿ")
_SUBSCRIPTS = str.maketrans("0123456789+-−()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₍₎")
_FIGURES = re.compile(r"[+−–-]?(?:[0-9]{1,9}|n)|\([0-9]{1,9}\)")
_ORDINAL = re.compile(r"st|nd|rd|th|er|re|e|ère|ème|o|a|º|ª|os|as|me", re.IGNORECASE)


def raised(text: str, before: str) -> str:
    """Return the text of a `<sup>` so that it doesn't read as part of the number before it.

    Args:
        text: Figures become superscript characters ("⁶"). Words stay ("1st", "®").
        before: The character before it, "" if there is none.
    """
    bare = text.strip()
    if _FIGURES.fullmatch(bare) and (bare != "n" or before.isalnum()):
        return bare.translate(_SUPERSCRIPTS)
    if not before.isdigit() or not bare or _ORDINAL.fullmatch(bare):
        return text
    return f"^{bare}" if bare[0].isdigit() or bare[0] in "+-−" or (len(bare) == 1 and bare.isalpha()) else text


def lowered(text: str, before: str) -> str:
    """Return the text of a `<sub>`: figures after a figure become subscript characters, H2O stays."""
    bare = text.strip()
    return (
        bare.translate(_SUBSCRIPTS)
        if (before.isdigit() or before in ("/", "⁄")) and _FIGURES.fullmatch(bare) and bare != "n"
        else text
    )
