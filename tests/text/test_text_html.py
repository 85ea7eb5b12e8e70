"""HTML to blocks: nothing lost, nothing glued, in reading order."""

import gzip
import json
from pathlib import Path

import pytest

from newsbeam.transforms.text import html

P, L, Q, H, T = "paragraph", "list_item", "quote", "heading", "table"


def read(source: str) -> list[tuple[str, str]]:
    return [(block.text, block.kind) for block in html.blocks(source)]


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        # blocks
        ("<p>one</p>two<div>three<p>four</div>five", ["one", "two", "three", "four", "five"]),
        ("<div>one<div>two</div>three</div>", ["one", "two", "three"]),
        ("<p>one<p>two", ["one", "two"]),
        ("<section>one</section><article>two</article><aside>three</aside>", ["one", "two", "three"]),
        ("<td>one</td><td>two</td>", ["one", "two"]),
        ("<figure><img src=x><figcaption>A caption.</figcaption></figure>Text", ["A caption.", "Text"]),
        ("<p>one<hr>two</p>", ["one", "two"]),
        ("<form><p>one</p><input value=no><button>no</button></form>", ["one"]),
        ("<dl><dt>term<dd>what it is</dl>", ["term", "what it is"]),
        # end tags that close nothing
        ("one</div>two</p>three</li>four", ["one", "two", "three", "four"]),
        # <br>
        ("one<br><br>two", ["one", "two"]),
        ("one<br/>\n <br />two", ["one", "two"]),
        ("<p>12 Harbour Road<br>Northholm</p>", ["12 Harbour Road Northholm"]),
        (
            f"{'A long line of a story that was typed with breaks only' * 2}.<br>Next.",
            [f"{'A long line of a story that was typed with breaks only' * 2}.", "Next."],
        ),
        ("They want:<br>• bread<br>• butter", ["They want:", "bread", "butter"]),
        # inline tags neither split nor glue
        ("<p>un<b>believ</b>able <i>new</i>s</p>", ["unbelievable news"]),
        ("<p>H<sub>2</sub>O and x<sup>2</sup></p>", ["H2O and x²"]),
        ("<span>one</span> <span>two</span><a>three</a>", ["one twothree"]),
        ("<p>one\n<em>two</em>\nthree</p>", ["one two three"]),
        ("<p>super<wbr>califragilistic hy\u00adphen</p>", ["supercalifragilistic hyphen"]),
        ("<p>word<img src=x>word</p>", ["word word"]),
        ("<p>one<iframe>no</iframe>two</p>", ["one two"]),
        ('<p>Hot <img class="wp-smiley emoji" alt="🔥"> news</p>', ["Hot 🔥 news"]),
        # what nobody sees
        ("<p>one<script>'<p>no</p>'</script><style>no</style><!-- no --><noscript><p>no</p></noscript></p>", ["one"]),
        ("<svg><text>no</text></svg><video><p>no</p></video><select><option>no</select>one", ["one"]),
        ("one<div hidden><p>no<br>no<img>no</p></div>two", ["one", "two"]),
        ('<p style="color:red; DISPLAY : none">no</p><p style="color:red">one</p>', ["one"]),
        ('one<div class="x sharedaddy"><ul><li>no</ul></div>two<span class="sr-only">no</span>', ["one", "two"]),
        ("<html><head><title>no</title><meta charset=latin1></head><body><p>Ünïted</body></html>", ["Ünïted"]),
        ("<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby>字", ["漢字"]),
        # entities, once too often or not
        ("<p>AT&amp;T &lsquo;q&rsquo; &#8220;q&#8221; &hellip; &#146;s</p>", ["AT&T ‘q’ “q” … ’s"]),
        ("<p>AT&amp;amp;T it&amp;#8217;s 3 &lt; 4</p>", ["AT&T it’s 3 < 4"]),
        ("&lt;p&gt;one &amp;amp; more&lt;/p&gt;&lt;p&gt;two&lt;/p&gt;", ["one & more", "two"]),
        ("<p>The tag &lt;b&gt; is bold &lt;/b&gt;.</p>", ["The tag <b> is bold </b>."]),
        ("<p>1 < 2 and 3 > 2</p>", ["1 < 2 and 3 > 2"]),
        ("<![CDATA[<p>one</p>]]>", ["one"]),
        # without structure, text keeps its blank lines
        ("one &amp; more\n\ntwo", ["one & more", "two"]),
        ("one <b>bold</b>\n \ntwo <i>italic</i>", ["one bold", "two italic"]),
        # white space and damage
        ("<p>  one\u00a0\u3000 two\t\n</p><p> \u200b </p>", ["one two"]),
        ("<p>nul\0l</p><p>sur\ud800rogate</p>", ["null", "surrogate"]),
        ("<p>broken <b>markup <i>here</b> and</i> there", ["broken markup here and there"]),
        ("", []),
        ("<p></p><br/>", []),
    ],
)
def test_texts(source: str, texts: list[str]) -> None:
    assert [block.text for block in html.blocks(source)] == texts


