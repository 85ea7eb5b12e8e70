import gzip
import pickle
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_network
from pathlib import Path

import brotli
import pytest
from backports import zstd

from newsbeam.transforms.errors import FetchError
from newsbeam.transforms.read import failures
from newsbeam.transforms.read.access import Access, split_userinfo
from newsbeam.transforms.read.http import USER_AGENT, FetchSettings, HttpClient, normalise_url

FEED = b"<rss version='2.0'><channel><title>Harbour news</title></channel></rss>\n" * 40
BOMB_BYTES = 20_000_000


def raw_deflate(data: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


CODINGS = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstd.compress,
}


def chunked(*pieces: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (*pieces, b""))


def with_settings(**changes) -> HttpClient:
    return HttpClient(FetchSettings(**{"allow_networks": (ip_network("127.0.0.0/8"),), **changes}))


def test_an_answer_holds_the_body_and_the_headers_that_matter(serve, respond, client):
    server = serve(
        respond(
            FEED,
            content_type="application/rss+xml; charset=utf-8",
            etag='W/"7"',
            last_modified="Tue, 03 Mar 2026 10:00:00 GMT",
            retry_after="60",
        )
    )
    answer = client.get(server.url())
    assert (answer.url, answer.status, answer.body) == (server.url(), 200, FEED)
    assert answer.media_type == "application/rss+xml; charset=utf-8"
    assert (answer.etag, answer.last_modified) == ('W/"7"', "Tue, 03 Mar 2026 10:00:00 GMT")
    assert answer.retry_after == "60"
    assert 0 < answer.duration_s < 5


def test_headers_of_a_request(serve, respond, client):
    server = serve(respond(FEED, set_cookie="id=1"))
    client.get(server.url())
    client.get(server.url())
    headers = server.requests[1].headers
    assert headers["user-agent"] == USER_AGENT
    assert USER_AGENT.startswith("newsbeam/")
    assert set(headers["accept-encoding"].split(",")) == {"gzip", "deflate", "br", "zstd"}
    assert headers["accept"].startswith("application/atom+xml, application/rss+xml, application/feed+json")
    assert not {"cookie", "if-none-match", "if-modified-since", "authorization"} & headers.keys()


def test_validators_are_sent_and_a_304_is_an_answer(serve, respond, client):
    server = serve(respond(status="304 Not Modified", length=False, etag='"8"'))
    answer = client.get(server.url(), etag='"7"', last_modified="Tue, 03 Mar 2026 10:00:00 GMT")
    assert (answer.status, answer.body, answer.etag) == (304, b"", '"8"')
    assert server.requests[0].headers["if-none-match"] == '"7"'
    assert server.requests[0].headers["if-modified-since"] == "Tue, 03 Mar 2026 10:00:00 GMT"


def test_an_unexpected_304_is_an_error(serve, respond, client):
    with pytest.raises(failures.HttpStatusError, match="HTTP 304 Not Modified"):
        client.get(serve(respond(status="304 Not Modified", length=False)).url())


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ("204 No Content", "HTTP 204 No Content"),
        ("206 Partial Content", "HTTP 206 Partial Content"),
        ("300 Multiple Choices", "HTTP 300 Multiple Choices"),
        ("301 Moved", "HTTP 301 Moved Permanently"),
        ("404 Nothing\x07here", "HTTP 404 Not Found"),
        ("410 Gone", "HTTP 410 Gone"),
        ("429 Too Many Requests", "HTTP 429 Too Many Requests"),
        ("500 ", "HTTP 500 Internal Server Error"),
        ("530 Origin DNS error", "HTTP 530"),
    ],
)
def test_other_statuses_are_errors_without_a_body(serve, respond, client, sent, said):
    server = serve(respond(b"<html>sorry</html>", status=sent, retry_after="120"))
    with pytest.raises(failures.HttpStatusError) as caught:
        client.get(server.url())
    assert (str(caught.value), caught.value.http_status, caught.value.body) == (said, int(sent[:3]), b"")
    assert (caught.value.uri, caught.value.retry_after) == (server.url(), "120")
    assert len(server.requests) == 1


