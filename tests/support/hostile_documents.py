"""Documents of any size that take more than linear time if a rule goes back over all that it has read."""

import json
from collections.abc import Callable


def _rss(inside: str) -> str:
    return f'<rss version="2.0"><channel><title>t</title>{inside}</channel></rss>'


def _item(inside: str) -> str:
    return _rss(f"<item><guid>g</guid><title>T</title>{inside}</item>")


def _text(inside: str) -> str:
    return _item(f"<description>{inside}</description>")


def _iptc(inside: str, headline: str = "Title=") -> str:
    return f"\x01nwa0007 3 i 60  nwa 1003\n\x02{headline}\n{inside}\n\nText of it.\n\x03\n241205 Sep 24\n\x04"


def _anpa(inside: str) -> str:
    return f"\x01a0123 US\x1f\nr s BC-Ferry 11-22 0416\x02\n^BC-Ferry,0416<\n{inside}\n\tText of it.\n\x03"


def _ninjs(**fields: object) -> str:
    return json.dumps({"uri": "urn:x", "headline": "h", "body_text": "Some text.", **fields})


def _numbered(form: str, number: int) -> str:
    return "".join(form.format(at) for at in range(number))


DOCUMENTS: dict[str, tuple[str, Callable[[int], str]]] = {
    "items": ("a.xml", lambda n: _rss(_numbered("<item><guid>{}</guid><title>T</title></item>", n // 4))),
    "one guid": ("a.xml", lambda n: _rss(_numbered("<item><guid>g</guid><title>T{}</title></item>", n // 4))),
    "one link": ("a.xml", lambda n: _rss(_numbered("<item><link>http://a.b</link><title>T{}</title></item>", n // 4))),
    "a category again": ("a.xml", lambda n: _item("<category>c</category>" * n)),
    "categories": ("a.xml", lambda n: _item(_numbered("<category>c{}</category>", n))),
    "attributes": ("a.xml", lambda n: _item("<a" + _numbered(" b{}='1'", n) + "/>")),
    "pieces of a name": ("a.xml", lambda n: _item("<author>" + "a<b/>" * n + "</author>")),
    "enclosures": ("a.xml", lambda n: _item(_numbered("<enclosure url='http://a.b/{}' type='x/y'/>", n))),
    "CDATA": ("a.xml", lambda n: _text("<![CDATA[0" * n)),
    "ampersands": ("a.xml", lambda n: _text("a & b " * n)),
    "prefixes": ("a.xml", lambda n: _item(_numbered("<p{0}:a>x</p{0}:a>", n))),
    "items in items": ("a.xml", lambda n: _rss("<item><title>a</title>" * (n // 8))),
    "comments": ("a.xml", lambda n: "<!-- a " * n + _rss("")),
    "document types": ("a.xml", lambda n: "<!DOCTYPE a [" * n + _rss("")),
    "blocks": ("a.xml", lambda n: _text("&lt;div&gt;" * n + "x")),
    "breaks": ("a.xml", lambda n: _text("a&lt;br&gt;" * n)),
    "rows": ("a.xml", lambda n: _text("&lt;table&gt;" + "&lt;tr&gt;&lt;td&gt;a&lt;td&gt;b" * n)),
    "tables in tables": ("a.xml", lambda n: _text("&lt;table&gt;&lt;tr&gt;&lt;td&gt;a" * n)),
    "sign-offs": ("a.xml", lambda n: _text("&lt;p&gt;(END)" * n)),
    "share bars": ("a.xml", lambda n: _text("&lt;p&gt;Share" * n)),
    "shortcodes": ("a.xml", lambda n: _text("[" + "a_" * n + "b.")),
    "open arrays": ("a.json", lambda n: "[" * n),
    "open objects": ("a.json", lambda n: '{"items":[{"id":"1","content_text":"a"},' * n),
    "strings": ("a.json", lambda n: '{"items":[{"id":"' + '\\"' * n),
    "notes of a wire": ("a.json", lambda n: _ninjs(ednote="kills above-z-a, " * n)),
    "names of a wire": ("a.json", lambda n: _ninjs(byline="By A and B, " * n)),
    "slugline": ("a.json", lambda n: _ninjs(slugline="a-b, " * n)),
    "blank lines of a wire": ("a.iptc", lambda n: _iptc("\t\n" * n)),
    "brackets of a wire": ("a.iptc", lambda n: _iptc("", "( a\n" * n + "Title=")),
    "an open bracket": ("a.iptc", lambda n: _iptc("", "(\n" + "line\n" * n + "Title=")),
    "keywords of a wire": ("a.iptc", lambda n: _iptc("").replace("\n\x02", f"\n{'a/' * n}\n\x02")),
    "messages": ("a.iptc", lambda n: _iptc("x") * (n // 8)),
    "marks of fields": ("a.anpa", lambda n: _anpa("^ " * n)),
    "fields": ("a.anpa", lambda n: _anpa("^a\n" * n)),
    "lines": ("a.txt", lambda n: "Title\n\n" + "a line of it\n" * n),
    "columns": ("a.txt", lambda n: "Title\n\n" + "a   b   1\n-----\n" * n),
    "one wide row": ("a.txt", lambda n: "Title\n\n" + "a   1 2  " * n + "\nNet 1 2 3   x\n"),
    "leaders": ("a.txt", lambda n: "Title\n\na " + ". " * n),
}
"""By what is repeated: the name of the file, and the document of a size."""
