"""Files that are not stories are named; what only resembles them is a story."""

import hashlib
import re
from datetime import UTC, datetime

import pytest

from newsbeam.transforms.errors import NotAFeedError
from newsbeam.transforms.parse.document import parse_document
from newsbeam.transforms.parse.sniff import sniff
from newsbeam.transforms.records import Document

SHA = hashlib.sha256(b"a").hexdigest()
MD5 = hashlib.md5(b"a").hexdigest()


def document(body: bytes | str, name: str = "a.txt", **claims: str) -> Document:
    body = body.encode() if isinstance(body, str) else body
    return Document(f"drop/{name}", body, datetime(2026, 11, 20, tzinfo=UTC), "Harbour", name, **claims)


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "a PDF"),
        (b"GIF89a\1\0\1\0\x80", "a GIF picture"),
        (b"\x89PNG\r\n\x1a\n\0\0", "a PNG picture"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "a JPEG picture"),
        (b"II*\0\x08\0\0\0", "a TIFF picture"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "a WebP picture"),
        (b"BM\x0e\0\0\0\0\0\0\0\0\0\0\0", "a BMP picture"),
        (b"ID3\x04\0\0", "sound or video"),
        (b"\0\0\0\x18ftypmp42", "sound or video"),
        (b"%!PS-Adobe-3.0\n%%Title: Page 1", "PostScript"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0", "an Office document"),
        (b"{\\rtf1\\ansi A title", "an RTF document"),
        (b"Rar!\x1a\7\0", "an archive of a kind that is not unpacked"),
        (b"#!/bin/sh\necho a\n", "a program"),
        (b"-----BEGIN PGP SIGNATURE-----\n\nabc", "a signature"),
    ],
)
@pytest.mark.parametrize("name", ["a.txt", "a", "a.xml"])
@pytest.mark.parametrize("format", ["auto", "text", "nitf"])
def test_by_the_first_bytes_whatever_the_name_and_the_config_say(body, what, name, format):
    with pytest.raises(
        NotAFeedError, match=f"^this is {re.escape(what)}, not a story; to skip such files, add a pattern to `exclude`$"
    ):
        sniff(document(body, name, format=format))


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("README", "a file about the drop (README)"),
        ("sub/ReadMe.txt", "a file about the drop (README)"),
        ("x.zip!README.md", "a file about the drop (README)"),
        ("LICENSE", "a licence"),
        ("drop/Licence.txt", "a licence"),
        ("x.zip!LICENSE-MIT", "a licence"),
        ("COPYING.LESSER", "a licence"),
        ("story.xml.MD5", "a list of checksums"),
        ("prices.csv", "a table (CSV)"),
        ("ftp.log", "a log"),
        ("x.zip!mail.eml", "an e-mail"),
    ],
)
def test_by_the_name_unless_the_config_says_that_it_is_text(name, what):
    with pytest.raises(NotAFeedError) as caught:
        sniff(document("Words that could be a story.", name))
    assert str(caught.value).startswith(f"this is {what}, not a story; ")
    assert sniff(document("Words that could be a story.", name, format="text")).name == "text"
    assert sniff(document("<nitf/>", name)).name == "nitf"  # what the bytes say counts


SHAPES = {
    f"{SHA}  a.xml\n{SHA} *b c.xml\n": "a list of checksums",
    f"{MD5}\r\n": "a list of checksums",
    f"SHA256 (a.xml) = {SHA}\nMD5 (b.xml) = {MD5}\n": "a list of checksums",
    "; made by a tool\na.xml 1A2B3C4D\n": "a list of checksums",
    "date,place,goods,price\n2026-11-20,Hamburg,wheat,211.50\n2026-11-20,Rouen,barley,188.00\n": "a table (CSV)",
    '"a";"b"\n"x";1\n"y";2\n"z";3\n': "a table (CSV)",
    "name\tage\nA\t1\nB\t2\nC\t3\nD\t\n": "a table (CSV)",
    "2026-11-20 08:00:01 got a.xml\n2026-11-20 08:00:02,123 got b.xml\n": "a log",
    "2026-11-20T08:00:01Z INFO a\nTraceback (most recent call last):\n2026-11-20T08:00:02Z INFO b\n": "a log",
    "Nov 20 08:00:01 host ftpd[7]: get a\nNov  2 08:00:02 host ftpd[7]: get b\n": "a log",
    '10.0.0.1 - - [20/Nov/2026:08:00:01 +0000] "GET / HTTP/1.1" 200\n' * 2: "a log",
    "INFO: started\nERROR: stopped\n": "a log",
    "Return-Path: <a@b.example>\nReceived: from x by y;\n\tFri, 20 Nov 2026\nSubject: Hello\n\nText.\n": "an e-mail",
    "From: A Name <a@b.example>\nTo: desk@c.example\nSubject: Photos\nDate: Fri, 20 Nov 2026 08:00:00 +0000\n\nHi\n": (
        "an e-mail"
    ),
    "From a@b.example Fri Nov 20 08:00:00 2026\nSubject: x\n\nText\n": "an e-mail",
}


@pytest.mark.parametrize(("text", "what"), SHAPES.items())
def test_by_the_shape_of_the_lines(text, what):
    with pytest.raises(NotAFeedError) as caught:
        sniff(document(text))
    assert str(caught.value).startswith(f"this is {what}, not a story; ")
    assert sniff(document(text, format="text")).name == "text"
    assert sniff(document(f"A headline above it all\n\n{text}")).name == "text"


@pytest.mark.parametrize(
    "text",
    [
        "Ferry back",
        "%20 more\n\nThe price rose by a fifth.",
        "GIF89 is old\n\nSo are other formats.",
        "BM shares rise\n\nThe bank gained.",
        "README, said the sign\n\nNobody did.",
        "ID3 tags are thirty\n\nText.",
        "MZ Wallace wins\n\nText.",
        "2026-11-20 was a day of storms\n2026-11-21 was not\n",
        "2026-11-20 08:00 The quake hits\n2026-11-20 09:00 The port closes\n",
        "08:00:01 was the winner's time\n\nThe second came a minute later.",
        "Error: the ship was elsewhere\n\nThe harbour office said so.",
        "From: the harbour office\nTo: editors\nSubject: Ferry\nDate: 20 November\n\nThe ferry is back.",
        "Subject: a study of ferries\n\nText.",
        "Lisbon, Porto, Faro\nMadrid, Vigo, Cadiz\nParis, Nantes, Brest\n",
        "Wind, rain, hail.\nWind, rain, snow.\nWind, rain, sleet.\n",
        "Hamilton, Mercedes\nVerstappen, Red Bull\n",
        "Prices\n\nwheat;211\nbarley;188\n",
        "deadbeef" * 4 + " was the key, he said\nand nobody knew it.",
        "a" * 5000 + ",1\n" + "b,2\n" * 10,
    ],
)
@pytest.mark.parametrize("name", ["a.txt", "a", "readme-again.txt", "csv", "log.txt", "licence-fee-rises.txt"])
def test_in_doubt_it_is_a_story(text, name):
    assert sniff(document(text, name)).name == "text"
    assert parse_document(document(text, name)).entries


def test_text_that_is_mostly_control_characters_is_binary():
    with pytest.raises(NotAFeedError, match=r"^this is binary data, not a story$"):
        parse_document(document(b"ab\x01\x02\x03\x04cdefgh" * 20))
    assert parse_document(document("A title\x07\n\nThe ferry is back in the harbour.")).entries