@pytest.mark.parametrize("coding", [*CODINGS, "GZIP", " gzip"])
def test_codings_are_decoded(serve, respond, client, coding):
    body = CODINGS[coding.strip().lower()](FEED)
    assert client.get(serve(respond(body, content_encoding=coding)).url()).body == FEED


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("deflate", raw_deflate(FEED)),  # RFC 1951 without the zlib header, as old IIS sends it
        ("gzip", gzip.compress(FEED[:100]) + gzip.compress(FEED[100:])),
        ("gzip", gzip.compress(FEED) + b"\0" * 40),
        ("zstd", zstd.compress(FEED[:100]) + zstd.compress(FEED[100:])),
        ("gzip, br", brotli.compress(gzip.compress(FEED))),
        ("identity", FEED),
        ("utf-8", FEED),
        ("", FEED),
        ("gzip", b""),
    ],
    ids=["raw deflate", "two members", "padding", "two frames", "chain", "identity", "no coding", "empty", "no body"],
)
def test_odd_codings_are_decoded(serve, respond, client, coding, body):
    assert client.get(serve(respond(body, content_encoding=coding)).url()).body == (FEED if body else b"")


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_bomb_stops_at_the_limit(serve, respond, client, coding):
    bomb = CODINGS[coding](bytes(BOMB_BYTES))
    with pytest.raises(failures.BodyTooLongError, match="longer than 1000000 bytes") as caught:
        client.get(serve(respond(bomb, content_encoding=coding)).url())
    assert caught.value.body == bytes(1_000_000)


def test_a_bomb_in_a_bomb_stops_at_the_limit(serve, respond, client):
    bomb = gzip.compress(gzip.compress(bytes(BOMB_BYTES)))
    with pytest.raises(failures.BodyTooLongError) as caught:
        client.get(serve(respond(bomb, content_encoding="gzip, gzip")).url())
    assert caught.value.body == bytes(1_000_000)


def test_members_without_content_stop_at_the_limit(serve, respond, client):
    body = gzip.compress(b"", mtime=0) * 60_000
    with pytest.raises(failures.BodyTooLongError) as caught:
        client.get(serve(respond(body, content_encoding="gzip")).url())
    assert caught.value.body == body[:1_000_000]


@pytest.mark.parametrize("size", [999_999, 1_000_000])
def test_a_body_up_to_the_limit_is_read(serve, respond, client, size):
    assert len(client.get(serve(respond(bytes(size))).url()).body) == size


def test_a_long_body_is_cut_while_it_is_received(serve, respond, client):
    sent = []

    def two_hundred_megabytes():
        yield respond(length=False, content_length="200000000")
        for _ in range(200):
            sent.append(1)
            yield bytes(1_000_000)

    with pytest.raises(failures.BodyTooLongError) as caught:
        client.get(serve(lambda request: two_hundred_megabytes()).url())
    assert len(caught.value.body) == 1_000_000
    assert len(sent) < 20


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, br", "identity"])
@pytest.mark.parametrize("body", [FEED, b"\xef\xbb\xbf\n" + FEED, b'{"items": []}', "Größe: 5 Meter".encode()])
def test_text_that_was_not_packed_as_announced_is_read_as_it_is(serve, respond, client, coding, body):
    assert client.get(serve(respond(body, content_encoding=coding)).url()).body == body


@pytest.mark.parametrize(
    ("announced", "body"),
    [
        ("", gzip.compress(FEED)),
        ("identity, gzip", gzip.compress(FEED)),
        ("gzip", gzip.compress(gzip.compress(FEED))),
        ("gzip, gzip", gzip.compress(FEED)),
        ("", gzip.compress(gzip.compress(FEED))),
        ("deflate, gzip", gzip.compress(FEED)),
        ("br", brotli.compress(gzip.compress(FEED))),
        ("zstd", gzip.compress(FEED)),
    ],
)
def test_a_body_that_is_packed_otherwise_than_announced_is_unpacked(serve, respond, client, announced, body):
    assert client.get(serve(respond(body, content_encoding=announced)).url()).body == FEED


