"""Bytes to text, whatever the declarations say."""

import codecs
from time import process_time

import pytest

from newsbeam.transforms.common.encoding import decode
from tests.common.paragraphs_in_languages import PARAGRAPHS

GERMAN = "Zürich über alles möglich"
RUSSIAN = "Президент подписал закон о бюджете на следующий год, сообщает агентство"
JAPANESE = "日本の首相は記者会見で経済政策について説明しました。"


def xml(text: str, declared: str = "") -> str:
    prolog = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    return f"{prolog}<rss><title>{text}</title></rss>"


@pytest.mark.parametrize(
    ("declared", "actual", "media_type", "text"),
    [
        ("utf-8", "utf-8", "", GERMAN),
        ("", "utf-8", "", GERMAN),
        ("", "utf-8-sig", "", GERMAN),
        ("", "utf-8", "text/xml; charset=iso-8859-1", GERMAN),
        ("utf-16", "utf-16", "", GERMAN),
        ("", "utf-16-le", "", GERMAN),
        ("", "utf-16-be", "", GERMAN),
        ("utf-32", "utf-32", "", GERMAN),
        ("", "utf-32-be", "", GERMAN),
        ("iso-8859-1", "iso-8859-1", "", GERMAN),
        ("iso-8859-1", "cp1252", "", "“quoted” – dashed"),
        ("windows-1251", "cp1251", "text/xml; charset=iso-8859-1", RUSSIAN),
        ("", "cp1251", "text/xml; charset=windows-1251", RUSSIAN),
        ("gb2312", "gb18030", "", "镕 中国外交部发言人表示"),
        ("iso-2022-jp", "iso-2022-jp", "", JAPANESE),
        ("cp037", "cp037", "", "plain"),
    ],
)
def test_a_right_declaration_is_not_a_repair(declared: str, actual: str, media_type: str, text: str) -> None:
    decoded = decode(xml(text, declared).encode(actual), media_type)
    assert decoded.text == xml(text, declared)
    assert decoded.repair == ""


@pytest.mark.parametrize(
    ("label", "actual", "text"),
    [
        ("Windows-31J", "cp932", "東京①の㈱"),
        ("x-sjis", "cp932", "東京～大阪"),
        ("Shift_JIS", "cp932", "①②東京～の天気㈱"),
        ("EUC-JP", "euc_jis_2004", "東京①の㈱天気"),
        ("Big5", "big5hkscs", "台北裏天氣恒"),
        ("windows-874", "cp874", "ท่าเรือปิด"),
        ("iso-8859-8-i", "iso8859-8", "הנמל סגור"),
        ("x-cp1251", "cp1251", RUSSIAN),
    ],
)
def test_labels_stand_for_what_the_encoding_standard_says(label: str, actual: str, text: str) -> None:
    decoded = decode(xml(text, label).encode(actual))
    assert decoded.text == xml(text, label)
    assert decoded.repair == ""


@pytest.mark.parametrize(
    ("declared", "actual", "text"),
    [
        ("iso-8859-1", "utf-8", GERMAN),
        ("utf-8", "cp1252", GERMAN),
        ("utf-8", "cp1251", RUSSIAN),
        ("utf-8", "shift_jis", JAPANESE),
        ("no-such-charset", "cp1252", GERMAN),
        ("punycode", "cp1252", GERMAN),
        ("hex", "cp1252", GERMAN),
        ("", "cp1252", GERMAN),
    ],
)
def test_a_wrong_declaration_is_repaired_and_reported(declared: str, actual: str, text: str) -> None:
    decoded = decode(xml(text, declared).encode(actual))
    assert decoded.text == xml(text, declared)
    assert decoded.repair.startswith("wrong encoding")


def test_single_foreign_bytes_in_utf8_do_not_change_the_rest() -> None:
    decoded = decode(xml("Zürich, Köln, Málaga ").encode() + b"\xa9\x80")
    assert decoded.text.endswith("©€")
    assert "Zürich, Köln, Málaga" in decoded.text
    assert "2 bytes" in decoded.repair


