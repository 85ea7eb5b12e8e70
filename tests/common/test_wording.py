"""What a reader sees of a text, and the fingerprint of it."""

import time

import pytest

from newsbeam.transforms.common.wording import fingerprint, wording

SAME = [
    # quotes, dashes, ellipses
    ("“We waited,” he said.", '"We waited," he said.'),
    ("„We waited“ »he« said", '"We waited" "he" said'),
    ("``We waited,'' he said", '"We waited," he said'),
    ("It’s ‘so’ `so`", "It's 'so' 'so'"),
    ("「今日は」と彼は言った", "今日はと彼は言った"),
    ("Rome – or Milan — or", "Rome - or Milan -- or"),
    ("A well-known lake", "A well known lake"),
    ("Wait… what . . .", "Wait... what ..."),
    # spaces and what is not seen
    ("one  two\u00a0three", "one two three"),
    ("one , two ; three", "one, two; three"),
    ("the mi\u00adnis\u00adter of\u200b finance", "the minister of finance"),
    ("the ofﬁce of the ﬂeet", "the office of the fleet"),
    ("北京 消息 今天", "北京消息今天"),
    ("١٢ لاعبا", "12 لاعبا"),
    # list marks and first letters
    ("• The bridge is open", "the bridge is open"),
    ("- The bridge is open", "The bridge is open"),
    ("(2) The bridge is open", "a) the bridge is open"),
    ("* Polish ships", "polish ships"),
    # per cent
    ("up 5 per cent", "up 5%"),
    ("up 5 pct", "up 5 percent"),
    ("up 5 pct.", "up 5 %."),
    ("um 5 Prozent höher", "um 5 % höher"),
    ("de 5 pour cent", "de 5%"),
    ("un 5 por ciento más", "un 5% más"),
    ("em 5 por cento", "em 5%"),
    ("на 5 процентов выше", "на 5% выше"),
    ("بنسبة 5 في المئة", "بنسبة 5 بالمئة"),
    ("بنسبة 5 في المائة", "بنسبة 5%"),
    ("增长百分之5", "增长5%"),
    ("5パーセント増", "5%増"),
    # symbols and links in brackets
    ("Samsung (005930.KS) said", "Samsung said"),
    ("Acme (NYSE: ACM) said", "Acme said"),
    ("Acme Corp <ACM.N> said", "Acme Corp said"),
    ('[USN:L8N1 TEXT:"Acme said"] it will', "Acme said it will"),
    ("He told [the paper](https://example.org/1) so", "He told the paper so"),
    # agencies before and after
    ("LONDON, March 3 (Reuters) - The bank cut", "The bank cut"),
    ("Bremen (dpa/lni) - Die Bank senkt", "Die Bank senkt"),
    ("SAN DIEGO, Calif., June 2 - The bank cut", "The bank cut"),
    ("PARIS (AFP) — La banque a", "La banque a"),
    ("МОСКВА, 3 мар - РИА Новости. Банк снизил", "Банк снизил"),
    ("新华社北京4月24日电 银行今天", "银行今天"),
    ("The bank cut. (Reuters)", "The bank cut."),
    ("Die Bank senkt. (dpa)", "Die Bank senkt"),
    ("The bank cut. REUTER", "The bank cut"),
    ("The bank cut. (esn)", "The bank cut."),
    ("The bank cut. (Reporting by A. Moreau; editing by Tom Vale)", "The bank cut."),
    ("The bank cut. Additional reporting by A. Moreau", "The bank cut."),
]

OTHER = [
    ("the Polish ships", "the polish ships"),
    ("one two", "onetwo"),
    ("1,000", "1.000"),
    ("a rise of 5", "a rise of -5"),
    ("10²", "102"),
    ("2½ years", "21/2 years"),
    ("He won?", "He won."),
    ("He ate, grandma", "He ate grandma"),
    ("3. Oktober war", "4. Oktober war"),
    ("The union (AFP) asked", "The union (AP) asked"),  # not an opening: no dash
    ("FOOTBALL - Ajax won", "HANDBALL - Ajax won"),
    ("5 percentage points", "5 % points"),
    ("Smith (Labour) - a minister", "Smith (Green) - a minister"),
    ("he told Reuters", "he told"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_a_reader_sees_the_same(one: str, other: str) -> None:
    assert wording(one) == wording(other)
    assert fingerprint(one) == fingerprint(other)


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_a_reader_sees_a_difference(one: str, other: str) -> None:
    assert wording(one) != wording(other)


GOLDEN = {
    "“Tokyo has promised…”": "19c7bf5b339ad054d4fed3e9cb3fd0f8",
    "LONDON, March 3 (Reuters) - Shares of Acme (ACM.L) rose 5 pct.": "64f99974f060595ee7ca24d2eae775f7",
    "• Die Grünen – so hieß es – fordern 10 Prozent mehr. (dpa)": "45a44880608c561898bfa88f436bb8b2",
    "中国经济增长百分之5。": "9c130dbe2fbeff86bab78b37f61e5f0f",
    "ارتفع السهم ٥ في المئة": "fb72bc5b6ff7ecec8afb4b752eaca03b",
    "": "c804ce198ec337e3dc762bdd1a09aece",
}


def test_the_fingerprint_never_changes() -> None:
    """Written rows are compared with new ones; a change here is a new `records.KEY_FORMAT`."""
    assert {text: fingerprint(text) for text in GOLDEN} == GOLDEN


@pytest.mark.parametrize(
    "unit", ["(AP", "A ", "- ", "A, ", "[a:", "<A", "per ", ". ", "'", "A (AFP) ", "Reporting by A. ", "百分之", "في "]
)
def test_hostile_texts_take_linear_time(unit: str) -> None:
    times = []
    for size in (20_000, 80_000):
        text = unit * (size // len(unit))
        start = time.process_time()
        wording(text)
        times.append(time.process_time() - start)
    assert times[1] < max(0.05, 10 * times[0])
