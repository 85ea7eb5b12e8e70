import bz2
import gzip
import io
import lzma
import os
import random
import re
import stat
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable

import pytest
from backports import zstd

from newsbeam.transforms.ids import FINGERPRINT_BYTES
from newsbeam.transforms.read.archives import HEAD_BYTES, archive_hash, is_archive, unpack

STORY = b"<newsItem>The ferry is back in the harbour.</newsItem>"
LONG = " ".join(map(str, random.Random(1).choices(range(10**9), k=20_000))).encode()
COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstd.compress,
}
FILES = {"b.xml": STORY, "in/a.xml": LONG, "in/empty.xml": b"", "é.txt": b"x"}


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", method) as file:
        for name, body in files.items():
            file.writestr(name, body)
    return archive.getvalue()


def tarred(files: dict[str, bytes], format: int = tarfile.PAX_FORMAT) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=format) as file:
        for name, body in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(body)
            file.addfile(info, io.BytesIO(body))
    return archive.getvalue()


def unpacked(archive: bytes, name: str = "drop/x.zip", max_bytes: int = 1_000_000) -> list[tuple[str, bytes, str]]:
    """Return (name, body, "" or what is wrong) of each member."""
    assert is_archive(archive[:HEAD_BYTES])
    return [
        (member.name, member.body, f"{type(member.error).__name__}: {member.error}" if member.error else "")
        for member in unpack(io.BytesIO(archive), name, max_bytes)
    ]


def fine(files: dict[str, bytes]) -> list[tuple[str, bytes, str]]:
    return [(name, body, "") for name, body in files.items()]


ARCHIVES = {
    "zip": zipped(FILES),
    "stored zip": zipped(FILES, zipfile.ZIP_STORED),
    "tar": tarred(FILES),
    "gnu tar": tarred(FILES, tarfile.GNU_FORMAT),
    "ustar": tarred(FILES, tarfile.USTAR_FORMAT),
    **{f"tar.{name}": compress(tarred(FILES)) for name, compress in COMPRESS.items()},
}


@pytest.mark.parametrize("archive", ARCHIVES.values(), ids=ARCHIVES)
def test_members_come_in_the_order_of_the_archive_whatever_its_name(archive):
    for name in ("drop/x.zip", "story.xml", "no suffix"):
        assert unpacked(archive, name) == fine(FILES)


@pytest.mark.parametrize("suffix", COMPRESS)
@pytest.mark.parametrize(
    ("name", "member"),
    [
        ("drop/story.xml.{}", "story.xml"),
        ("STORY.{}", "STORY"),
        ("s3://bucket/story.xml", "story.xml"),
        ("a.tgz", "a.tgz"),
    ],
)
def test_a_compressed_file_is_its_only_member(suffix, name, member):
    for body in (LONG, b""):
        assert unpacked(COMPRESS[suffix](body), name.format(suffix)) == [(member, body, "")]
    twice = COMPRESS[suffix](STORY) + COMPRESS[suffix](LONG)
    assert unpacked(twice, name.format(suffix)) == [(member, STORY + LONG, "")]


def test_zeros_between_streams_of_xz_are_padding():
    archive = lzma.compress(STORY) + bytes(8) + lzma.compress(STORY) + bytes(4)
    assert unpacked(archive, "a.xml.xz") == [("a.xml", STORY * 2, "")]


@pytest.mark.parametrize("make", [zipped, tarred])
def test_names_are_only_names(make):
    names = ["../../etc/passwd", "/abs.xml", "./a.xml", "a/../b.xml", "n" * 300 + ".xml", "a\nb.xml", "a.xml"]
    assert unpacked(make(dict.fromkeys(names, STORY))) == fine(dict.fromkeys(names, STORY))


@pytest.mark.parametrize("make", [zipped, tarred])
def test_hidden_and_unfinished_members_are_skipped(make):
    names = ["__MACOSX/._a.xml", ".DS_Store", "a.xml.part", "sub.tmp/a.xml", "a.xml~"]
    assert unpacked(make({**dict.fromkeys(names, b"?"), "a.xml": STORY})) == fine({"a.xml": STORY})


