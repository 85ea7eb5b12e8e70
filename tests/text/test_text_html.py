"""HTML to blocks: in reading order, no text lost, no paragraphs joined."""

import gzip
import json
from pathlib import Path

import pytest

from newsbeam.transforms.text import html

P, L, Q, H, T = "paragraph", "list_item", "quote", "heading", "table"


def read(source: str) -> list[tuple[str, str]]:
    return [(block.text, block.kind) for block in html.to_blocks(source)]


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
        ("<p>The <a>ferry<svg><title>no</title></svg></a>“, he said</p>", ["The ferry“, he said"]),
        ("<p>one<span hidden>no</span>two three<i hidden>no</i>.</p>", ["one two three."]),
        ('<a>here<span style="clip: rect(0 0 0 0); width: 1px">, in a new tab</span></a>.', ["here."]),
        ("<p>one.<iframe>no</iframe>“Two”</p>", ["one. “Two”"]),
        (
            '<figcaption>The quay<small class="copyright">Photo: Ann Berg</small></figcaption>',
            ["The quay Photo: Ann Berg"],
        ),
        ('<p>The quay.<span class="CaptionCredit-x">Ann Berg</span></p>', ["The quay. Ann Berg"]),
        ('<p>The ac<i class="accredited">cred</i>ited</p>', ["The accredited"]),
        ("<li>A note.<a>↩\ufe0e</a></li><li><a>^</a> Two <a class=footnote-backref>up</a>", ["A note.", "Two"]),
        ("<p>2 ^ 3 <a>↩ back</a></p>", ["2 ^ 3 ↩ back"]),
        ('<p style="color:red; DISPLAY : none">no</p><p style="color:red">one</p>', ["one"]),
        ('one<div class="x sharedaddy"><ul><li>no</ul></div>two<span class="sr-only">no</span>', ["one", "two"]),
        ("<html><head><title>no</title><meta charset=latin1></head><body><p>Ünïted</body></html>", ["Ünïted"]),
        ("<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby>字", ["漢字"]),
        # what a reader sees, whatever the element
        ("<p>Press <button>OK</button> now</p><div><button>no</button> <button>no</button></div>", ["Press OK now"]),
        ("<p>The sign said <svg><title>no</title><text>STOP</text></svg>.</p>", ["The sign said STOP."]),
        ("<p>He said “<q>no</q>”, or <q>'no'</q>.</p>", ["He said “no”, or 'no'."]),
        ("<p>He said <q>no</q>, at <meter value=.6>60%</meter>.</p>", ['He said "no", at 60%.']),
        (
            "<p>So <math><mi>E</mi><mo>=</mo><mi>m</mi><msup><mi>c</mi><mn>2</mn></msup></math>, or <math><semantics>"
            "<mfrac><mi>a</mi><mi>b</mi></mfrac><annotation>no</annotation></semantics></math>.</p>",
            ["So E=mc², or a/b."],
        ),
        # what never ends swallows nothing
        ("<p>one</p><embed src=x><p>two</p>", ["one", "two"]),
        ("<p>one</p><object><param name=a><embed src=x>no</object><p>two</p>", ["one", "two"]),
        ("<p>one</p><video><source src=x><track src=y>no</video><p>two</p>", ["one", "two"]),
        ("<p>one</p><iframe src=x/><p>two</p>", ["one", "two"]),
        ("<p>one</p><iframe src=x><p>two</p><p>three</p>", ["one", "two", "three"]),
        ("<p>one</p><noscript><p>two</p>", ["one", "two"]),
        ("<p>İSTANBUL'DA İKİ İŞÇİ</p><NAV>two<p>three</p>", ["İSTANBUL'DA İKİ İŞÇİ", "two", "three"]),
        ("<p>one</p><nav>no</nav><nav>two<iframe>three<p>four</p>", ["one", "two three", "four"]),
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
        ("<b>one</b>\n\n<i>two</i>", ["one", "two"]),
        ("one\n\ntwo\n\n<ul>\n<li>three</li>\n</ul>\nfour\n\nfive", ["one", "two", "three", "four", "five"]),
        ("one\n\ntwo<br>\n\nthree\r\n\r\nfour", ["one", "two", "three", "four"]),
        ("<div>\n\n<span>one</span>\n\n<span>two</span>\n\n</div>", ["one two"]),  # a template's
        ("<p>One\n\n<a>two</a>\n\n.</p>", ["One two ."]),
        ("<p>One.\n\nTwo.</p>", ["One.", "Two."]),
        # white space and damage
        ("<p>  one\u00a0\u3000 two\t\n</p><p> \u200b </p>", ["one two"]),
        ("<p>nul\0l</p><p>sur\ud800rogate</p>", ["null", "surrogate"]),
        # characters that have a meaning here, from a publisher
        ("<p>&#5;one&#6;</p><p>\x05two\x06</p>", ["one", "two"]),
        ("<p>thr&#x02;ee&#0001;&#1 four&#&#5;5;</p><p>5 &#53; 6</p>", ["three four&#5;", "5 5 6"]),
        ("<p>broken <b>markup <i>here</b> and</i> there", ["broken markup here and there"]),
        ("", []),
        ("<p></p><br/>", []),
    ],
)
def test_texts(source: str, texts: list[str]) -> None:
    assert [block.text for block in html.to_blocks(source)] == texts


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


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        (
            "<b>Q: Why now?</b><br>A: For want of money.<br>Q: And then?<br>A: We wait.",
            ["Q: Why now?", "A: For want of money.", "Q: And then?", "A: We wait."],
        ),
        (
            "<b>Why now</b><br>For want of money, she<br>says.<br><b>And then</b><br>We wait.",
            ["Why now", "For want of money, she says.", "And then", "We wait."],
        ),
        ("Northholm – Else 2-1<br>Sands – Westholm 0-0", ["Northholm – Else 2-1", "Sands – Westholm 0-0"]),
        ("09:00 Doors<br>09:30 Speech<br>10:15 Break", ["09:00 Doors", "09:30 Speech", "10:15 Break"]),
        ("1 HARBOUR<br>2 WHAT IS A BOAT?<br>3 THE END", ["1 HARBOUR", "2 WHAT IS A BOAT?", "3 THE END"]),
        ("Take:<br>200 g flour<br>three eggs<br>salt", ["Take:", "200 g flour", "three eggs", "salt"]),
        ("Anna Berg<br>Jo March<br>Beth Hale", ["Anna Berg", "Jo March", "Beth Hale"]),
        (
            "The boat has gone,<br>the sea is wide,<br>And none came home",
            ["The boat has gone, the sea is wide, And none came home"],
        ),
        ("– We wait, she says.<br>– And then?", ["– We wait, she says.", "– And then?"]),
        ("They want:<br>– Bread.<br>– Butter.", ["They want:", "Bread.", "Butter."]),
    ],
)
def test_lines(source: str, texts: list[str]) -> None:
    assert [block.text for block in html.to_blocks(f"<p>{source}</p>")] == texts


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("10<sup>6</sup> and 10<sup>-6</sup>, 2<sup>n</sup>, 2<sup>k</sup>", "10⁶ and 10⁻⁶, 2ⁿ, 2^k"),
        (
            "the 1<sup>st</sup> and 2<sup>e</sup>, rose<sup>1</sup> in 2019<sup>[3]</sup>",
            "the 1st and 2e, rose¹ in 2019[3]",
        ),
        ("CO<sub>2</sub>, 101<sub>2</sub>, 3<sup>1</sup>/<sub>2</sub>, <sup>14</sup>C", "CO2, 101₂, 3¹/₂, ¹⁴C"),
    ],
)
def test_raised_figures_are_not_part_of_the_number_before(source: str, text: str) -> None:
    assert [block.text for block in html.to_blocks(f"<p>{source}</p>")] == [text]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (
            "<tr><th>Team<th colspan=2>Goals<th>Points</tr><tr><td>Else<td>1<td>2<td>3</tr>",
            "Team | Goals |  | Points\nElse | 1 | 2 | 3",
        ),
        (
            "<tr><td rowspan=2>Else<td>1<td>2</tr><tr><td>3<td>4</tr><tr><td>Sands<td>5<td></tr>",
            "Else | 1 | 2\n | 3 | 4\nSands | 5 | ",
        ),
        ("<tr><td colspan=x>a<td rowspan=0>b</tr><tr><td>c<td>d</tr>", "a | b\nc |  | d"),
        ("<tr><td rowspan=0>a<td>b<tr><td>c<tbody><tr><td>d<td>e</tbody>", "a | b\n | c\nd | e"),
    ],
)
def test_cells_that_span_others(source: str, text: str) -> None:
    assert read(f"<table>{source}</table>") == [(text, T)]


