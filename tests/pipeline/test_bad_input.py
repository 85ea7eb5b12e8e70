"""Bad input never crashes a run and never vanishes: it becomes a dead letter, and the rest is processed."""

import gzip
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from newsbeam.pipeline.cli import main
from tests.support.outputs import json_feed, rows

GOOD = (
    "<rss version='2.0'><channel><title>T</title><item><guid>tag:g,1:1</guid><title>Good</title>"
    "<description>The good entry goes on as if nothing were wrong.</description></item></channel></rss>"
)
BILLION_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]>'
    "<rss version='2.0'><channel><item><title>&d;</title></item></channel></rss>"
)
EXTERNAL = (
    '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    "<rss version='2.0'><channel><item><title>&x;</title></item></channel></rss>"
)


def variant(name: str, old: str, new: str) -> str:
    """The good feed with an entry of its own and one thing changed."""
    return GOOD.replace("tag:g", f"tag:{name}").replace(old, new)


UTF8 = '<?xml version="1.0" encoding="utf-8"?>'
LONG = "<p>" + "word " * 40_000 + "</p><p>The rest of it goes on.</p>"
# name -> the bytes, and the stage that finds fault with them
BAD = {
    "html.xml": (b"<!doctype html><html><head><title>Gone</title></head><body><p>Sorry.</p></body></html>", "parse"),
    "laughs.xml": (BILLION_LAUGHS.encode(), "parse"),
    "external.xml": (EXTERNAL.encode(), "parse"),
    "zero.xml": (b"", "parse"),
    "cut.xml": (variant("cut", "</channel></rss>", "<item><title>Cut o").encode(), "parse"),
    "encoding.xml": ((UTF8 + variant("enc", "Good", "Café über alles naïve")).encode("latin-1"), "parse"),
    "control.xml": (variant("control", "Good", "Go\x08od").encode(), "parse"),
    "year9999.xml": (
        variant("year", "<title>G", "<pubDate>Fri, 31 Dec 9999 23:59:59 GMT</pubDate><title>G").encode(),
        "parse",
    ),
    "paragraph.json": (json_feed({"tag:p,1:1": ("2026-11-20T08:00:00Z", LONG)}).encode(), "text"),
}


def write_files(folder, names) -> None:
    (folder / "feeds").mkdir(parents=True)
    for name in names:
        (folder / "feeds" / name).write_bytes(BAD[name][0])
    (folder / "feeds" / "good.xml").write_text(GOOD)


def run(folder, feeds="  - {path: 'feeds/*', language: en}\n", more="") -> int:
    config = folder / "config.yaml"
    config.write_text(f"output: {folder / 'output'}\nfeeds:\n{feeds}entities: {{models: {{}}}}\n{more}")
    return main(["run", str(config), "--quiet", "--direct_num_workers=1"])


def test_every_bad_file_is_a_dead_letter_and_the_run_goes_on(tmp_path):
    write_files(tmp_path, BAD)
    assert run(tmp_path) == 0
    output = tmp_path / "output"
    letters = rows(output, "SELECT uri, stage, error, message, payload FROM dead_letters")
    for name, (_, stage) in BAD.items():
        matching = [letter for letter in letters if name in letter[0] or name in letter[3]]
        assert len(matching) == 1, (name, [letter[:4] for letter in letters])
        assert matching[0][1] == stage
        assert matching[0][3], "a reason"
    assert len(letters) == len(BAD)
    by_name = {letter[0].rpartition("/")[2]: letter for letter in letters}
    for name in ("html.xml", "laughs.xml", "external.xml", "cut.xml", "encoding.xml", "control.xml", "zero.xml"):
        assert by_name[name][4] == BAD[name][0]
    entries = dict(rows(output, "SELECT feed_url, any_value(title) FROM entries GROUP BY 1"))
    assert entries["feeds/good.xml"] == "Good"
    assert entries["feeds/control.xml"] == "Good"
    assert entries["feeds/encoding.xml"] == "Café über alles naïve"
    assert entries["feeds/cut.xml"] == "Good"
    assert not {"feeds/html.xml", "feeds/laughs.xml", "feeds/external.xml", "feeds/zero.xml"} & entries.keys()
    assert rows(output, "SELECT published, published_raw FROM entries WHERE feed_url = 'feeds/year9999.xml'") == [
        (None, "Fri, 31 Dec 9999 23:59:59 GMT")
    ]
    texts = [text for (text,) in rows(output, "SELECT text FROM paragraphs WHERE feed_url = 'feeds/paragraph.json'")]
    assert texts == ["The rest of it goes on."]
    assert not rows(output, "SELECT 1 FROM paragraphs WHERE text LIKE '%root:%' OR text LIKE '%hahaha%'")


@pytest.mark.slow
def test_a_hundred_thousand_entries_are_read(tmp_path):
    (tmp_path / "feeds").mkdir()
    items = [{"id": f"tag:many,1:{i}", "content_text": f"Entry {i % 7}"} for i in range(100_000)]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Many", "items": items}
    (tmp_path / "feeds" / "many.json").write_text(json.dumps(feed))
    assert run(tmp_path, more="topics: {max: 0}\nslice: 20000\nlimits: {entries: 3000}\n") == 0
    assert rows(tmp_path / "output", "SELECT count(*) FROM entries") == [(3000,)]


@pytest.mark.slow
def test_a_hundred_thousand_entries_are_all_read_without_a_limit(tmp_path):
    (tmp_path / "feeds").mkdir()
    items = "".join(
        f"<item><guid>tag:many,1:{i}</guid><title>Entry {i}</title><description>Text {i % 7}.</description></item>"
        for i in range(100_000)
    )
    (tmp_path / "feeds" / "many.xml").write_text(f"<rss version='2.0'><channel><title>T</title>{items}</channel></rss>")
    assert run(tmp_path, more="topics: {max: 0}\nslice: 20000\nlimits: {entries: null}\n") == 0
    assert rows(tmp_path / "output", "SELECT count(*), count(DISTINCT entry_id) FROM entries") == [(100_000, 100_000)]


class _Bombs(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/bomb":
            body = gzip.compress(bytes(300_000_000), 1)
            self.send_response(200)
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        elif self.path == "/long":
            self.send_response(200)
            self.end_headers()
            try:
                for _ in range(200):
                    self.wfile.write(b" " * 1_000_000)
            except OSError:
                pass  # the reader had enough
        else:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(GOOD.encode())

    def log_message(self, *args):
        pass


@pytest.fixture
def bombs() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Bombs)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.slow
def test_bodies_without_end_are_cut_off_at_the_limit(tmp_path, bombs):
    feeds = "".join(f"  - {{url: '{bombs}/{name}'}}\n" for name in ("bomb", "long", "good"))
    assert run(tmp_path, feeds, "limits: {body: 10MB}\nfetch: {allow_networks: [127.0.0.0/8]}\n") == 0
    output = tmp_path / "output"
    assert rows(output, "SELECT title FROM entries") == [("Good",)]
    letters = rows(output, "SELECT uri, stage, octet_length(payload) FROM dead_letters ORDER BY uri")
    assert [(uri.rpartition("/")[2], stage) for uri, stage, _ in letters] == [("bomb", "read"), ("long", "read")]
    assert all(0 < size <= 10_000_000 for _, _, size in letters)
    polls = rows(output, "SELECT feed_url, status, error FROM polls ORDER BY feed_url")
    assert [status for _, status, _ in polls] == ["error", "ok", "error"]
