"""Short names of people and the full ones that they stand for. No Beam, no spaCy here."""

import re
from collections.abc import Sequence

from newsbeam.transforms.enrich.gazetteer.features import country_of_people, is_known_place
from newsbeam.transforms.enrich.gazetteer.lines import word_set
from newsbeam.transforms.enrich.gazetteer.organisations import organisation
from newsbeam.transforms.enrich.names.forms import Form, Words, fullest
from newsbeam.transforms.enrich.names.labels import PEOPLE, PLACES

# Not "w Karen" and "Revs 602.5", which a model also labels as people.
_FULL_NAME = re.compile(r"(?![a-z])[^\d]+\s[^\d]+")
# Words in a name that no person is called by alone.
_PARTICLES = word_set("al el de da di del della den der van von la le bin ibn abu jr sr ii iii iv")
_SENIORITY = frozenset({"jr", "jr.", "sr", "sr.", "ii", "iii", "iv"})


def people_in(forms: Sequence[Form]) -> list[Form]:
    """Return the full names of people in running text: what a headline says lengthens no name."""
    return [form for form in forms if form.label in PEOPLE and not form.headline and _FULL_NAME.fullmatch(form.surface)]


def full_name(form: Form, people: Sequence[Form], organisations: Sequence[Form]) -> Form | None:
    """Return the one person that a form is a short form of; None if there is none or several: nothing is guessed."""
    if form.label not in PEOPLE and not _may_be_person(form, organisations):
        return None
    if found := [person for person in people if is_short_for(form.words, person.words)]:
        return fullest(found, is_short_for)
    if form.label in PEOPLE and len(form.words) == 1 and form.words[0] not in _PARTICLES:
        # Vietnamese and Icelandic people go by the given name, Koreans and Hungarians have the family name first.
        named = [person for person in people if form.words[0] in person.words and form.words != person.words]
        return fullest(named, is_short_for)
    return None


def is_shared_surname(form: Form, people: Sequence[Form], organisations: Sequence[Form]) -> bool:
    """Return whether a form with another label is the surname of several people of the entry."""
    if form.label in PEOPLE or not _may_be_person(form, organisations):
        return False
    return sum(form.words == person.words[-1:] for person in people) > 1


def _may_be_person(form: Form, organisations: Sequence[Form]) -> bool:
    """Return whether a form with another label can be a mislabelled surname.

    "Ford" beside "Gerald Ford" and "Ford Motor Co" is a company; "Washington" is a place whoever is called so.
    """
    if len(form.words) > 1 or (form.label in ("LANGUAGE", "MISC") and not form.surface.istitle()):
        return False
    surface = form.surface
    if form.label in PLACES | {"NORP"} and (country_of_people(surface) or is_known_place(surface)):
        return False
    if organisation(surface):
        return False
    if not PEOPLE.isdisjoint(form.labels):
        return True
    return not any(form.words == other.words[:1] and not _is_office(other) for other in organisations)


def is_short_for(short: Words, full: Words) -> bool:
    """Return whether both can be the same person's: the short one may leave out names and abbreviate them.

    A son who is called by two of his father's names isn't his father, so two words must begin with the same given
    name; "Jr." makes another person.
    """
    if short == full or len(short) > len(full) or (full[-1] in _SENIORITY) != (short[-1] in _SENIORITY):
        return False
    if len(short) == 1:
        return short[0] == full[-1] and short[0] not in _PARTICLES
    if short == full[: len(short)] or (short == full[-len(short) :] and short[0] in _PARTICLES):
        return True
    if short[-1] != full[-1] or not _is_word_or_initial(short[0], full[0]):
        return False
    rest = iter(full[1:-1])
    return all(any(_is_word_or_initial(word, other) for other in rest) for word in short[1:-1])


def _is_word_or_initial(word: str, full: str) -> bool:
    return word == full or (len(word.rstrip(".")) == 1 and full.startswith(word[0]))


def _is_office(organisation: Form) -> bool:
    # Offices that are named after the person who leads them.
    return organisation.words[-1] in ("administration", "cabinet", "campaign", "government", "presidency")