@pytest.mark.parametrize("coding", ["deflate", "br"])
def test_a_body_of_another_coding_is_kept_as_received(serve, respond, client, coding):
    body = bytes(range(128, 256)) * 9
    with pytest.raises(failures.BrokenBodyError, match=f"can't be decompressed: {coding}: ") as caught:
        client.get(serve(respond(body, content_encoding=coding)).url())
    assert (caught.value.body, caught.value.http_status) == (body, 200)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_body_that_was_cut_off_before_it_was_sent_is_kept_as_received(serve, respond, client, coding):
    body = CODINGS[coding](FEED)[:-6]
    with pytest.raises(
        failures.BrokenBodyError, match=f"can't be decompressed: {coding}: the stream is cut off"
    ) as caught:
        client.get(serve(respond(body, content_encoding=coding)).url())
    assert caught.value.body == body
    assert FEED.startswith(caught.value.readable)


def test_a_gzip_that_is_malformed_halfway_is_kept_as_received(serve, respond, client):
    body = bytearray(gzip.compress(FEED))
    body[-8] ^= 0xFF  # the checksum
    with pytest.raises(failures.BrokenBodyError, match="incorrect data check") as caught:
        client.get(serve(respond(bytes(body), content_encoding="gzip")).url())
    assert caught.value.body == bytes(body)


@pytest.mark.parametrize("coding", ["", "gzip"])
def test_the_bytes_before_the_end_of_a_connection_are_kept(serve, respond, client, coding):
    body = gzip.compress(FEED) if coding else FEED
    head = respond(length=False, content_length=str(len(body) + 10), content_encoding=coding)
    with pytest.raises(failures.BrokenBodyError, match=f"cut off after {len(FEED):,} bytes") as caught:
        client.get(serve(head + body).url())
    assert (caught.value.body, caught.value.http_status) == (FEED, 200)
    assert caught.value.readable == FEED


def test_a_content_length_that_is_too_short_hides_the_rest(serve, respond, client):
    answer = client.get(serve(respond(length=False, content_length="20") + FEED).url())
    assert answer.body == FEED[:20]


@pytest.mark.parametrize("length", ["many", "-5"])
def test_an_invalid_content_length_is_ignored(serve, respond, client, length):
    assert client.get(serve(respond(length=False, content_length=length) + FEED).url()).body == FEED


def test_chunks_are_put_together(serve, respond, client):
    head = respond(length=False, transfer_encoding="chunked")
    assert client.get(serve(head + chunked(FEED[:10], FEED[10:])).url()).body == FEED
    head = respond(length=False, transfer_encoding="chunked", content_encoding="gzip")
    packed = gzip.compress(FEED)
    assert client.get(serve(head + chunked(packed[:9], packed[9:])).url()).body == FEED


@pytest.mark.parametrize("end", [b"", b"ff\r\nabc", b"nonsense\r\n", b"-5\r\nabc\r\n"])
def test_the_bytes_before_the_end_of_chunks_are_kept(serve, respond, client, end):
    head = respond(length=False, transfer_encoding="chunked")
    with pytest.raises(failures.BrokenBodyError, match="cut off") as caught:
        client.get(serve(head + b"4\r\nnews\r\n" + end).url())
    assert caught.value.body.startswith(b"news")


@pytest.mark.parametrize("version", ["HTTP/1.0", "HTTP/1.1"])
def test_a_body_may_end_with_the_connection(serve, respond, client, version):
    assert client.get(serve(respond(version=version, length=False) + FEED).url()).body == FEED


def test_an_empty_body_is_an_answer(serve, respond, client):
    assert client.get(serve(respond(b"")).url()).body == b""


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_redirects_are_followed(serve, respond, client, status):
    def answer(request):
        if request.path == "/feed":
            return respond(status=status, location="/new%20place?a=1#top")
        return respond(FEED)

    server = serve(answer)
    got = client.get(server.url(), etag='"7"')
    assert (got.url, got.body) == (server.url("/new%20place?a=1"), FEED)
    assert server.requests[1].headers["if-none-match"] == '"7"'


@pytest.mark.parametrize(
    ("location", "path"),
    [("//127.0.0.1:{port}/a", "/a"), ("b?c", "/b?c"), ("/Zürich 1", "/Z%C3%BCrich%201"), ("?page=2", "/feed?page=2")],
)
def test_a_location_may_be_relative_and_not_ascii(serve, respond, client, location, path):
    def answer(request):
        if len(server.requests) == 1:
            return respond(status="302 Found", location=location.format(port=server.port))
        return respond(FEED)

    server = serve(answer)
    assert client.get(server.url()).url == server.url(path)
    assert server.requests[1].path == path