def test_the_same_name_twice_is_two_members():
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as file:
        for body in (b"1", b"2"):
            info = tarfile.TarInfo("a.xml")
            info.size = 1
            file.addfile(info, io.BytesIO(body))
    assert [body for _, body, _ in unpacked(archive.getvalue())] == [b"1", b"2"]


def test_folders_links_and_devices_are_skipped():
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as file:
        for kind in (tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE):
            info = tarfile.TarInfo(f"special-{kind!r}")
            info.type, info.linkname = kind, "/etc/passwd"
            file.addfile(info)
        file.addfile(tarfile.TarInfo("a.xml"))
    assert unpacked(archive.getvalue()) == [("a.xml", b"", "")]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.mkdir("folder")
        link = zipfile.ZipInfo("link.xml")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        file.writestr(link, "/etc/passwd")
        file.writestr("a.xml", b"")
    assert unpacked(archive.getvalue()) == [("a.xml", b"", "")]


def test_an_empty_zip():
    assert unpacked(zipped({})) == []


@pytest.mark.parametrize("make", [zipped, tarred, lambda files: gzip.compress(tarred(files))])
def test_archives_in_an_archive_are_unpacked_and_archives_in_these_are_not(make):
    inner = {"x.xml": STORY, "y.xml.gz": gzip.compress(STORY)}
    archive = make({"a.xml.gz": gzip.compress(STORY), "in/b.zip": zipped(inner), "c.tgz": gzip.compress(tarred(inner))})
    too_deep = "ArchiveError: an archive in an archive in an archive is not read"
    assert unpacked(archive) == [
        ("a.xml.gz!a.xml", STORY, ""),
        ("in/b.zip!x.xml", STORY, ""),
        ("in/b.zip!y.xml.gz", inner["y.xml.gz"], too_deep),
        ("c.tgz!x.xml", STORY, ""),
        ("c.tgz!y.xml.gz", inner["y.xml.gz"], too_deep),
    ]


def test_a_malformed_archive_in_an_archive_is_one_bad_member():
    broken = zipped({"x.xml": STORY})[:-9]
    found = unpacked(zipped({"a.zip": broken, "b.xml": STORY}))
    assert found == [("a.zip", broken, "ArchiveError: zip: File is not a zip file"), ("b.xml", STORY, "")]


# What is broken


def test_a_member_with_a_wrong_checksum_is_kept_and_the_others_go_on():
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        archive = bytearray(zipped({"a.xml": STORY, "b.xml": LONG, "c.xml": STORY}, method))
        for start in (archive.index(b"PK\1\2"), archive.rindex(b"PK\1\2")):
            archive[start + 16] ^= 255  # the CRC in the directory
        (a, body, error), b, c = unpacked(bytes(archive))
        assert (a, body, error) == ("a.xml", STORY, "ArchiveError: Bad CRC-32 for file 'a.xml'")
        assert b == ("b.xml", LONG, "")
        assert c[1:] == (STORY, "ArchiveError: Bad CRC-32 for file 'c.xml'")


def test_the_start_of_a_member_that_can_not_be_inflated_is_kept():
    archive = bytearray(zipped({"a.xml": LONG, "b.xml": STORY}))
    archive[60_000:60_100] = b"\xff" * 100
    (_, body, error), b = unpacked(bytes(archive))
    assert error.startswith("ArchiveError: ")
    assert body[:100_000] == LONG[:100_000]
    assert b == ("b.xml", STORY, "")


def test_an_encrypted_member_is_kept_as_it_is():
    archive = bytearray(zipped({"a.xml": STORY, "b.xml": STORY}, zipfile.ZIP_STORED))
    archive[archive.index(b"PK\1\2") + 8] |= 1
    assert unpacked(bytes(archive)) == [("a.xml", STORY, "ArchiveError: encrypted"), ("b.xml", STORY, "")]


def test_an_unbounded_method_is_not_decompressed():
    archive = zipped({"a.xml": bytes(50_000_000)}, zipfile.ZIP_BZIP2)
    ((name, body, error),) = unpacked(archive)
    assert (name, error) == ("a.xml", "ArchiveError: compressed with method 12, which is not supported")
    assert bz2.decompress(body) == bytes(50_000_000)