def test_spans_cost_little() -> None:
    source = "<table>" + "<tr><td colspan=999 rowspan=9999>a<td>b</tr>" * 2_000 + "</table>"
    (block,) = html.to_blocks(source)
    assert len(block.text) < 20 * len(source)


CODE = "def sail(boat):\n    return boat\n\n# done"


@pytest.mark.parametrize(
    ("source", "blocks"),
    [
        (f"<pre><code>\n{CODE}\n</code></pre>", [(CODE, "code")]),
        (f"<pre>{CODE}</pre>", [(CODE, "code")]),
        (
            "<pre class='language-text'>One sentence of prose in here.</pre>",
            [("One sentence of prose in here.", "code")],
        ),
        ("<pre>a &amp;amp; b<br>c</pre>", [("a &amp; b\nc", "code")]),
        (
            "<pre>The ferry sails again, the council\nsaid on Monday.\n\nIt had been laid up.</pre>",
            [("The ferry sails again, the council said on Monday.", P), ("It had been laid up.", P)],
        ),
        ("<pre> \n </pre>", []),
    ],
)
def test_preformatted_text(source: str, blocks: list[tuple[str, str]]) -> None:
    assert read(source) == blocks


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("Team       W   L\nElse       3   1\nSands      1   3", [("Team | W | L\nElse | 3 | 1\nSands | 1 | 3", T)]),
        ("Gold 1,234.5\nSilver 23.1\nCopper 8,900", [("Gold 1,234.5\nSilver 23.1\nCopper 8,900", T)]),
        (
            "   The ferry sails again, the\ncouncil said.\n   It had been laid up for a\nmonth.\n   It is old.",
            [
                ("The ferry sails again, the council said.", P),
                ("It had been laid up for a month.", P),
                ("It is old.", P),
            ],
        ),
        (
            "\n     A text that\n     is indented\n     in the source.\n  ",
            [("A text that is indented in the source.", P)],
        ),
        (
            "One sentence a line.\nIt is typed so.\nNothing more.",
            [("One sentence a line. It is typed so. Nothing more.", P)],
        ),
    ],
)
def test_lines_laid_out_within_one_paragraph(text: str, blocks: list[tuple[str, str]]) -> None:
    assert read(f"<p>{text}</p>") == blocks


