"""Bytes to text, whatever the declarations say."""

import pytest

from newsbeam.transforms.parse.encoding import decode

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
def test_a_right_declaration_is_no_repair(declared: str, actual: str, media_type: str, text: str) -> None:
    decoded = decode(xml(text, declared).encode(actual), media_type)
    assert decoded.text == xml(text, declared)
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
def test_a_wrong_declaration_is_repaired_and_said(declared: str, actual: str, text: str) -> None:
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
