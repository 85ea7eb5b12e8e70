import gzip
import io
import os
import zipfile

import apache_beam as beam
from apache_beam.testing import test_pipeline
from apache_beam.testing.util import assert_that, equal_to

from newsbeam.transforms.read.http import FetchSettings
from newsbeam.transforms.read.read_documents import ReadDocuments
from newsbeam.transforms.read.sources import expand_wire


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
    sources = [(source, None) for source in expand_wire("drop", base=tmp_path)]
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