@pytest.mark.parametrize(
    ("statuses", "moved_to"),
    [
        (["301 Moved Permanently"], "/1"),
        (["308 Permanent Redirect", "301 Moved Permanently"], "/2"),
        (["301 Moved Permanently", "302 Found", "301 Moved Permanently"], "/1"),
        (["302 Found", "301 Moved Permanently"], ""),
        (["307 Temporary Redirect"], ""),
        ([], ""),
    ],
)
def test_the_new_address_is_that_of_the_first_redirects_if_they_are_permanent(
    serve, respond, client, statuses, moved_to
):
    hops = {f"/{number}": status for number, status in enumerate(statuses)}

    def answer(request):
        status = hops.get(request.path)
        return respond(status=status, location=f"/{int(request.path[1:]) + 1}") if status else respond(FEED)

    server = serve(answer)
    got = client.get(server.url("/0"))
    assert (got.body, got.moved_to) == (FEED, moved_to and server.url(moved_to))


def test_a_loop_of_redirects_ends(serve, respond):
    server = serve(respond(status="302 Found", location="/feed"))
    with with_settings(max_redirects=3) as client, pytest.raises(failures.RedirectError, match="more than 3") as caught:
        client.get(server.url())
    assert (len(server.requests), caught.value.http_status) == (4, 302)


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://a.example/", "javascript:alert(1)", "http://[x/"])
def test_redirects_stay_on_the_web(serve, respond, client, location):
    with pytest.raises(failures.RedirectError, match="not an http\\(s\\) URL") as caught:
        client.get(serve(respond(status="302 Found", location=location)).url())
    assert caught.value.http_status == 302


@pytest.mark.parametrize("where", ["status line", "header", "body", "chunk size", "gzip"])
def test_a_drip_ends_with_the_total_timeout(serve, respond, where):
    before = {
        "status line": b"HTTP/1.1 200 ",
        "header": b"HTTP/1.1 200 OK\r\nx: ",
        "body": respond(length=False, content_length="9999999"),
        "chunk size": respond(length=False, transfer_encoding="chunked"),
        "gzip": respond(length=False, content_encoding="gzip") + gzip.compress(FEED + bytes(9_000_000))[:200],
    }[where]

    def drip(request):
        yield before
        while not server.stopped.wait(0.02):
            yield b"\0" if where == "gzip" else b"0"

    server = serve(drip)
    with with_settings(total_timeout_s=0.75) as client, pytest.raises(failures.TimedOutError) as caught:
        client.get(server.url())
    assert str(caught.value) == "took longer than 0.75 s in total"
    assert bool(caught.value.body) == (where in ("body", "gzip"))


