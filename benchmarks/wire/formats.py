"""The same stories in every format of wires and feeds, so that speeds can be compared."""

import json
from collections.abc import Callable, Iterator
from html import escape
from textwrap import wrap

from benchmarks.lib.corpus import stories

_G2 = """<?xml version="1.0" encoding="UTF-8"?>
<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="urn:newsml:example.org:20261124:{id}" version="1"
 standard="NewsML-G2" standardversion="2.34" conformance="power" xml:lang="en">
<catalogRef href="http://www.iptc.org/std/catalog/catalog.IPTC-G2-Standards_40.xml"/>
<itemMeta><itemClass qcode="ninat:text"/><provider literal="example.org"/>
<versionCreated>2026-11-24T08:00:00Z</versionCreated><pubStatus qcode="stat:usable"/></itemMeta>
<contentMeta><urgency>4</urgency><language tag="en"/><subject qcode="medtop:04000000"/>
<slugline>STORY-{id}</slugline><headline>{title}</headline></contentMeta>
<contentSet><inlineXML contenttype="application/xhtml+xml"><html xmlns="http://www.w3.org/1999/xhtml">
<head><title>{title}</title></head><body>{body}</body></html></inlineXML></contentSet></newsItem>"""
_NEWSML_1 = """<?xml version="1.0" encoding="UTF-8"?>
<NewsML Version="1.2"><NewsEnvelope><DateAndTime>20261124T080000+0000</DateAndTime></NewsEnvelope>
<NewsItem xml:lang="en"><Identification><NewsIdentifier><ProviderId>example.org</ProviderId><DateId>20261124</DateId>
<NewsItemId>{id}</NewsItemId><RevisionId PreviousRevision="0" Update="N">1</RevisionId>
<PublicIdentifier>urn:newsml:example.org:20261124:{id}:1</PublicIdentifier></NewsIdentifier></Identification>
<NewsManagement><NewsItemType FormalName="News"/><FirstCreated>20261124T080000+0000</FirstCreated>
<ThisRevisionCreated>20261124T080000+0000</ThisRevisionCreated><Status FormalName="Usable"/></NewsManagement>
<NewsComponent><NewsLines><HeadLine>{title}</HeadLine></NewsLines><NewsComponent><Role FormalName="Main"/>
<ContentItem><MediaType FormalName="Text"/><DataContent><nitf><body><body.content>{body}</body.content></body></nitf>
</DataContent></ContentItem></NewsComponent></NewsComponent></NewsItem></NewsML>"""
_NITF = """<?xml version="1.0" encoding="UTF-8"?>
<nitf><head><title>{title}</title>
<docdata><doc-id id-string="{id}"/><date.issue norm="20261124T080000Z"/></docdata></head><body>
<body.head><hedline><hl1>{title}</hl1></hedline></body.head><body.content>{body}</body.content></body></nitf>"""
_NINJS = """{{"uri": "urn:example.org:{id}", "version": "1", "versioncreated": "2026-11-24T08:00:00Z", "type": "text",
"pubstatus": "usable", "language": "en", "headline": {title}, "body_xhtml": {body}}}"""
_IPTC_7901 = (
    "\x01exm{number:04} 4 vm {words}  exm {number:04}\r\n\r\nStory/{id}/\r\n"
    "\x02{title} =\r\n\r\n{body}\r\n\x03240800 Nov 26\r\n"
)
_ANPA = (
    "\x16\x16\x01a{number:04}\x1f-----\r\nr a\x13\x11BC-Story-{id} 11-24 {words:04}\r\n"
    "\x02^BC-Story-{id},{words:04}<\r\n^{title}<\r\n{body}\r\nEX-WX-11-24-26 0800GMT<\r\n\x03\x04"
)
_RSS_ITEM = (
    "<item><guid>{id}</guid><title>{title}</title><pubDate>Tue, 24 Nov 2026 08:00:00 GMT</pubDate>"
    "<description>{body}</description></item>"
)


def _paragraphs(body: str) -> list[str]:
    parts = (" ".join(part.split()) for part in body.replace("\n    ", "\n\n").split("\n\n"))
    return [part for part in parts if part]


def _xml(template: str) -> Callable[[int, str, list[str]], bytes]:
    def render(number: int, title: str, paragraphs: list[str]) -> bytes:
        body = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
        return template.format(id=f"s{number}", title=escape(title), body=body).encode()

    return render


def _ninjs(number: int, title: str, paragraphs: list[str]) -> bytes:
    body = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
    return _NINJS.format(id=f"s{number}", title=json.dumps(title), body=json.dumps(body)).encode()


def _wrapped(template: str, indent: str, end: str) -> Callable[[int, str, list[str]], bytes]:
    def render(number: int, title: str, paragraphs: list[str]) -> bytes:
        text = end.join("\r\n".join(wrap(paragraph, 69, initial_indent=indent)) for paragraph in paragraphs)
        words = len(text.split())
        return template.format(id=f"s{number}", number=number % 10_000, words=words, title=title, body=text).encode()

    return render


def _text(number: int, title: str, paragraphs: list[str]) -> bytes:
    return "\n\n".join([f"{title} ({number})", *paragraphs]).encode()


FORMATS: dict[str, Callable[[int, str, list[str]], bytes]] = {
    "newsml-g2": _xml(_G2),
    "newsml-1": _xml(_NEWSML_1),
    "nitf": _xml(_NITF),
    "ninjs": _ninjs,
    "iptc7901": _wrapped(_IPTC_7901, "", "\r\n\r\n"),
    "anpa": _wrapped(_ANPA, "   ", "\r\n"),
    "text": _text,
}


def documents(name: str, limit: int) -> Iterator[bytes]:
    """Yield `limit` documents of the format `name`, one story each."""
    for number, (title, body) in enumerate(stories(limit)):
        yield FORMATS[name](number, title, _paragraphs(body))


def rss(limit: int) -> bytes:
    """Return an RSS feed of the same stories."""
    items = (
        _RSS_ITEM.format(
            id=number,
            title=escape(title),
            body=escape("".join(f"<p>{escape(part)}</p>" for part in _paragraphs(body))),
        )
        for number, (title, body) in enumerate(stories(limit))
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title>{"".join(items)}</channel></rss>'.encode()