def test_truncated_wide_text_is_read_to_its_end() -> None:
    decoded = decode("<rss>ü</rss>".encode("utf-16")[:-1])
    assert decoded.text.startswith("<rss>ü</rss")
    assert decoded.repair


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe", b"\x4c\x6f\xa7\x94\xff", b"\x89PNG\r\n\x1a\n\x00\xff", bytes(range(256)) * 9]
)
def test_anything_decodes(body: bytes) -> None:
    assert isinstance(decode(body).text, str)


LEGACY = [(language, name, text) for language, (names, text) in PARAGRAPHS.items() for name in names]


@pytest.mark.parametrize("declared", ["", "utf-8"])
@pytest.mark.parametrize(("language", "encoding", "text"), LEGACY)
def test_paragraphs_without_a_declaration_or_declared_utf8(
    declared: str, language: str, encoding: str, text: str
) -> None:
    decoded = decode(xml(text, declared).encode(encoding))
    assert decoded.text == xml(text, declared)
    assert decoded.repair.startswith("wrong encoding")


@pytest.mark.parametrize(("language", "encoding", "text"), LEGACY)
def test_plain_paragraphs_without_a_declaration(language: str, encoding: str, text: str) -> None:
    assert decode(text.encode(encoding)).text == text


@pytest.mark.parametrize(("language", "encoding", "text"), LEGACY)
def test_right_declarations_are_not_repairs(language: str, encoding: str, text: str) -> None:
    decoded = decode(xml(text, encoding).encode(encoding), "text/xml; charset=iso-8859-1")
    assert (decoded.text, decoded.repair) == (xml(text, encoding), "")


@pytest.mark.parametrize(
    ("declared", "language", "encoding"),
    [
        ("iso-8859-1", "ru", "cp1251"),
        ("windows-1252", "el", "cp1253"),
        ("us-ascii", "ja", "euc_jp"),
        ("iso-8859-1", "zh", "gb18030"),
        ("iso-8859-15", "th", "cp874"),
        ("windows-1251", "ru", "koi8_r"),
        ("koi8-r", "ru", "cp1251"),
        ("shift_jis", "ja", "euc_jp"),
        ("euc-jp", "ja", "cp932"),
        ("cp037", "ru", "cp1251"),
        ("utf-16", "pl", "cp1250"),
    ],
)
def test_a_declaration_that_the_bytes_belie_does_not_count(declared: str, language: str, encoding: str) -> None:
    text = xml(PARAGRAPHS[language][1], declared)
    decoded = decode(text.encode(encoding))
    assert decoded.text == text
    assert decoded.repair.startswith(f"wrong encoding: declared {codecs.lookup(declared).name}")


ENGLISH = "The two towns met on Thursday to talk about the bridge. "


@pytest.mark.parametrize("declared", ["", "utf-8", "ascii"])
@pytest.mark.parametrize("length", [0, 1, 40])
@pytest.mark.parametrize(
    "words",
    [
        *(
            "Bridge talks – again",
            "Council to spend £5m",
            "Fares cost 5 €",
            "A 10€ ticket",
            "½ price",
            "© 2020 The Paper",
        ),
        *(
            "It’s raining",
            "He said “yes”…",
            "Café opens",
            "20°C in the sun",
            "• one",
            "§ 12",
            "a naïve résumé",
            "Brand™",
        ),
        *("it rained—hard", "“", "5 × 4", "±3", "no\xa0break", "»quoted«", "Señor Núñez", "3²"),
    ],
)
def test_windows_1252_in_english_is_that(declared: str, length: int, words: str) -> None:
    text = f"{words}\n\n{ENGLISH * length}"
    for whole in (text, xml(text, declared), f'{{"headline": "{words}", "body_text": "{ENGLISH * length}"}}'):
        decoded = decode(whole.encode("cp1252"))
        assert decoded.text == whole
        assert ("windows-1252" in decoded.repair) == (declared != "ascii" or not whole.startswith("<"))