def test_links_are_counted() -> None:
    blocks = html.to_blocks("<p>All <a href=x>the words</a></p><p><a href=x><b>Read</b> more</a><br>Text</p>")
    assert [block.linked for block in blocks] == [8, 8]


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
def test_deep_nesting_loses_nothing(source: str) -> None:
    assert [block.text for block in html.to_blocks(source)] == ["the end"]


def test_far_cells_cost_no_more_than_their_row() -> None:
    source = "<table><tr>" + "<td>x</td>" * 2_000 + "</tr>" + "<tr><td>y</td></tr>" * 2_000 + "</table>"
    (block,) = html.to_blocks(source)
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
    """Nearly all paragraphs that publishers' own parsers extract from British news pages are blocks here."""
    found = total = 0
    for page in sorted((shared_data / "articles" / "fundus" / "uk").glob("*.html.gz")):
        gold = json.loads((page.parent / f"{page.name.split('_2')[0]}.json").read_text(encoding="utf-8"))
        texts = {
            "".join(block.text.split())
            for block in html.to_blocks(gzip.decompress(page.read_bytes()).decode("utf-8", "replace"))
        }
        for version in gold.values():
            paragraphs = [p for section in version["body"]["sections"] for p in section["paragraphs"]]
            hits = sum("".join(p.split()) in texts for p in paragraphs)
            if 2 * hits > len(paragraphs):  # the version of the parser that fits this page
                found, total = found + hits, total + len(paragraphs)
    assert total > 100
    assert found / total > 0.97