@pytest.mark.parametrize("before", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nnews"])
def test_a_silent_server_ends_with_the_read_timeout(serve, before):
    def silence(request):
        yield before
        server.stopped.wait()

    server = serve(silence)
    with (
        with_settings(read_timeout_s=0.1) as client,
        pytest.raises(failures.TimedOutError, match="timed out") as caught,
    ):
        client.get(server.url())
    assert caught.value.body == before[-4:]
    assert len(server.requests) == 1


def test_no_server_is_unreachable(client):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(failures.UnreachableError, match="refused"):
        client.get(f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize("host", ["name.invalid", "a" * 70 + ".example", "a..b"])
def test_a_host_that_can_not_be_found_is_unreachable(client, host):
    with pytest.raises(failures.UnreachableError, match="no response"):
        client.get(f"http://{host}/")


@pytest.mark.parametrize("answer", [b"", b"what?\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 2000 + b"\r\n"])
def test_an_invalid_response_is_unreachable(serve, client, answer):
    server = serve(answer)
    with pytest.raises(failures.UnreachableError, match="no response"):
        client.get(server.url())
    assert len(server.requests) == 2


def test_a_kept_connection_that_was_dropped_is_replaced(serve, respond, client):
    def answer(request):
        return b"" if len(server.requests) == 1 else respond(FEED)

    server = serve(answer)
    assert client.get(server.url()).body == FEED


def test_connections_are_kept(serve, respond, client):
    def answer(request):
        return respond(FEED) if len(server.requests) == 1 else respond(status="304 Not Modified", length=False)

    server = serve(answer, keep_alive=True)
    client.get(server.url())
    client.get(server.url(), etag='"1"')
    client.get(server.url(), etag='"1"')
    assert [request.connection for request in server.requests] == [1, 1, 1]
    client.close()


def test_a_folded_header_is_one_line(serve, client):
    server = serve(b'HTTP/1.1 200 OK\r\nETag:\r\n  "7"\r\nContent-Length: 0\r\n\r\n')
    answer = client.get(server.url())
    assert answer.etag == '"7"'
    client.get(server.url(), etag=answer.etag)


def test_threads_share_a_client(serve, respond, client):
    everyone = threading.Barrier(16)

    def answer(request):
        everyone.wait(5)
        return respond(request.path.encode(), content_encoding="identity")

    server = serve(answer)
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(client.get, [server.url(f"/{n}") for n in range(16)]))
    assert [answer.body for answer in answers] == [f"/{n}".encode() for n in range(16)]


def test_a_client_survives_pickling(serve, respond, client):
    with pickle.loads(pickle.dumps(client)) as copy:
        assert copy.settings == client.settings
        assert copy.get(serve(respond(FEED)).url()).body == FEED


@pytest.mark.parametrize("kind", failures.SourceError.__subclasses__())
def test_failures_survive_pickling(kind):
    error = kind("why", uri="http://a.example/", http_status=200, body=b"news", retry_after="7")
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), vars(copy)) == (kind, "why", vars(error))
    assert isinstance(copy, FetchError)


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("HTTP://News.Example", "http://news.example/"),
        (" https://a.example/x y?q=ä#part ", "https://a.example/x%20y?q=%C3%A4"),
        ("http://Bücher.example/ä", "http://xn--bcher-kva.example/%C3%A4"),
        ("http://a.example/%C3%A4?x=%20", "http://a.example/%C3%A4?x=%20"),
        ("feed://a.example/x", "http://a.example/x"),
        ("feed:https://a.example/x", "https://a.example/x"),
        ("http://a_b.example/a/../b", "http://a_b.example/b"),
        ("http://[::1]:8080/", "http://[::1]:8080/"),
    ],
)
def test_normalise_url(url, normal):
    assert normalise_url(url) == normal
    assert normalise_url(normal) == normal


@pytest.mark.parametrize("url", ["", "a.example/x", "file:///x", "http://", "http://a.example:99999/", "https:///x"])
def test_invalid_urls_are_rejected(client, url):
    with pytest.raises(failures.BadUrlError, match="not a"):
        client.get(url)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Return a PEM file with a new key and a self-signed certificate for 127.0.0.1."""
    if not shutil.which("openssl"):
        pytest.skip("needs the openssl command")
    path = tmp_path / "server.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", path, "-out", f"{path}.crt"],
        check=True, capture_output=True,
    )  # fmt: skip
    path.write_bytes(path.read_bytes() + Path(f"{path}.crt").read_bytes())
    return path


@pytest.fixture
def tls_server(serve, respond, certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return serve(respond(FEED), wrap=lambda connection: context.wrap_socket(connection, server_side=True))


def test_certificates_are_verified(tls_server, client):
    with pytest.raises(failures.UnreachableError, match="CERTIFICATE_VERIFY_FAILED"):
        client.get(tls_server.url(scheme="https"))


def test_the_systems_certificates_are_trusted(tls_server, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with with_settings() as client:
        assert client.get(tls_server.url(scheme="https")).body == FEED


@pytest.mark.skipif(sys.platform != "linux", reason="reads ru_maxrss as kilobytes")
def test_a_gigabyte_of_zeros_costs_little_memory(serve, respond):
    """In a process of its own, since the peak of this one may be anything by now."""
    bomb = gzip.compress(bytes(100_000_000)) * 10
    assert len(bomb) < 1_100_000
    server = serve(respond(bomb, content_encoding="gzip"))
    script = f"""