@pytest.mark.parametrize("language", ["de", "pl", "tr", "ru", "el", "ar", "he", "th", "zh", "ja", "ko"])
def test_utf8_that_is_cut_within_a_character_stays_utf8(language: str) -> None:
    text = PARAGRAPHS[language][1]
    whole = xml(text, "utf-8").encode()
    first = next(at for at, byte in enumerate(whole) if byte > 0x7F)
    last = max(at for at, byte in enumerate(whole) if byte > 0x7F)
    for body in (whole[:first] + whole[first + 1 :], whole[:last] + whole[last + 1 :], whole[:last]):
        decoded = decode(body)
        assert decoded.encoding == "utf-8"
        assert len(set(decoded.text) - set(xml(text, "utf-8"))) <= 1
        assert "wrong encoding" in decoded.repair


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"Talks \xe2\x80...", "Talks \ufffd..."),
        (b"He said \x80\x9dyes", "He said \ufffdyes"),
        (b"The caf\xc3", "The caf\ufffd"),
        (b"Stra\xc3e und Stra\xc3\x9fe", "Stra\ufffde und Straße"),
        ("Москва".encode()[:-1], "Москв\ufffd"),
        ("市长".encode()[:4] + "说".encode(), "市\ufffd说"),
        (b"K\xc3\xb6ln f\xfcr \xdcber", "Köln für Über"),
        (b"N\xc3O e s\xc3\xa3o", "NÃO e são"),
        (b"\xabcaf\xe9\xbb", "«café»"),
        (b"Goal \xed\xa0\xbd\xed\xb8\x80 again", "Goal 😀 again"),
        (b"Half \xed\xa0\xbd again", "Half \ufffd again"),
    ],
)
def test_the_rest_of_a_character_is_not_a_letter(body: bytes, text: str) -> None:
    assert decode(body).text == text


@pytest.mark.parametrize(("language", "encoding", "text"), LEGACY)
def test_capitals_are_read_as_declared(language: str, encoding: str, text: str) -> None:
    capitals = xml(text.upper(), encoding).encode(encoding, "xmlcharrefreplace")
    assert decode(capitals).text == capitals.decode(encoding)


def test_a_few_wrong_characters_do_not_make_a_declaration_wrong() -> None:
    text = PARAGRAPHS["ja"][1]
    body = xml(text, "shift_jis").encode("cp932").replace(b"</title>", b"\x81</title>")
    decoded = decode(body)
    assert (decoded.encoding, decoded.repair) == ("shift_jis", "wrong encoding: 1 character not in shift_jis")
    assert decoded.text.count("\ufffd") == 1


def test_a_large_document_of_anything_takes_no_time() -> None:
    for body in (b"<" * 2_000_000, b"\x80<" * 100_000, b"a\xe9" * 100_000, b"\xed\xa0\xbd" * 60_000):
        start = process_time()
        decode(body)
        assert process_time() - start < 5


@pytest.mark.parametrize(
    "text", ["Müller – £5m.", "Zoë’s “café” costs €3", "El Niño: 30° … and more", "Weiß – ½ Liter"]
)
def test_marks_beside_a_word_with_accents_are_not_letters_of_another_code_page(text: str) -> None:
    assert decode(f"Harbour\n\n{text}\n".encode("cp1252")).text == f"Harbour\n\n{text}\n"


@pytest.mark.parametrize("text", ["Łódź, Łuków i Żory", "Łuk i Żar są głęboko"])
def test_letters_of_another_code_page_are_not_marks(text: str) -> None:
    assert decode(f"Port\n\n{text}\n".encode("cp1250")).text == f"Port\n\n{text}\n"