def test_a_zip_without_its_directory_is_kept_whole():
    archive = zipped(FILES)[:-30]
    assert unpacked(archive) == [("", archive, "ArchiveError: zip: File is not a zip file")]
    assert unpacked(archive, max_bytes=1000) == [("", archive[:1000], "ArchiveError: zip: File is not a zip file")]


@pytest.mark.parametrize("suffix", COMPRESS)
def test_a_stream_that_is_cut_off_is_kept_as_far_as_it_goes(suffix):
    kind = {"gz": "gzip", "bz2": "bzip2", "xz": "xz", "zst": "zstd"}[suffix]
    archive = COMPRESS[suffix](LONG)
    ((name, body, error),) = unpacked(archive[:-50], f"a.xml.{suffix}")
    assert (name, error) == ("a.xml", f"ArchiveError: {kind}: the stream is cut off")
    assert LONG.startswith(body)
    assert unpacked(archive[: len(archive) // 2] + b"\xff" * 5000, "a")[0][2].startswith(f"ArchiveError: {kind}: ")
    if suffix != "bz2":  # a checksum at the end
        assert unpacked(archive[:-6] + bytes(6), "a")[0][2].startswith(f"ArchiveError: {kind}: ")


@pytest.mark.parametrize("make", [lambda body: body, gzip.compress])
def test_members_before_the_cut_of_a_tar_are_read(make):
    whole = tarred({"a.xml": STORY, "b.xml": LONG, "c.xml": STORY})
    archive = make(whole)[:-20_000]
    (a, b, last) = unpacked(archive)
    assert a == ("a.xml", STORY, "")
    assert b[0] == "b.xml"
    assert LONG.startswith(b[1])
    assert b[2].startswith("ArchiveError: ")
    assert last[:2] == ("", archive)
    assert last[2].startswith("ArchiveError: ")


TAR = tarred({"a.xml": STORY})


@pytest.mark.parametrize(
    ("archive", "error"),
    [
        (TAR[:1024], "cut off: the end of the tar is missing"),
        (TAR[:1024] + STORY * 20, "not a tar header: invalid header"),
        (TAR[:1024] + TAR[:300], "not a tar header: truncated header"),
        (TAR + TAR, "bytes after the end of the tar"),
        (gzip.compress(TAR)[:-8] + bytes(8), "gzip: Error -3 while decompressing data: incorrect data check"),
    ],
    ids=["no end", "no header", "half a header", "two", "checksum"],
)
def test_a_tar_never_ends_in_silence(archive, error):
    assert unpacked(archive) == [("a.xml", STORY, ""), ("", archive, f"ArchiveError: {error}")]


# Bombs


def test_a_member_that_is_too_long_is_cut_and_the_others_go_on():
    files = {"a.xml": STORY, "bomb.xml": bytes(1_500_000), "c.xml": STORY}
    too_long = ("bomb.xml", bytes(1_000_000), "BodyTooLongError: longer than 1000000 bytes")
    for make in (zipped, tarred, lambda files: gzip.compress(tarred(files))):
        assert unpacked(make(files)) == [("a.xml", STORY, ""), too_long, ("c.xml", STORY, "")]
    for compress in COMPRESS.values():
        assert unpacked(compress(bytes(5_000_000)), "bomb.xml.gz") == [too_long]


MORE = (
    "BodyTooLongError: unpacks to more than an archive of this size may; the rest was skipped. "
    "To read it, raise limits.unpacked, or unpack the archive into the drop"
)


@pytest.mark.parametrize("make", [zipped, *(lambda files, c=c: c(tarred(files)) for c in COMPRESS.values())])
def test_an_archive_unpacks_to_a_bounded_multiple_of_its_size(make):
    archive = make({f"{number}.xml": bytes(9_000_000) for number in range(5)})
    *members, last = unpacked(archive, max_bytes=10_000_000)
    assert len(members) == 32_000_000 // 9_100_000
    assert last == ("", archive[:10_000_000], MORE)


def test_a_member_that_unpacks_to_more_than_text_does_is_cut():
    archive = zipped({"a.xml": bytes(40_000_000), "b.jpg": random.Random(1).randbytes(500_000), "c.xml": STORY})
    a, _, c = unpacked(archive, max_bytes=50_000_000)
    assert (a[0], len(a[1]), c) == ("a.xml", 32_000_000, ("c.xml", STORY, ""))
    expected = (
        r"BodyTooLongError: longer than 32000000 bytes, which is more than \d+ compressed bytes of text unpack to"
    )
    assert re.fullmatch(expected, a[2])


@pytest.mark.slow
def test_the_budget_grows_with_the_archive():
    files = {f"{number}.txt": str(number).encode() + LONG for number in range(30)}
    for archive in (zipped(files), tarred(files), gzip.compress(tarred(files))):
        assert unpacked(archive, max_bytes=200_000) == fine(files)


def test_a_member_counts_however_short_it_is():
    archive = gzip.compress(tarred({f"{number:05}": b"" for number in range(5000)}))
    *members, last = unpacked(archive)
    assert 32_000_000 // 9_000 <= len(members) <= 32_000_000 // 8_000
    assert last[2] == MORE


@pytest.mark.parametrize("suffix", COMPRESS)
def test_streams_of_nothing_count_too(suffix):
    ((name, _, error),) = unpacked(COMPRESS[suffix](b"") * 100_000, max_bytes=100_000)
    assert (name, error) == ("", MORE)


def test_the_bound_holds_for_all_archives_in_an_archive_together():
    inner = gzip.compress(tarred({f"{number}.xml": bytes(900_000) for number in range(10)}))
    archive = zipped({f"{number}.tgz": inner for number in range(10)})
    *members, last = unpacked(archive)
    assert sum(len(body) for _, body, _ in members) <= 32_000_000
    assert last[2] == MORE


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME])
def test_a_header_of_a_tar_is_not_read_into_memory_whatever_its_size(kind):
    info = tarfile.TarInfo("a.xml")
    info.type, info.size = kind, 8_000_000_000
    ((name, _, error),) = unpacked(info.tobuf(tarfile.USTAR_FORMAT) + bytes(10_000))
    assert (name, error) == ("", "ArchiveError: a tar header that claims 8000000000 bytes")