import resource
from ipaddress import ip_network
from newsbeam.transforms.read.failures import BodyTooLongError
from newsbeam.transforms.read.http import FetchSettings, HttpClient
client = HttpClient(FetchSettings(allow_networks=[ip_network("127.0.0.1")]))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    client.get({server.url()!r})
except BodyTooLongError as error:
    print(len(error.body), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    printed = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout
    length, kilobytes = map(int, printed.split())
    assert length == FetchSettings().max_bytes
    assert kilobytes < 100_000


@pytest.mark.parametrize("interim", [b"100 Continue", b"102 Processing", b"103 Early Hints"])
def test_interim_responses_are_skipped(serve, respond, client, interim):
    hints = b"HTTP/1.1 %s\r\nLink: </style.css>; rel=preload\r\n\r\n" % interim
    assert client.get(serve(hints * 3 + respond(FEED, etag='"1"')).url()).etag == '"1"'


def test_interim_responses_end(serve, client):
    with pytest.raises(failures.UnreachableError, match="more than 16 interim responses"):
        client.get(serve(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 99).url())


@pytest.mark.parametrize("many", [b"X-%d: value\r\n", b"Set-Cookie: c%d=1\r\n"])
def test_many_header_lines_are_an_answer(serve, client, many):
    head = b"HTTP/1.1 200 OK\r\n" + b"".join(many % number for number in range(600))
    answer = client.get(serve(head + b'ETag: "1"\r\nContent-Length: 4\r\n\r\nnews').url())
    assert (answer.body, answer.etag) == (b"news", '"1"')


def test_an_invalid_header_line_and_a_space_before_the_colon_hide_no_other_headers(serve, client):
    head = b"HTTP/1.1 200 OK\r\nContent-Type : text/xml;\r\n charset=utf-8\r\nwhat?\r\nContent-Length : 4\r\n\r\n"
    answer = client.get(serve(head + b"news, and what is not of it").url())
    assert (answer.body, answer.media_type) == (b"news", "text/xml; charset=utf-8")


def test_cookies_that_a_redirect_sets_are_sent_to_the_end_of_the_redirects(serve, respond, client):
    def answer(request):
        if "seen=1" in request.headers.get("cookie", ""):
            return respond(FEED)
        return respond(status="302 Found", location="/feed", set_cookie="seen=1; Path=/")

    server = serve(answer)
    access = Access.of(cookies={"session": "s3cret"})
    assert client.get(server.url(), access=access).body == FEED
    assert server.requests[1].headers["cookie"] == "session=s3cret; seen=1"
    client.get(server.url())
    assert "cookie" not in server.requests[2].headers


ACCESS = Access.of("user", "pässword", {"X-Key": "s3cret"}, {"session": "t0ken"})


def test_access_is_sent_to_the_source_s_origin_alone(serve, respond, client):
    other = serve(respond(FEED))

    def answer(request):
        return respond(status="302 Found", location={"/feed": "/b", "/b": other.url()}[request.path])

    server = serve(answer)
    assert client.get(server.url(), access=ACCESS).body == FEED
    for request in server.requests:
        headers = request.headers
        assert headers["authorization"] == "Basic dXNlcjpww6Rzc3dvcmQ="
        assert (headers["x-key"], headers["cookie"]) == ("s3cret", "session=t0ken")
    assert not {"authorization", "x-key", "cookie"} & other.requests[0].headers.keys()


def test_access_shows_nothing_of_itself():
    assert repr(ACCESS) == "Access()"
    assert "s3cret" not in repr(FetchSettings(access={"https://a.example/": ACCESS}))


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://a.example/x", True),
        ("https://a.example:443/x", True),
        ("https://A.example/x", True),
        ("http://a.example/", False),
        ("https://a.example:8443/", False),
        ("https://b.a.example/", False),
        ("https://b.example/", False),
    ],
)
def test_an_origin_is_scheme_host_and_port(url, sent):
    assert bool(ACCESS.for_url(url, "https://a.example/feed")) == sent


def test_the_same_host_by_https_is_as_good():
    assert ACCESS.for_url("https://a.example/", "http://a.example/")
    assert not ACCESS.for_url("https://a.example/", "http://a.example:8080/")


