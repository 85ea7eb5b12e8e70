"""Subject codes as published, as Media Topics."""

import json
from importlib import resources
from pathlib import Path

import pytest

from newsbeam.transforms.parse.wire.subjects import subject_codes

CODES = json.loads(
    resources.files("newsbeam.transforms.parse.wire").joinpath("data", "mediatopic_codes.json").read_text("utf-8")
)


@pytest.mark.parametrize(
    ("code", "topic"),
    [
        ("medtop:20000822", "medtop:20000822"),
        ("mediatopic:20000822", "medtop:20000822"),
        ("http://cv.iptc.org/newscodes/mediatopic/20000822", "medtop:20000822"),
        ("20000822", "medtop:20000822"),
        ("medtop:99999999", "medtop:99999999"),
        # Retired: inline skating -> its broader topic, sport discipline; extra lightweight (judo) -> judo.
        ("medtop:20000967", "medtop:20000822"),
        ("medtop:20000970", "medtop:20000969"),
        # Maritime incident, transport incident and emergency incident are all retired.
        ("medtop:20000164", "medtop:03000000"),
        ("subj:01006000", "medtop:20000007"),
        ("subject:01006000", "medtop:20000007"),
        ("iptcsubjectcode:01006000", "medtop:20000007"),
        ("http://cv.iptc.org/newscodes/subjectcode/01006000", "medtop:20000007"),
        ("https://cv.iptc.org/newscodes/subjectcode/01006000", "medtop:20000007"),
        ("01006000", "medtop:20000007"),
        ("IPTC:01006000:Dance:", "medtop:20000007"),
        # Without its own topic: subject matter, then subject.
        ("subj:01006999", "medtop:20000007"),
        ("subj:01999000", "medtop:01000000"),
        ("subj:16000000", "medtop:16000000"),
        ("subj:77000000", "subj:77000000"),
        ("iptccat:SPO", "medtop:15000000"),
        ("iptccat:spo", "medtop:15000000"),
        ("ECO", "medtop:04000000"),
        ("FIN", "medtop:04000000"),
        ("WEA", "medtop:17000000"),
        ("anpacat:s", "medtop:15000000"),
        ("anpacat:a", "anpacat:a"),
        ("war", "war"),
        ("USA", "USA"),
        ("dpacat:pl", "dpacat:pl"),
        ("N2:SPO", "N2:SPO"),
        ("1234567", "1234567"),
    ],
)
def test_one_code(code: str, topic: str) -> None:
    assert subject_codes([code]) == (topic,)


def test_each_once_in_order_and_none_empty() -> None:
    codes = ["iptccat:SPO", " ", "subj:15000000", "x:y", "medtop:15000000", " x:y\n"]
    assert subject_codes(codes) == ("medtop:15000000", "x:y")


def test_every_category_of_iim() -> None:
    first = ["ACE", "CLJ", "DIS", "FIN", "EDU", "EVN", "HTH", "HUM", "LAB"]
    categories = [*first, "LIF", "POL", "REL", "SCI", "SOI", "SPO", "WAR", "WEA"]
    assert subject_codes(categories) == tuple(f"medtop:{number:02}000000" for number in range(1, 18))


def test_the_data_are_those_of_the_iptc(shared_data: Path) -> None:
    """`mediatopic_codes.json` is what this makes of the IPTC's list."""
    source = json.loads((shared_data / "mediatopics" / "medtop_2025-03-31_pypi.json").read_text(encoding="utf-8"))
    concepts = {concept["qcode"]: concept for concept in source["concepts"]}

    def in_use(qcode: str) -> str:
        return in_use(concepts[qcode]["broader"]) if concepts[qcode]["retired"] else qcode.removeprefix("medtop:")

    retired = {q.removeprefix("medtop:"): in_use(q) for q, concept in concepts.items() if concept["retired"]}
    first_levels = [q.removeprefix("medtop:") for q, concept in concepts.items() if not concept["broader"]]
    subjects = {code: code for code in first_levels}
    for qcode in sorted(concepts, key=lambda q: bool(concepts[q]["retired"]), reverse=True):
        subjects.update(dict.fromkeys(concepts[qcode].get("subject_code", ()), in_use(qcode)))
    assert {"subject_codes": dict(sorted(subjects.items())), "retired": dict(sorted(retired.items()))} == CODES
    in_use_codes = {q.removeprefix("medtop:") for q, concept in concepts.items() if not concept["retired"]}
    assert {*CODES["subject_codes"].values(), *CODES["retired"].values()} <= in_use_codes
