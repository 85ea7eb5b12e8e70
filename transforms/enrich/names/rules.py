"""Which of the rules around the entity model are on."""

from dataclasses import dataclass


@dataclass(frozen=True)
class EntityRules:
    """Switches of the rules; `benchmarks/names.py` measures each alone.

    Attributes:
        doubts: What the model is not sure of is left out, unless the entry or a list confirms it.
        spans: Articles, titles, possessives and marks are outside of a name; what can't be a name is dropped.
        gazetteers: Countries, cities, nationalities and known organisations have their kind, and are found where the
            model leaves them out.
        headlines: In title case and capitals only what is known as a name counts.
        kinds: One kind a name in an entry.
        surnames: Short names of people are joined to the full one.
        acronyms: An acronym that the entry or a list explains has the long form as its name.
        repeats: A name that the model found elsewhere in the entry is found.
    """

    doubts: bool = True
    spans: bool = True
    gazetteers: bool = True
    headlines: bool = True
    kinds: bool = True
    surnames: bool = True
    acronyms: bool = True
    repeats: bool = True


ALL_RULES = EntityRules()
NO_RULES = EntityRules(False, False, False, False, False, False, False, False)
