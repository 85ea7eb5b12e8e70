import gzip
import os
import time
import zlib

import brotli
import pytest
from backports import zstd

from newsbeam.transforms.read.codings import PIECE_BYTES, CodingError, codings, decode

TEXT = b"The ferry left the harbour at noon. " * 20_000
NOISE = os.urandom(300_000)


def bare_deflate(data: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


def split(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


PACKERS = {
    "gzip": ("gzip", gzip.compress),
    "x-gzip": ("X-GZIP", gzip.compress),
    "zlib": ("deflate", zlib.compress),
    "bare deflate": ("deflate", bare_deflate),
    "brotli": ("br", lambda data: brotli.compress(data, quality=5)),
    "zstd": ("zstd", zstd.compress),
    "chain": ("gzip, br", lambda data: brotli.compress(gzip.compress(data), quality=5)),
}
packers = pytest.mark.parametrize(("header", "pack"), PACKERS.values(), ids=PACKERS)


@packers
@pytest.mark.parametrize("size", [1, 7, 4096, 10_000_000])
@pytest.mark.parametrize("data", [b"", b"a", TEXT, bytes(1_000_000)], ids=["nothing", "letter", "text", "zeros"])
def test_decode(header, pack, size, data):
    pieces = list(decode(header, split(pack(data), size)))
    assert b"".join(pieces) == data
    assert max(map(len, pieces), default=0) <= 4 * PIECE_BYTES


@packers
def test_decode_noise(header, pack):
    assert b"".join(decode(header, split(pack(NOISE), 5000))) == NOISE


@packers
def test_an_empty_body_is_not_an_error(header, pack):
    assert b"".join(decode(header, [])) == b""


@packers
@pytest.mark.parametrize("kept", [1, 5, 0.1, 0.5, 0.99, -1])
def test_a_stream_that_is_cut_off_is_an_error(header, pack, kept):
    packed = pack(TEXT + NOISE[:1000])
    with pytest.raises(CodingError, match="cut off"):
        list(decode(header, split(packed[: int(kept * len(packed)) if isinstance(kept, float) else kept], 1000)))


@pytest.mark.parametrize("header", ["gzip", "br", "zstd", "deflate"])
def test_something_else_is_an_error(header):
    with pytest.raises(CodingError, match=f"^{header}: "):
        list(decode(header, [b"<rss version='2.0'>"]))


@pytest.mark.parametrize("size", [1, 50, 10_000_000])
def test_members_frames_and_padding(size):
    two = gzip.compress(TEXT) + gzip.compress(b"") + gzip.compress(b"end")
    assert b"".join(decode("gzip", split(two, size))) == TEXT + b"end"
    assert b"".join(decode("gzip", split(two + bytes(600), size))) == TEXT + b"end"
    assert b"".join(decode("gzip", split(two + b"\x1f", size))) == TEXT + b"end"
    assert b"".join(decode("deflate", split(zlib.compress(TEXT) + b"\n", size))) == TEXT
    frames = zstd.compress(TEXT) + zstd.compress(b"") + zstd.compress(b"end")
    assert b"".join(decode("zstd", split(frames, size))) == TEXT + b"end"


def test_a_second_member_that_breaks_is_an_error():
    second = bytearray(gzip.compress(NOISE))
    for broken in (bytes(second[:-4]), bytes(second[:-8]) + b"checksum"):
        with pytest.raises(CodingError):
            list(decode("gzip", [gzip.compress(TEXT) + broken]))


def test_a_zstd_window_is_8_megabytes_at_most():
    compressor = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 27})
    packed = compressor.compress(bytes(1000), mode=zstd.ZstdCompressor.FLUSH_BLOCK) + compressor.flush()
    with pytest.raises(CodingError, match="zstd: "):
        list(decode("zstd", [packed]))


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("", []),
        ("identity", []),
        ("utf-8", []),
        ("gzip, utf-8", []),
        (" GZip ", ["gzip"]),
        ("gzip,br", ["gzip", "br"]),
    ],
)
def test_codings(header, names):
    assert codings(header) == names
    if not names:
        assert list(decode(header, [TEXT])) == [TEXT]


def test_a_chain_has_an_end():
    with pytest.raises(CodingError, match="6 content codings"):
        decode(",".join(["gzip"] * 6), [b""])


def packed_again_and_again(data: bytes, times: int) -> bytes:
    for _ in range(times):
        data = gzip.compress(data)
    return data


@pytest.mark.parametrize(
    ("header", "body"),
    [
        ("gzip, gzip, gzip, gzip", packed_again_and_again(gzip.compress(b"") * 2_000_000, 3)),
        ("gzip", gzip.compress(b"") * 1_000_000),
        ("zstd", zstd.compress(b"") * 1_000_000),
        ("zstd, gzip", gzip.compress(zstd.compress(b"") * 1_000_000)),
        ("gzip, br", brotli.compress(gzip.compress(b"a") * 500_000, quality=5)),
        ("gzip", gzip.compress(bytes(300_000_000), 1)),
    ],
)
def test_decoding_time_is_bounded_by_the_size_of_the_input(header, body):
    started = time.process_time()
    with pytest.raises(CodingError, match=r"its [\d,]+ bytes unpack to more than 100 times as many"):
        for _ in decode(header, split(body, 65_536)):
            pass
    assert time.process_time() - started < 10


def test_a_log_that_is_compressed_line_by_line_is_not_an_attack():
    line = gzip.compress(NOISE[:80] + b"a line\n")
    assert sum(map(len, decode("gzip", split(line * 200_000, 65_536)))) == 87 * 200_000