@pytest.mark.parametrize(
    ("source", "blocks"),
    [
        ("<h1>one</h1><h6>two</h6><p>three", [("one", H), ("two", H), ("three", P)]),
        (
            "<ul><li>one<ol><li>two</li></ol>three</li><li><p>four</p></li></ul>",
            [("one", L), ("two", L), ("three", L), ("four", L)],
        ),
        (
            "<blockquote>one<p>two</p><ul><li>three</ul>four</blockquote>five",
            [("one", Q), ("two", Q), ("three", L), ("four", Q), ("five", P)],
        ),
        (
            "<table><caption>Fares</caption><tr><th>Trip</th><th>Fare</th></tr>"
            "<tr><td>Single</td><td>4 <b>20</b></td></tr></table>",
            [("Fares", P), ("Trip | Fare\nSingle | 4 20", T)],
        ),
        ("<table><tr><td></td><td>a</td></tr><tr><td>b</td><td>c<p>d</td></tr></table>", [(" | a\nb | c d", T)]),
        ("<table><tr><td>one</td><td>two</td></tr></table>", [("one", P), ("two", P)]),  # layout: a single row
        (
            f"<table><tr><td>a</td><td>{'word ' * 80}</td></tr><tr><td>b</td><td>c</td></tr></table>",
            [("a", P), (("word " * 80).strip(), P), ("b", P), ("c", P)],
        ),
        (
            "<table><tr><td>one<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table></td></tr></table>",
            [("one", P), ("a | b\nc | d", T)],
        ),
        ("<pre>Name    A    B\nfoo     1    2\n</pre>", [("Name | A | B\nfoo | 1 | 2", T)]),
    ],
)
def test_kinds(source: str, blocks: list[tuple[str, str]]) -> None:
    assert read(source) == blocks


def test_real_entry(data: Path) -> None:
    assert read((data / "html" / "feed_entry.html").read_text(encoding="utf-8")) == [
        ("HARBOUR TOWN, March 3 (Reuters) - The ferry to Northholm sails again, the council said.", P),
        ("It had been laid up since January – too long, said Anna Berg.", P),
        ("The ferry at the quay.", P),
        ("What it costs", H),
        ("Trip | Fare\nSingle | 4.20\nReturn | 7.80", T),
        ("Bicycles go free", L),
        ("two a person", L),
        ("Dogs pay", L),
        ("“We waited,” said the baker.", Q),
        ("“And waited.”", Q),
        ("Share | Tweet | Email", P),
        ("The first boat leaves at six.", P),
        ("(Reporting by Jo March; Editing by Beth Hale)", P),
        ("The post Ferry sails appeared first on Harbour News.", P),
    ]


@pytest.mark.parametrize(
    "source",
    [
        "<div>" * 30_000 + "the end" + "</div>" * 30_000,
        "<p><span>" * 30_000 + "the end",
        "<b><p>" * 10_000 + "the end",
        "<blockquote>" * 30_000 + "the end",
        "<table><tr><td>" * 3_000 + "the end",
    ],
    ids=["div", "span", "misnested", "blockquote", "table"],
)
def test_depth_loses_nothing(source: str) -> None:
    assert [block.text for block in html.blocks(source)] == ["the end"]


def test_far_cells_cost_no_more_than_their_row() -> None:
    source = "<table><tr>" + "<td>x</td>" * 2_000 + "</tr>" + "<tr><td>y</td></tr>" * 2_000 + "</table>"
    (block,) = html.blocks(source)
    assert len(block.text) < len(source)


@pytest.mark.parametrize(
    ("text", "is_html"),
    [
        ("<p>one</p>", True),
        ("one<br>two", True),
        ("&lt;p&gt;one&lt;/p&gt;", True),
        ("a < b > c", False),
        ("<IBM> rose", False),
    ],
)
def test_looks_like_html(text: str, is_html: bool) -> None:
    assert html.looks_like_html(text) is is_html


def test_gold_paragraphs_of_news_pages(shared_data: Path) -> None:
    """Of the paragraphs that editors' own parsers take from British news pages, nearly all are blocks here."""
    found = total = 0
    for page in sorted((shared_data / "articles" / "fundus" / "uk").glob("*.html.gz")):
        gold = json.loads((page.parent / f"{page.name.split('_2')[0]}.json").read_text(encoding="utf-8"))
        texts = {
            "".join(block.text.split())
            for block in html.blocks(gzip.decompress(page.read_bytes()).decode("utf-8", "replace"))
        }
        for version in gold.values():
            paragraphs = [p for section in version["body"]["sections"] for p in section["paragraphs"]]
            hits = sum("".join(p.split()) in texts for p in paragraphs)
            if 2 * hits > len(paragraphs):  # the version of the parser that fits this page
                found, total = found + hits, total + len(paragraphs)
    assert total > 100
    assert found / total > 0.97
