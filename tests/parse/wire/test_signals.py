"""Status, signals, embargoes and kills, formal and as agencies write them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from newsbeam.transforms.parse.wire import signal_phrases
from newsbeam.transforms.parse.wire.signals import slug_key, with_status
from newsbeam.transforms.records import Entry, Related

FRIDAY = datetime(2026, 11, 20, 9, tzinfo=UTC)
ITEM = Entry("", "Harbour", "drops/*.txt", "anpa", FRIDAY, updated=FRIDAY, updated_raw="2026-11-20T09:00:00Z")
NEWSML = replace(ITEM, format="newsml-g2", guid="urn:newsml:harbour.example:20261120:7")


@pytest.mark.parametrize(
    ("written", "status", "signals"),
    [
        ("", "usable", ()),
        ("stat:usable", "usable", ()),
        ("Usable", "usable", ()),
        ("stat:withheld", "withheld", ()),
        ("WITHHELD", "withheld", ()),
        ("http://cv.iptc.org/newscodes/pubstatusg2/withheld", "withheld", ()),
        ("stat:canceled", "canceled", ()),
        ("Canceled", "canceled", ()),
        ("cancelled", "canceled", ()),
        ("http://cv.iptc.org/newscodes/pubstatusg2/canceled/", "canceled", ()),
        ("killed", "canceled", ()),
        ("recalled", "canceled", ()),
        ("Embargoed", "withheld", ("embargo",)),
        ("stat:enigmatic", "withheld", ("status:stat:enigmatic",)),
    ],
)
def test_formal_status(written: str, status: str, signals: tuple[str, ...]) -> None:
    entry = with_status(ITEM, written)
    assert (entry.status, entry.signals) == (status, signals)


def test_an_embargo_with_an_end_leaves_the_item_usable() -> None:
    until = FRIDAY + timedelta(days=1)
    entry = with_status(replace(ITEM, embargo_until=until), "Embargoed")
    assert (entry.status, entry.signals, entry.embargo_until) == ("usable", ("embargo",), until)


@pytest.mark.parametrize(
    ("written", "signal", "status"),
    [
        ("sig:update", "update", "usable"),
        ("http://cv.iptc.org/newscodes/signal/correction", "correction", "usable"),
        ("Writethru", "writethru", "usable"),
        ("Corrective", "correction", "usable"),
        ("HoldForRelease", "embargo", "withheld"),
        ("Kill", "kill", "canceled"),
        ("Disregard", "disregard", "canceled"),
        ("Withhold", "withhold", "withheld"),
        ("Delete", "kill", "canceled"),
        ("edStat:U", "edStat:U", "usable"),
        ("sig:cwarn", "sig:cwarn", "usable"),
    ],
)
def test_formal_signals(written: str, signal: str, status: str) -> None:
    entry = with_status(ITEM, "stat:usable", [written])
    assert (entry.signals, entry.status) == ((signal,), status)


def test_phrases_never_make_a_canceled_item_usable() -> None:
    entry = with_status(replace(ITEM, ednote="The embargo has been lifted. Updates previous version."), "stat:canceled")
    assert entry.status == "canceled"


@pytest.mark.parametrize("row", signal_phrases.rows(), ids=lambda row: row["example"][:40])
def test_each_signal_phrase_as_published(row: dict[str, str]) -> None:
    """Each row finds its own example, in a place where its form counts, and does what its signal does."""
    places = {
        "note": [{"ednote": row["example"]}],
        "phrase": [{"title": row["example"]}, {"ednote": row["example"]}],
        "CAPS": [{"title": row["example"]}, {"ednote": row["example"]}],
        "Tag": [{"title": row["example"]}, {"ednote": row["example"]}],
    }
    assert all(row.values())
    for fields in places[row["form"]]:
        entry = with_status(replace(ITEM, **fields))  # type: ignore[arg-type]
        assert {signal.rstrip("?") for signal in row["signal"].split()} <= set(entry.signals), fields
        stops = {"kill": "canceled", "retraction": "canceled", "disregard": "canceled", "withhold": "withheld"}
        if row["signal"] in stops:
            assert entry.status == stops[row["signal"]]
        elif "embargo" not in row["signal"]:
            assert entry.status == "usable"


@pytest.mark.parametrize(
    "headline",
    [
        "Kill Bill returns to cinemas",
        "KILL BILL RETURNS TO CINEMAS",
        "Kill Bill: the director's cut",
        "KILL-SWITCH LAW PASSED",
        "Police kill gunman",
        "Police kill gunman (Kill Devil Hills)",
        "Thou shalt not kill - and other rules",
        "Mandatory killing of mink ends",
        "US lifts arms embargo",
        "UN extends arms embargo until 2027",
        "EU verhängt Embargo",
        "Embargo: EU einigt sich auf Sanktionen",
        "Embargo on oil until Monday, ministers say: what now",
        "FIFA verschärft Sperrfrist für Wechsel",
        "Frei ab dem ersten Tag: neue Regeln",
        "Frei für alle: der neue Park",
        "Correction officers strike",
        "CORRECTION OFFICERS STRIKE",
        "Stocks see correction",
        "Corrections Corp profit rises",
        "CORRECTIONS CORP PROFIT RISES",
        "Korrektur am Markt erwartet",
        "Update on talks: none",
        "Updates to the tax code",
        "Senators withhold support",
        "WITHHOLDING TAX TO RISE",
        "Hold the front page",
        "HOLD-UP IN HARBOUR",
        "Hold: analysts on the stock",
        "Senator withdraws",
        "Withdrawn troops return",
        "Drug withdrawn: what patients should know",
        "Journal says study has been withdrawn",
        "Retraction of claws explained",
        "Disregard for rules costs harbour dear",
        "Release of hostages expected",
        "For release of hostages, families wait",
        "Annulation du concert : les billets remboursés",
        "Le Conseil annule la décision",
        "La justice annule et relance le débat",
        "Anulación del gol: la polémica",
        "Annullare il debito, la proposta",
        "Rectification des frontières",
        "Neu in Berlin: ein Steg",
        "Neu im Kino",
        "Eilantrag gescheitert",
        "Blitz trifft Fähre",
        "Blitzeis auf den Straßen",
        "Urgent care clinics open",
        "Flash floods hit harbour",
        "LEAD LEVELS HIGH IN HARBOUR WATER",
        "Lead singer leaves",
        "Takes two to tango",
        "Repeat offenders to face jail",
        "Adds up: the cost of ferries",
        "Advent calendar, 24 doors",
        "Bitte nicht füttern: Möwen am Hafen",
    ],
)
def test_news_that_says_the_same_words(headline: str) -> None:
    for entry in (
        replace(ITEM, title=headline),
        replace(ITEM, subtitle=headline),
        replace(ITEM, title="Harbour", content=headline),
    ):
        marked = with_status(entry, "stat:usable", lines=[headline, f"HARBOUR (AP) - {headline} on Friday."])
        assert (marked.status, marked.signals, marked.embargo_until, marked.related) == ("usable", (), None, ())


@pytest.mark.parametrize(
    "note",
    [
        "Eds: Kills 3rd graf.",
        "Please kill the last paragraph.",
        "Kill photo of the ferry.",
        "Bitte streichen Sie den letzten Satz.",
        "Bitte streichen: im dritten Absatz das Wort Fähre",
        "Bitte Namen nicht veröffentlichen.",
        "Die folgenden Informationen sind nicht zur Veröffentlichung bestimmt",
        "Replaces earlier story that was killed.",
        "Restores story that was withdrawn from the wire.",
        "A film about people who kill.",
        "FOR EDITORIAL USE ONLY. Do not use after 30 days. JAPAN OUT",
        "For use with BC-Harbour.",
        "Hold this space for photos",
        "Story on arms embargo; with photos",
    ],
)
def test_notes_that_stop_nothing(note: str) -> None:
    marked = with_status(replace(ITEM, ednote=note), "stat:usable")
    assert (marked.status, marked.embargo_until) == ("usable", None)


@pytest.mark.parametrize(
    "text",
    [
        # "KORR-Bericht" is a report by dpa's correspondent (Korrespondentenbericht): nothing is corrected.
        "(KORR-Bericht)",
        "KORR-Bericht «Generalprobe im Landtag»",
        "Zu diesem Text finden Sie Bilder",
        "Originally broadcast in Germany",
        "Text 250 words",
    ],
)
def test_notes_without_a_signal(text: str) -> None:
    assert with_status(replace(ITEM, ednote=text), "usable", lines=[text]).signals == ()


@pytest.mark.parametrize(
    ("title", "signals"),
    [
        ("CORRECTED-UPDATE 2-Harbour Co cuts outlook", ("correction", "update")),
        ("RPT-CORRECTED-Harbour Co cuts outlook", ("repeat", "correction")),
        ("CORRECTED-(OFFICIAL)-Harbour Co cuts outlook", ("correction",)),
        ("Harbour Co cuts outlook (Update2)", ("update",)),
        ("Correction: Harbour story", ("correction",)),
        ("Berichtigung: Fähre gesunken", ("correction",)),
        ("(LEAD) Ferry sinks", ("lead",)),
        ("URGENT - KILL: Ferry", ("urgent", "kill")),
    ],
)
def test_tags_of_headlines(title: str, signals: tuple[str, ...]) -> None:
    assert with_status(replace(ITEM, title=title)).signals == signals


@pytest.mark.parametrize(
    ("slugline", "signals"),
    [
        ("BC-US--Ferry, 1st Ld-Writethru", ("lead", "writethru")),
        ("BC-US--Ferry, Kill", ("kill",)),
        ("BC-US--Ferry--KILL", ("kill",)),
        ("Ferry-Harbour KILL", ("kill",)),
        ("FERRY/ (UPDATE 2, PIX)", ("update",)),
        ("FERRY/ (CORRECTED)", ("correction",)),
        ("Ferry/Kill/Bill", ()),
        ("US-Cops-Kill-Man", ()),
        ("GUNMAN KILL", ()),
        ("Update-Ferry", ()),
    ],
)
def test_sluglines(slugline: str, signals: tuple[str, ...]) -> None:
    assert with_status(replace(ITEM, slugline=slugline)).signals == signals


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("Embargoed until 2026-11-30 00:01 GMT", "2026-11-30T00:01"),
        ("Embargoed until 2026-11-30T00:01Z", "2026-11-30T00:01"),
        ("EMBARGOED UNTIL 0001 GMT, MONDAY, NOV. 30", "2026-11-30T00:01"),
        ("EMBARGO: 0001 GMT Monday, Nov 30", "2026-11-30T00:01"),
        ("Embargo until 00:01 BST, 1 June 2027", "2027-05-31T23:01"),
        ("EMBARGOED for release until 10 a.m. EST Monday, Nov. 30, 2026.", "2026-11-30T15:00"),
        ("STRICTLY EMBARGOED. Not for public release until 12noon on Friday, October 23, 2026.", "2026-10-23T12:00"),
        ("Not for use before 1800 GMT", "2026-11-20T18:00"),
        ("Not for publication before noon ET Sunday", "2026-11-22T17:00"),
        ("HOLD FOR RELEASE UNTIL 6 P.M. EST", "2026-11-20T23:00"),
        ("Embargoed until midnight GMT Monday", "2026-11-24T00:00"),
        ("Embargoed until Jan. 4", "2027-01-04T00:00"),
        ("Embargoed until 25/12/2026", "2026-12-25T00:00"),
        ("Sperrfrist: 30. November 2026, 12.00 Uhr", "2026-11-30T11:00"),
        ("Sperrfrist: 30.11.2026, 12.00 Uhr", "2026-11-30T11:00"),
        ("Achtung - Sperrfrist heute, 18 Uhr", "2026-11-20T17:00"),
        ("SPERRFRIST: Montag, 30. November, 12:00 Uhr MEZ", "2026-11-30T11:00"),
        ("Frei ab Samstag, 21. November, 20.15 Uhr", "2026-11-21T19:15"),
        ("Frei für Montagausgaben, 30. November", None),
        ("Sous embargo jusqu'au 30 novembre 2026 à 18h00", "2026-11-30T17:00"),
        ("Embargada hasta las 12:00 horas del 30 de noviembre", "2026-11-30T11:00"),
        # Not clear: withheld until the agency says more.
        ("EMBARGOED", None),
        ("Sperrfrist bis Redebeginn", None),
        ("Embargoed until Monday, Dec 1", None),
        ("Embargoed until 05/06/2027", None),
        ("Embargoed until Nov 29 or Nov 30", "2026-11-29T00:00"),
        ("Embargoed until Nov 29, Nov 30", None),
        ("Embargoed until 32 November 2026", None),
        ("Embargoed until 25:99 GMT", None),
        ("Embargoed until 0001 GMT in the night to Nov 30", None),
    ],
)
def test_ends_of_embargoes(text: str, until: str | None) -> None:
    marked = with_status(replace(ITEM, ednote=text))
    if until is None:
        assert marked.embargo_until is None
        assert marked.status == ("usable" if text.startswith("Frei") else "withheld")
    else:
        assert marked.embargo_until == datetime.fromisoformat(until).replace(tzinfo=UTC)
        assert (marked.status, "embargo" in marked.signals) == ("usable", True)


def test_an_embargo_without_a_zone_is_in_the_zone_of_the_agency() -> None:
    item = replace(ITEM, ednote="Embargoed until 6 p.m. Nov 30", updated_raw="2026-11-20T04:00:00-05:00")
    assert with_status(item).embargo_until == datetime(2026, 11, 30, 23, tzinfo=UTC)


def test_a_formal_end_of_an_embargo_stays() -> None:
    until = FRIDAY + timedelta(hours=1)
    item = replace(ITEM, embargo_until=until, ednote="Embargoed until 2026-11-30 00:01 GMT")
    assert with_status(item).embargo_until == until


def test_advance() -> None:
    marked = with_status(replace(ITEM, slugline="BC-US--Ferry Feature,Adv22"))
    assert (marked.status, marked.signals) == ("usable", ("advance", "embargo"))
    assert marked.embargo_until == datetime(2026, 11, 22, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("item", "lines", "killed"),
    [
        (replace(ITEM, slugline="BC-US--Ferry, Kill"), [], [Related("kills", "slug:bc-us--ferry")]),
        (replace(ITEM, slugline="US-Harbour/"), ["KILL KILL KILL =", 'Please kill item dpa 157 "Ferry".'],
         [Related("kills", "dpa157")]),
        (replace(ITEM, slugline="Ferry/", title="Achtung: Bitte streichen"),
         ["Bitte streichen Sie die Meldung bdt0123."], [Related("kills", "bdt0123")]),
        (replace(ITEM, title="HARBOUR"), ["Please kill the story Ferry-Harbour, V9991. A kill is mandatory."],
         [Related("kills", "V9991")]),
        (replace(ITEM, slugline="ADVISORY", ednote="Eds: Please kill the story slugged BC-US--Ferry."), [],
         [Related("kills", "slug:bc-us--ferry")]),
        (replace(ITEM, slugline="Ferry/"), ["HOLD HOLD HOLD =", "Please hold item dpa 123."],
         [Related("kills", "dpa123")]),
        (replace(ITEM, slugline="Ferry/", ednote="Corrects name of ferry bdt0123"), [], []),
        (replace(NEWSML, slugline="Ferry, Kill"), [], []),
        (replace(NEWSML, title="KILL: Ferry", related=(Related("irel:prevVersion", "urn:x:1", 2),
                                                       Related("irel:seeAlso", "urn:x:2"))), [],
         [Related("kills", "urn:x:1", 2)]),
        (replace(NEWSML, title="KILL: Ferry", related=(Related("irel:prevVersion", NEWSML.guid, 2),)), [], []),
        (replace(NEWSML, ednote="Die Meldung urn:newsml:harbour.example:20261119:3 wird zurückgezogen."),
         [], [Related("kills", "urn:newsml:harbour.example:20261119:3")]),
        (replace(NEWSML, title="ANNULE ET REMPLACE la dépêche FRA0042"), [], [Related("kills", "FRA0042")]),
    ],
)  # fmt: skip
def test_kills(item: Entry, lines: list[str], killed: list[Related]) -> None:
    marked = with_status(item, lines=lines)
    assert [related for related in marked.related if related.rel == "kills"] == killed
    assert marked.related[: len(item.related)] == item.related


def test_a_story_that_replaces_another_is_usable() -> None:
    marked = with_status(replace(NEWSML, ednote="Please disregard previous version, which had a wrong headline."))
    assert (marked.status, marked.signals) == ("usable", ("replacement",))


@pytest.mark.parametrize(
    "slugline",
    [
        "BC-US--Ferry Fire",
        "BC-US--Ferry Fire, 1st Ld-Writethru",
        "BC-US--Ferry Fire, 2nd Ld - Writethru",
        "BC-US--Ferry Fire, 3rd Add",
        "BC-US--Ferry Fire, Kill",
        "BC-US--Ferry Fire, MANDATORY KILL",
        "BC-US--Ferry Fire (KILL)",
        "BC-US--Ferry Fire (UPDATE 2)",
        "BC-US--Ferry Fire KILL",
        "BC-US--Ferry Fire,Adv30",
        "BC-US--Ferry Fire, 0420",
        "  bc-us--ferry   fire,",
    ],
)
def test_slugs_of_one_story(slugline: str) -> None:
    assert slug_key(slugline) == "bc-us--ferry fire"


@pytest.mark.parametrize("slugline", ["", "KILL", "(KILL)", ",,/"])
def test_no_slug(slugline: str) -> None:
    assert slug_key(slugline) == ""


def test_real_headlines(shared_data: Path) -> None:
    """Nothing of a corpus of real news is stopped; its updates are found."""
    headlines = [
        line.split(",", 2)[1].strip('"')
        for line in (shared_data / "topics" / "ag_news_test.csv").read_text(encoding="utf-8").splitlines()
        if line.count(",") > 1
    ]
    entries = [with_status(replace(ITEM, title=headline), "usable") for headline in headlines]
    assert {marked.status for marked in entries} == {"usable"}
    assert 50 < sum("update" in marked.signals for marked in entries) < 200
