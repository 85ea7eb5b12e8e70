"""Newswire: what is kept of stories, what is read at all, and how fast it goes."""

from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from benchmarks.lib.figures import Figure, scaled
from benchmarks.wire.dpa import stories_that_agree
from benchmarks.wire.speeds import speeds
from testing.reading import read
from testing.shared_data import shared_data
from testing.wire_bodies import body_text_kept

_NEWS_ITEMS = {"newsItem", "packageItem", "newsMessage"}


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Yield the figures of newswire; those of real files only where the public test data is."""
    data = shared_data()
    if data is not None:
        yield from _bodies(data)
        agreeing, differences = stories_that_agree(data / "newswire" / "dpa")
        yield Figure(
            "wire.dpa_agree", agreeing, ">= 3", "", f"of 3 stories in 3 formats{differences and f': {differences}'}"
        )
        yield _read_share("wire.ninjs_read", ninjs_items(data / "newswire"), scale)
        yield _read_share("wire.newsml_g2_read", newsml_g2_items(data / "newswire"), scale)
    yield from speeds(scale)


def _bodies(data: Path) -> Iterator[Figure]:
    """Yield the share of body text that is kept, and how many paragraphs are glued and doubled."""
    found = body_text_kept(data)
    note = (
        f"{found.kept:,} of {found.characters:,} letters and digits in the bodies of {found.stories} NewsML-G2 stories"
    )
    yield Figure("wire.body_text_kept", found.kept / max(1, found.characters), ">= 0.999", "share", note)
    yield Figure("wire.paragraphs_glued", len(found.glued), "== 0", note="; ".join(found.glued))
    yield Figure("wire.paragraphs_doubled", len(found.doubled), "== 0", note="; ".join(found.doubled))


def ninjs_items(wire: Path) -> list[Path]:
    """Return the files of the ninjs suite that should pass, and its examples."""
    suite = wire / "iptc-newsinjson"
    return sorted([*suite.glob("validation/test_suite/*/should_pass/*.json"), *suite.glob("examples/*/*.json")])


def newsml_g2_items(wire: Path) -> list[Path]:
    """Return the NewsML-G2 files that should pass and carry a news item or a package."""
    paths = wire.glob("iptc-newsml-g2/tests/unit_test_files/*/should_pass/*.xml")
    return sorted(path for path in paths if _root(path) in _NEWS_ITEMS)


def _root(path: Path) -> str:
    return str(etree.QName(etree.fromstring(path.read_bytes())).localname)


def _read_share(name: str, paths: list[Path], scale: float) -> Figure:
    some = paths[:: max(1, len(paths) // scaled(len(paths), scale, 10))]
    unread = [path.name for path in some if not read(path.read_bytes(), path.name).entries]
    note = f"{len(some)} files" + (f"; without an entry: {', '.join(unread[:5])}" if unread else "")
    return Figure(name, 1 - len(unread) / len(some), "== 1", "share", note)
