import gzip
import zlib

import brotli
import pytest

from newsbeam.transforms.read.bodies import Body, unpack

TEXT = b"<rss version='2.0'>" + bytes(range(32, 127)) * 99


@pytest.mark.parametrize("cut", [1, 4, 8, 9, 100])
@pytest.mark.parametrize("coding", ["", "gzip"])
def test_of_a_gzip_without_its_end_the_beginning_is_kept(coding, cut):
    body = unpack(gzip.compress(TEXT)[:-cut], coding, 1_000_000)
    assert body.problem == "gzip: the stream is cut off"
    assert TEXT.startswith(body.data)
    assert (body.data == TEXT) == (cut < 100)


def test_of_two_layers_the_inner_one_is_opened_as_far_as_the_outer_one_is_whole():
    body = unpack(gzip.compress(gzip.compress(TEXT))[:-8], "gzip", 1_000_000)
    assert (body.data, body.problem) == (TEXT, "gzip: the stream is cut off")


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "identity", "utf-8", "", "gzip, br"])
def test_an_empty_body_stays_empty(coding):
    assert unpack(b"", coding, 10) == Body(b"")


@pytest.mark.parametrize(("coding", "pack"), [("deflate", zlib.compress), ("br", brotli.compress)])
def test_compressed_bytes_are_not_taken_for_text(coding, pack):
    assert unpack(pack(TEXT), coding, 1_000_000) == Body(TEXT)


def test_the_limit():
    assert unpack(gzip.compress(TEXT), "", 100) == Body(TEXT[:100], too_long=True)
    assert unpack(b"x", ", ".join(["gzip"] * 6), 100).problem == "6 content codings; at most 5 are decoded"


def test_a_gzip_that_is_announced_as_another_coding():
    for coding in ("deflate", "br", "deflate, gzip"):
        assert unpack(gzip.compress(TEXT), coding, 1_000_000) == Body(TEXT)


def test_of_a_gzip_with_a_wrong_checksum_all_is_kept():
    packed = bytearray(gzip.compress(TEXT))
    packed[-6] ^= 255
    body = unpack(bytes(packed), "gzip", 1_000_000)
    assert (body.data, "incorrect data check" in body.problem) == (TEXT, True)