@pytest.mark.parametrize(
    "given",
    [
        {"headers": {"a b": "s3cret"}},
        {"headers": {"a": "s3cret\r\nb: c"}},
        {"headers": {"Host": "s3cret"}},
        {"headers": {"Authorization": "s3cret"}, "user": "u"},
        {"cookies": {"a": "s3cret; b=c"}},
        {"user": "a:b", "password": "s3cret"},
    ],
)
def test_values_that_can_not_be_sent_are_rejected_without_being_shown(given):
    with pytest.raises(ValueError, match=r"header|cookie|name") as caught:
        Access.of(**given)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://u:p%40ss@a.example/x", ("https://a.example/x", "u", "p@ss")),
        ("feed://u@a.example/x", ("feed://a.example/x", "u", "")),
        ("feed:https://u:p@a.example/x", ("feed:https://a.example/x", "u", "p")),
        ("https://u:p@q@a.example", ("https://a.example", "u", "p@q")),
        ("https://a.example/x@y", ("https://a.example/x@y", None, "")),
        ("https://a.example?u:p@b", ("https://a.example?u:p@b", None, "")),
        ("/a/path@home", ("/a/path@home", None, "")),
    ],
)
def test_a_name_and_a_password_are_taken_out_of_a_url(url, expected):
    assert split_userinfo(url) == expected


def test_a_redirect_with_a_password_shows_it_nowhere(serve, respond, client):
    def answer(request):
        location = f"http://u:s3cret@127.0.0.1:{server.port}/b"
        return b"" if request.path == "/b" else respond(status="302 Found", location=location)

    server = serve(answer)
    with pytest.raises(failures.UnreachableError) as caught:
        client.get(server.url())
    assert caught.value.uri == server.url("/b")
    assert "authorization" not in server.requests[1].headers


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0177.0.0.1", "0x7f.1", "127.1", "localhost", "[::1]"])
def test_a_server_of_this_machine_gets_nothing(serve, respond, host):
    server = serve(respond(FEED))
    with HttpClient() as client, pytest.raises(failures.AddressError, match="allow_networks"):
        client.get(server.url(host=host))
    assert server.requests == []


def test_the_error_says_which_key_opens_an_address(serve, respond):
    with HttpClient() as client, pytest.raises(failures.AddressError) as caught:
        client.get(serve(respond(FEED)).url())
    expected = "127.0.0.1 is not an address of the public internet; allow it with fetch.allow_networks in the config"
    assert str(caught.value) == expected


def test_a_redirect_to_an_address_that_is_not_allowed_fails(serve, respond):
    server = serve(lambda request: respond(status="302 Found", location=f"http://127.0.0.2:{server.port}/b"))
    with (
        with_settings(allow_networks=(ip_network("127.0.0.1"),)) as client,
        pytest.raises(failures.AddressError, match=r"127\.0\.0\.2") as caught,
    ):
        client.get(server.url())
    assert caught.value.uri == server.url("/b", host="127.0.0.2")
    assert len(server.requests) == 1


def test_a_name_that_changes_its_mind_is_checked_where_it_is_connected(serve, respond, monkeypatch):
    server = serve(respond(FEED))
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *rest: real("127.0.0.1", *rest))
    with HttpClient() as client, pytest.raises(failures.AddressError, match=r"127\.0\.0\.1"):
        client.get(f"http://harbour.example:{server.port}/feed")
    assert server.requests == []


def test_a_proxy_is_asked_and_its_own_address_is_not_checked(serve, respond, monkeypatch):
    proxy = serve(respond(FEED))
    monkeypatch.setenv("HTTP_PROXY", f"http://me:s3cret@127.0.0.1:{proxy.port}")
    monkeypatch.setenv("NO_PROXY", "direct.example, 127.0.0.2")
    with HttpClient() as client:
        assert client.get("http://harbour.example/feed").body == FEED
        with pytest.raises(failures.AddressError):
            client.get(proxy.url(host="127.0.0.2"))
    assert [request.path for request in proxy.requests] == ["http://harbour.example/feed"]
    assert proxy.requests[0].headers["proxy-authorization"] == "Basic bWU6czNjcmV0"


def test_a_proxy_that_can_not_be_used_is_an_error(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "socks5://127.0.0.1:1")
    with HttpClient() as client, pytest.raises(failures.UnreachableError, match="socks5"):
        client.get("http://harbour.example/feed")