def extended(header: bytes) -> bytes:
    """Return a pax header with these records before a.xml."""
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, len(header)
    return info.tobuf(tarfile.USTAR_FORMAT) + header + bytes(-len(header) % 512) + TAR


@pytest.mark.parametrize("size", [b"-1", b"1e9", b"", b"x"])
def test_an_invalid_size_in_a_pax_header(size):
    record = b" size=%s\n" % size
    assert unpacked(extended(b"%d%s" % (len(record) + 1 + (len(record) > 8), record))) == [("a.xml", STORY, "")]


@pytest.mark.parametrize("size", [b"9" * 18, b"9" * 5000])
def test_a_size_in_a_pax_header_that_is_not_that_of_the_member(size):
    record = b" size=%s\n" % size
    archive = extended(b"%d%s" % (len(record) + len(b"%d" % len(record)), record))
    (name, _, error), last = unpacked(archive)
    assert (name, error[:14], last[1]) == ("a.xml", "ArchiveError: ", archive)


def test_a_size_of_all_the_world():
    info = tarfile.TarInfo("a.xml")
    info.size = 2**62
    archive = info.tobuf(tarfile.GNU_FORMAT) + STORY + bytes(5000)
    for packed in (archive, gzip.compress(archive)):
        member, last = unpacked(packed)
        assert (member[0], member[2][:14], last[0]) == ("a.xml", "ArchiveError: ", "")
        assert last[2] == "ArchiveError: cut off: a member is shorter than its header says"


@pytest.mark.parametrize(
    "header", [b"1" * 999_000, b"2 " * 400_000, b"5 a=\n" * 190_000, b"7 a=bc" * 100_000, b"10 =" + b"a" * 900_000]
)
def test_pax_headers_take_linear_time(header):
    started = time.process_time()
    assert unpacked(extended(header)) == [("a.xml", STORY, "")]
    assert time.process_time() - started < 5


