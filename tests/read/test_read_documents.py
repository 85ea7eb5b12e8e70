import gzip
import io
import os
import threading
import zipfile
from ipaddress import ip_network

import apache_beam as beam
from apache_beam.testing import test_pipeline
from apache_beam.testing.util import assert_that, equal_to

from newsbeam.transforms.read.http import FetchSettings
from newsbeam.transforms.read.read_documents import ReadDocuments
from newsbeam.transforms.read.source_spec import SourceSpec
from newsbeam.transforms.read.sources import expand_wire
from newsbeam.transforms.records import Source


def test_a_drop_with_bad_files_and_archives(tmp_path):
    drop = tmp_path / "drop"
    drop.mkdir()
    (drop / "a.xml").write_bytes(b"<a/>")
    (drop / "b.xml.gz").write_bytes(gzip.compress(b"<b/>"))
    (drop / "dangling.xml").symlink_to("nowhere")
    (drop / "long.xml").write_bytes(bytes(101))
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("c.xml", b"<c/>")
        file.writestr("long.xml", bytes(101))
    (drop / "c.zip").write_bytes(archive.getvalue())
    os.mkfifo(drop / "fifo.xml")
    sources = [(source, None) for source in expand_wire(SourceSpec("drop", base=tmp_path))]
    with test_pipeline.TestPipeline() as pipeline:
        read = pipeline | beam.Create(sources) | ReadDocuments(FetchSettings(max_bytes=100))
        documents = read.documents | "Names" >> beam.Map(lambda each: (os.path.basename(each.uri), each.body))
        polls = read.polls | "Statuses" >> beam.Map(lambda poll: (os.path.basename(poll.feed_url), poll.status))
        letters = read.dead_letters | "Reasons" >> beam.Map(lambda each: (os.path.basename(each.uri), each.error))
        expected = [("a.xml", b"<a/>"), ("b.xml.gz!b.xml", b"<b/>"), ("c.zip!c.xml", b"<c/>")]
        assert_that(documents, equal_to(expected), "Documents")
        statuses = {"a.xml": "ok", "b.xml.gz": "ok", "c.zip": "ok", "dangling.xml": "error", "long.xml": "error"}
        assert_that(polls, equal_to(list(statuses.items())), "Polls")
        too_long = [("c.zip!long.xml", "BodyTooLongError"), ("long.xml", "BodyTooLongError")]
        assert_that(letters, equal_to(too_long), "Letters")


def polls_of(pipeline, *urls: str):
    """Return the paths of the feeds that were asked, and how they were answered."""
    settings = FetchSettings(allow_networks=(ip_network("127.0.0.0/8"), ip_network("::1")))
    sources = [(Source(url, "A source", url), None) for url in urls]
    read = pipeline | beam.Create(sources) | ReadDocuments(settings)
    return read.polls | "Statuses" >> beam.Map(lambda poll: (poll.feed_url.rpartition("/")[2], poll.http_status))


def test_the_feeds_of_a_host_one_after_another_and_hosts_at_once(serve, respond):
    under_way, most, together = [], [], threading.Barrier(2, timeout=5)

    def answer(request):
        host = request.headers["host"].partition(":")[0]
        under_way.append(host)
        most.append(under_way.count(host))
        if request.path == "/0":
            together.wait()
        under_way.remove(host)
        return respond(b"x")

    server = serve(answer)
    urls = [server.url(f"/{number}", host=host) for number in range(4) for host in ("127.0.0.1", "localhost")]
    with test_pipeline.TestPipeline() as pipeline:
        assert_that(polls_of(pipeline, *urls), equal_to([(str(number), 200) for number in range(4)] * 2))
    assert set(most) == {1}


def test_after_a_429_a_server_is_asked_no_further_but_another_port_of_its_host_is(serve, respond):
    tired = serve(
        lambda request: respond(status="429 Too Many" if request.path == "/b" else "200 OK", retry_after="60")
    )
    other = serve(respond(b"x"))
    urls = [tired.url("/a"), tired.url("/b"), tired.url("/c"), other.url("/d"), tired.url("/e")]
    with test_pipeline.TestPipeline() as pipeline:
        assert_that(polls_of(pipeline, *urls), equal_to([("a", 200), ("b", 429), ("d", 200)]))
    assert [request.path for request in tired.requests] == ["/a", "/b"]
