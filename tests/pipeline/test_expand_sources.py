import threading
from datetime import timedelta
from pathlib import Path

import pytest

from newsbeam.pipeline import sources
from newsbeam.pipeline.config.load import load_config
from newsbeam.pipeline.sources import expand_sources
from newsbeam.transforms.read.http import HttpClient


@pytest.fixture
def expand(tmp_path: Path):
    """Write a config, and return the files that its sources are and the notes."""
    for name in ("drop/a.xml", "drop/sub/b.txt", "other/c.xml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "empty").mkdir()

    def expand(text: str, settle: timedelta = timedelta(0)) -> tuple[list[str], list[str]]:
        (tmp_path / "config.yaml").write_text(f"output: o\n{text}")
        config = load_config(tmp_path / "config.yaml")
        wires = tuple(wire.model_copy(update={"settle": settle}) for wire in config.wires)
        notes: list[str] = []
        with HttpClient() as client:
            sources = expand_sources(config.model_copy(update={"wires": wires}), client, notes.append)
        return [source.feed_url for source in sources], notes

    return expand


def test_the_zone_of_the_config_is_that_of_its_sources(tmp_path):
    for name in ("list", "b", "c"):
        (tmp_path / f"{name}.opml").write_text('<opml><body><outline xmlUrl="https://a.example/"/></body></opml>')
    (tmp_path / "config.yaml").write_text(
        "output: o\n"
        "feeds: [{path: b.opml, zone: Europe/Berlin}, {opml: list.opml, zone: America/Sao_Paulo}]\n"
        "wires: [{path: c.opml, zone: Asia/Tokyo, settle: 0s}]\n"
    )
    with HttpClient() as client:
        sources = expand_sources(load_config(tmp_path / "config.yaml"), client, print)
    assert [source.zone for source in sources] == ["Europe/Berlin", "America/Sao_Paulo", "Asia/Tokyo"]


def test_a_file_of_two_wires_is_read_once(expand):
    wires = "wires: [{path: 'drop/*.xml'}, {path: drop}, {path: other}]\n"
    note = "listed more than once, only the first is used: drop/a.xml"
    assert expand(wires) == (["drop/a.xml", "drop/sub/b.txt", "other/c.xml"], [note])


def test_a_feed_that_is_listed_twice_is_read_once_and_noted(expand):
    feeds = "feeds: [{url: 'https://a.example/'}, {path: drop/a.xml}, {url: 'https://A.example', source: Other}]\n"
    note = "listed more than once, only the first is used: https://A.example"
    assert expand(feeds) == (["https://a.example/", "drop/a.xml"], [note])


def test_files_that_are_left_out_by_name_are_counted(expand):
    wires = "wires: [{path: drop, exclude: ['*.TXT']}, {path: other, include: ['*.json']}]\n"
    notes = [
        "drop: 1 file skipped because of include and exclude",
        "other: 1 file skipped because of include and exclude",
    ]
    assert expand(wires) == (["drop/a.xml"], [*notes, "warning: other: no files found"])


def test_what_gives_nothing_is_a_note(expand):
    text = "feeds: [{path: 'empty/*'}]\nwires: [{path: empty}, {path: 'drop/*.json'}]\n"
    sources, notes = expand(text)
    assert sources == []
    assert notes == [
        "warning: empty/*: no feeds found",
        "warning: empty: no files found",
        "warning: drop/*.json: no files found",
    ]


def test_an_input_that_can_not_be_listed_is_a_source_whose_poll_fails(expand, tmp_path):
    (tmp_path / "list.opml").write_text("no list")
    text = "feeds: [{path: 'none/*'}, {opml: list.opml}]\nwires: [{path: 's3://bucket/drop/'}, {path: 'gone/*.xml'}]\n"
    sources, notes = expand(text)
    assert sources == ["none/", "list.opml", "s3://bucket/drop/", "gone/"]
    assert [note.split(": ")[:2] for note in notes] == [["error", source] for source in sources]


def test_files_that_are_still_being_written_are_left_in_one_note(expand, tmp_path):
    done = threading.Event()

    def write():
        while not done.is_set():
            for number in range(5):
                with (tmp_path / f"drop/{number}.xml").open("a") as file:
                    file.write("x")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while not (tmp_path / "drop/4.xml").exists():
            pass
        sources, notes = expand("wires: [{path: drop}, {path: other}]\n", timedelta(seconds=0.15))
    finally:
        done.set()
        writer.join()
    assert sources == ["drop/a.xml", "drop/sub/b.txt", "other/c.xml"]
    assert notes == [
        "left for the next run, since they are still being written: drop/0.xml, drop/1.xml, drop/2.xml and 2 more"
    ]


@pytest.mark.parametrize("failing", ["expand_feed", "expand_wire"])
def test_a_line_whose_listing_raises_anything_is_a_source_whose_poll_fails(expand, monkeypatch, failing):
    def fail(*_: object) -> None:
        raise ValueError("not foreseen")

    monkeypatch.setattr(sources, failing, fail)
    found, notes = expand("feeds: [{path: other/c.xml}]\nwires: [{path: drop}]\n")
    names = {"expand_feed": ["other/c.xml", "drop/a.xml", "drop/sub/b.txt"], "expand_wire": ["other/c.xml", "drop"]}
    assert found == names[failing]
    assert notes == [f"error: {'other/c.xml' if failing == 'expand_feed' else 'drop'}: ValueError: not foreseen"]