def test_names_of_pax_headers():
    archive = extended(b"30 mtime=1700000000.123456789\n15 path=\xc3\xa9.xml\n")
    assert unpacked(archive) == [("\xe9.xml", STORY, "")]
    assert unpacked(extended(b"14 path=\xe9.xml\n")) == [("\udce9.xml", STORY, "")]


@pytest.mark.parametrize("version", [b"", b"22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n"])
def test_a_sparse_file_of_a_pax_header_is_not_read(version):
    archive = extended(version + b"25 GNU.sparse.name=b.xml\n22 GNU.sparse.size=99\n")
    assert unpacked(archive) == [("b.xml", b"", "ArchiveError: sparse files are not read")]


def test_a_sparse_file_is_not_read():
    info = tarfile.TarInfo("a.xml")
    info.type = tarfile.GNUTYPE_SPARSE
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[483:495] = b"77777777777\0"
    header[148:156] = b"%06o\0 " % (sum(header[:148]) + 8 * 32 + sum(header[156:]))
    assert unpacked(bytes(header) + bytes(1024)) == [("a.xml", b"", "ArchiveError: sparse files are not read")]


def test_a_directory_of_a_zip_is_not_read_into_memory_whatever_its_size():
    archive = io.BytesIO(zipped({"a.xml": STORY}))
    archive.seek(0, os.SEEK_END)
    end = bytearray(archive.getvalue()[-22:])
    end[12:20] = (40_000_000).to_bytes(4, "little") + bytes(4)
    archive.write(bytes(40_000_000) + end)
    ((name, _, error),) = unpacked(archive.getvalue())
    assert (name, error) == ("", "ArchiveError: the directory of the zip is longer than 32000000 bytes")


def test_memory_that_a_stream_of_xz_asks_for_is_bounded():
    archive = bytearray(lzma.compress(STORY, filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 4096}]))
    header = bytearray(archive[12:24])
    header[4] = 34  # a dictionary of 512 MB
    header[8:] = zlib.crc32(header[:8]).to_bytes(4, "little")
    archive[12:24] = header
    assert unpacked(bytes(archive), "a.xz") == [("a", b"", "ArchiveError: xz: Memory usage limit exceeded")]


# Everything else


def test_other_files_are_not_archives():
    for head in (b"", b"PK", STORY, LONG[:HEAD_BYTES], b"BZh9 is a name", bytes(HEAD_BYTES), bytes(300), b"\x1f\x8b"):
        assert not is_archive(head)


def test_the_hash_is_that_of_the_bytes():
    archive = zipped(FILES)
    assert archive_hash(io.BytesIO(archive)) == archive_hash(io.BytesIO(archive))
    assert archive_hash(io.BytesIO(archive)) != archive_hash(io.BytesIO(archive + b"\0"))
    assert len(archive_hash(io.BytesIO(archive))) == 2 * FINGERPRINT_BYTES


@pytest.mark.parametrize("seed", range(4))
def test_malformed_archives_raise_nothing(seed):
    random_ = random.Random(seed)
    sources = [*ARCHIVES.values(), *(compress(LONG) for compress in COMPRESS.values())]
    for _ in range(300):
        archive = bytearray(random_.choice(sources))
        for _ in range(random_.choice([1, 1, 3, 10])):
            place = random_.randrange(random_.choice([512, len(archive) + 1]) or 1)
            change = random_.randrange(4)
            if change == 0:
                archive[place : place + 1] = random_.randbytes(1)
            elif change == 1:
                del archive[place + 200 :]
            elif change == 2:
                archive[place:place] = random_.randbytes(random_.randrange(20))
            else:
                del archive[place : place + random_.randrange(600)]
        for member in unpack(io.BytesIO(archive), "x", 100_000) if is_archive(archive[:HEAD_BYTES]) else ():
            assert len(member.body) <= 100_000


def test_how_far_an_archive_may_unpack_is_a_setting():
    content = io.BytesIO(gzip.compress(bytes(40_000_000)))  # 1,000 times its bytes
    (bounded,) = (each.error for each in unpack(content, "a.gz", 64_000_000))
    assert "limits.unpacked" in str(bounded)
    (whole,) = unpack(content, "a.gz", 64_000_000, 2_000)
    assert (len(whole.body), whole.error) == (40_000_000, None)
