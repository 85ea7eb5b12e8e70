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
from dataclasses import replace
from pathlib import Path

import brotli
import pytest
from backports import zstd

from newsbeam.transforms.errors import FetchError
from newsbeam.transforms.read import failures
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
    return HttpClient(replace(FetchSettings(), **changes))


def test_an_answer_holds_the_body_and_the_headers_that_matter(serve, respond, client):
    server = serve(
        respond(
            FEED,
            content_type="application/rss+xml; charset=utf-8",
            etag='W/"7"',
            last_modified="Tue, 03 Mar 2026 10:00:00 GMT",
            retry_after="60",
            cache_control="max-age=300",
        )
    )
    answer = client.get(server.url())
    assert (answer.url, answer.status, answer.body) == (server.url(), 200, FEED)
    assert answer.media_type == "application/rss+xml; charset=utf-8"
    assert (answer.etag, answer.last_modified) == ('W/"7"', "Tue, 03 Mar 2026 10:00:00 GMT")
    assert (answer.retry_after, answer.cache_control) == ("60", "max-age=300")
    assert 0 < answer.duration_s < 5


def test_a_request_says_who_asks_and_what_it_takes(serve, respond, client):
    server = serve(respond(FEED, set_cookie="id=1"))
    client.get(server.url())
    client.get(server.url())
    headers = server.requests[1].headers
    assert headers["user-agent"] == USER_AGENT
    assert "(+https://" in USER_AGENT
    assert set(headers["accept-encoding"].split(",")) == {"gzip", "deflate", "br", "zstd"}
    assert headers["accept"].startswith("application/atom+xml, application/rss+xml, application/feed+json")
    assert not {"cookie", "if-none-match", "if-modified-since", "authorization"} & headers.keys()


def test_validators_are_sent_and_a_304_is_an_answer(serve, respond, client):
    server = serve(respond(status="304 Not Modified", length=False, etag='"8"'))
    answer = client.get(server.url(), etag='"7"', last_modified="Tue, 03 Mar 2026 10:00:00 GMT")
    assert (answer.status, answer.body, answer.etag) == (304, b"", '"8"')
    assert server.requests[0].headers["if-none-match"] == '"7"'
    assert server.requests[0].headers["if-modified-since"] == "Tue, 03 Mar 2026 10:00:00 GMT"


def test_a_304_that_nobody_asked_for_is_an_error(serve, respond, client):
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


def test_a_long_body_is_cut_while_it_comes(serve, respond, client):
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


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_body_that_its_coding_does_not_fit_is_kept_as_it_came(serve, respond, client, coding):
    with pytest.raises(failures.BrokenBodyError, match=f"can't be decompressed: {coding}: ") as caught:
        client.get(serve(respond(FEED, content_encoding=coding)).url())
    assert (caught.value.body, caught.value.http_status) == (FEED, 200)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_body_that_was_cut_off_before_it_was_sent_is_kept_as_it_came(serve, respond, client, coding):
    body = CODINGS[coding](FEED)[:-6]
    with pytest.raises(
        failures.BrokenBodyError, match=f"can't be decompressed: {coding}: the stream is cut off"
    ) as caught:
        client.get(serve(respond(body, content_encoding=coding)).url())
    assert caught.value.body == body


def test_a_gzip_that_breaks_halfway_is_kept_as_it_came(serve, respond, client):
    body = bytearray(gzip.compress(FEED))
    body[-8] ^= 0xFF  # the checksum
    with pytest.raises(failures.BrokenBodyError, match="incorrect data check") as caught:
        client.get(serve(respond(bytes(body), content_encoding="gzip")).url())
    assert caught.value.body == bytes(body)


@pytest.mark.parametrize("coding", ["", "gzip"])
def test_a_connection_that_ends_too_early_keeps_what_came(serve, respond, client, coding):
    body = gzip.compress(FEED) if coding else FEED
    head = respond(length=False, content_length=str(len(body) + 10), content_encoding=coding)
    with pytest.raises(failures.BrokenBodyError, match=f"cut off after {len(FEED)} bytes") as caught:
        client.get(serve(head + body).url())
    assert (caught.value.body, caught.value.http_status) == (FEED, 200)


def test_a_content_length_that_is_too_short_hides_the_rest(serve, respond, client):
    answer = client.get(serve(respond(length=False, content_length="20") + FEED).url())
    assert answer.body == FEED[:20]


@pytest.mark.parametrize("length", ["many", "-5"])
def test_a_content_length_that_is_none_is_ignored(serve, respond, client, length):
    assert client.get(serve(respond(length=False, content_length=length) + FEED).url()).body == FEED


def test_chunks_are_put_together(serve, respond, client):
    head = respond(length=False, transfer_encoding="chunked")
    assert client.get(serve(head + chunked(FEED[:10], FEED[10:])).url()).body == FEED
    head = respond(length=False, transfer_encoding="chunked", content_encoding="gzip")
    packed = gzip.compress(FEED)
    assert client.get(serve(head + chunked(packed[:9], packed[9:])).url()).body == FEED


@pytest.mark.parametrize("end", [b"", b"ff\r\nabc", b"nonsense\r\n", b"-5\r\nabc\r\n"])
def test_chunks_that_break_off_keep_what_came(serve, respond, client, end):
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


def test_a_loop_of_redirects_ends(serve, respond):
    server = serve(respond(status="302 Found", location="/feed"))
    with with_settings(max_redirects=3) as client, pytest.raises(failures.RedirectError, match="more than 3") as caught:
        client.get(server.url())
    assert (len(server.requests), caught.value.http_status) == (4, 302)


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://a.example/", "javascript:alert(1)", "http://[x/"])
def test_redirects_stay_on_the_web(serve, respond, client, location):
    with pytest.raises(failures.RedirectError, match="no http\\(s\\) URL") as caught:
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
    with with_settings(total_timeout_s=0.25) as client, pytest.raises(failures.TimedOutError) as caught:
        client.get(server.url())
    assert str(caught.value) == "took longer than 0.25 s in all"
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
    with pytest.raises(failures.UnreachableError, match="no answer"):
        client.get(f"http://{host}/")


@pytest.mark.parametrize("answer", [b"", b"what?\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200 + b"\r\n"])
def test_what_is_no_answer_is_unreachable(serve, client, answer):
    server = serve(answer)
    with pytest.raises(failures.UnreachableError, match="no answer"):
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
def test_what_is_no_url_is_refused(client, url):
    with pytest.raises(failures.BadUrlError, match="not a"):
        client.get(url)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Return a PEM file with a new key and a certificate for 127.0.0.1 that nobody has signed."""
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
    with HttpClient() as client:
        assert client.get(tls_server.url(scheme="https")).body == FEED


@pytest.mark.skipif(sys.platform != "linux", reason="reads ru_maxrss as kilobytes")
def test_a_gigabyte_of_zeros_costs_little_memory(serve, respond):
    """In a process of its own, since the peak of this one may be anything by now."""
    bomb = gzip.compress(bytes(100_000_000)) * 10
    assert len(bomb) < 1_100_000
    server = serve(respond(bomb, content_encoding="gzip"))
    script = f"""
import resource
from newsbeam.transforms.read.failures import BodyTooLongError
from newsbeam.transforms.read.http import HttpClient
client = HttpClient()
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
