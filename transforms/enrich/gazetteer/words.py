"""Words that tell what a name is, and words that are none."""

from functools import cache

from newsbeam.transforms.enrich.gazetteer.lines import data_lines


@cache
def words(kind: str) -> frozenset[str]:
    """Return words of `name_words.txt` in lower case: titles, organisations, places or facilities."""
    lines = (line.split(": ", 1) for line in data_lines("name_words.txt"))
    return frozenset(word for name, found in lines if name == kind for word in found.split())


@cache
def not_names() -> frozenset[str]:
    """Return what models take for names and isn't, in lower case."""
    lines = list(data_lines("not_names.txt"))
    pairs = {" ".join(pair) for line in lines for pair in zip(line.split(), line.split()[1:], strict=False)}
    return frozenset(word for line in lines for word in line.split()) | pairs
