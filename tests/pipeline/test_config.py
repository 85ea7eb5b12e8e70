import pickle
import re
from datetime import date, timedelta
from pathlib import Path
from textwrap import dedent

import pytest
from pydantic import ValidationError

from newsbeam.pipeline.config.load import load_config
from newsbeam.pipeline.config.locations import has_wildcard, local_path
from newsbeam.pipeline.config.model import Config
from newsbeam.pipeline.config.problems import ConfigError
from newsbeam.pipeline.config.sections import Stream
from newsbeam.pipeline.config.sources import Feed, OpmlList, Wire
from newsbeam.pipeline.config.values import parse_duration
from newsbeam.transforms.read.names import NameFilter

FEED = "feeds: [{url: 'https://a.example/rss'}]\n"


@pytest.fixture
def load(tmp_path):
    """Write a config with a few files beside it, and load it."""

    def load(text: str) -> Config:
        (tmp_path / "drops").mkdir(exist_ok=True)
        for name in ("a.xml", "my list.opml", "drops/1.txt", "we[ird].xml"):
            (tmp_path / name).write_text("x")
        path = tmp_path / "c.yaml"
        path.write_text(dedent(text), encoding="utf-8")
        return load_config(path)

    return load


def lines(load, text: str, tmp_path: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(text)
    return str(caught.value).replace(f"{tmp_path}/", "").splitlines()


def test_everything_given(load, tmp_path):
    config = load(
        """\
        output: out
        feeds:
          - {url: "https://a.example/rss.xml", source: Example, language: en, poll: 1h30m, format: rss20}
          - {path: a.xml, zone: Europe/Berlin}
          - {url: "feeds/**/*.xml"}
          - {opml: "my list.opml", language: pt-BR, zone: America/Sao_Paulo, poll: 1d}
        wires:
          - path: "drops/*.txt"
            source: dpa
            format: text
            language: de
            zone: Asia/Tokyo
            settle: 1m
            exclude: ["*.md5"]
        dedup: {window: 2w, near: 0.8}
        entities: {models: {en: en_core_web_sm, de: de_core_news_sm}}
        topics: {max: 0, min_score: 0.5}
        limits: {body: 2MiB, entries: 10, paragraph: 500}
        fetch: {user_agent: me, timeout: 5s, total_timeout: 1m}
        stream: {tick: 1s, flush: 1m, batches: 10}
        slice: 7
        """
    )
    assert config.output == "out"
    assert config.folder == tmp_path
    web, path, pattern, opml = config.feeds
    assert web == Feed(
        url="https://a.example/rss.xml", source="Example", language="en", poll=timedelta(minutes=90), format="rss20"
    )
    assert (path.location, pattern.location) == ("a.xml", "feeds/**/*.xml")
    assert path.zone == "Europe/Berlin"
    assert opml == OpmlList(opml="my list.opml", language="pt-BR", zone="America/Sao_Paulo", poll=timedelta(days=1))
    assert config.wires == (
        Wire(
            path="drops/*.txt",
            source="dpa",
            format="text",
            language="de",
            zone="Asia/Tokyo",
            settle=timedelta(minutes=1),
            exclude=("*.md5",),
        ),
    )
    assert config.wires[0].names == NameFilter((), ("*.md5",))
    assert (config.dedup.window, config.dedup.near) == (timedelta(days=14), 0.8)
    assert config.entities.models == {"en": "en_core_web_sm", "de": "de_core_news_sm"}
    assert (config.topics.max, config.topics.min_score) == (0, 0.5)
    assert (config.limits.body, config.limits.entries, config.limits.paragraph) == (2 * 2**20, 10, 500)
    assert (config.fetch.user_agent, config.fetch.timeout) == ("me", timedelta(seconds=5))
    assert config.stream == Stream(tick=timedelta(seconds=1), flush=timedelta(minutes=1), batches=10)
    assert config.slice == 7


def test_defaults(load):
    config = load(f"output: out\n{FEED}")
    (feed,) = config.feeds
    assert (feed.source, feed.language, feed.poll, feed.format) == (None, None, timedelta(minutes=15), "auto")
    assert (config.dedup.window, config.dedup.near) == (timedelta(days=30), 0.6)
    assert config.entities.models == {"en": "en_core_web_sm"}
    assert (config.topics.max, config.topics.min_score) == (3, 0.2)
    assert (config.limits.body, config.limits.entries, config.limits.paragraph) == (64_000_000, 10_000, 100_000)
    assert config.stream == Stream(tick=timedelta(seconds=2), flush=timedelta(seconds=30), batches=64)
    assert config.slice == 2000


def test_an_empty_mapping_of_models_switches_entities_off(load):
    assert load(f"output: out\n{FEED}entities: {{models: {{}}}}\n").entities.models == {}


def test_keys_for_notes_and_anchors(load, tmp_path):
    text = "x-often: &often {poll: 5m, language: en}\nx-1: [a]\noutput: out\nfeeds: [{<<: *often, path: a.xml}]\n"
    (feed,) = load(text).feeds
    assert (feed.poll, feed.language) == (timedelta(minutes=5), "en")
    (line,) = lines(load, "output: o\nfeeds: [{path: a.xml, x-note: b}]\n", tmp_path)
    assert line.startswith('c.yaml:2:23: feeds[0].x-note: unknown key "x-note"')


def test_norwegian_is_a_language(load):
    assert load("output: out\nfeeds: [{url: 'https://a.example/', language: no}]\n").feeds[0].language == "no"


def test_survives_pickling_with_its_folder(load, tmp_path):
    config = load(f"output: out\n{FEED}")
    copy = pickle.loads(pickle.dumps(config))
    assert copy == config
    assert copy.folder == tmp_path


def test_with_output_keeps_the_rest(load, tmp_path):
    config = load(f"output: out\n{FEED}")
    other = config.with_output("elsewhere")
    assert (other.output, other.feeds, other.folder) == ("elsewhere", config.feeds, tmp_path)
    assert config.output == "out"


def test_frozen(load):
    with pytest.raises(ValidationError, match="frozen"):
        load(f"output: out\n{FEED}").output = "other"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (FEED, "c.yaml:1:1: output: is missing"),
        ("output: out\n", "c.yaml:1:1: no sources: add feeds, wires or both"),
        ("output: out\nfeeds: []\n", "c.yaml:1:1: no sources: add feeds, wires or both"),
        (f"output: ''\n{FEED}", "c.yaml:1:9: output: is empty"),
        (f"output: {{OUT}}\n{FEED}", "c.yaml:1:9: output: should be text, not a mapping; put it in quotes"),
        (f"output: 3\n{FEED}", "c.yaml:1:9: output: should be text, not 3; put it in quotes"),
        (
            f"output: out\n{FEED}ouput: x\n",
            'c.yaml:3:1: ouput: unknown key "ouput"; allowed: alerts, dedup, entities, feeds, fetch, limits, '
            'lock_lease, output, raw, slice, stream, topics, wires (did you mean "output"?)',
        ),
        (
            "output: out\nfeeds:\n  - url: 'https://a.example/'\n    sourc: A\n",
            'c.yaml:4:5: feeds[0].sourc: unknown key "sourc"; allowed: auth, cookies, expect, format, headers, id, '
            'language, path, poll, source, url, zone (did you mean "source"?)',
        ),
        (
            "output: out\nfeeds: [{url: 'https://a.example/', zone: EST}]\n",
            "c.yaml:2:43: feeds[0].zone: should be an IANA time zone such as America/New_York, not EST",
        ),
        (
            "output: out\nfeeds: [{opml: 'my list.opml', zzz: A}]\n",
            'c.yaml:2:32: feeds[0].zzz: unknown key "zzz"; allowed: allow_outside, auth, cookies, expect, headers, '
            "language, opml, poll, zone",
        ),
        (
            "output: out\nfeeds:\n  - https://a.example/\n",
            "c.yaml:3:5: feeds[0]: should be a mapping (key: value), not 'https://a.example/'",
        ),
        (
            "output: out\nfeeds: a.xml\n",
            "c.yaml:2:8: feeds: should be a list (each item begins with \"- \"), not 'a.xml'",
        ),
        ("output: out\nfeeds:\n", 'c.yaml:2:7: feeds: should be a list (each item begins with "- "), not null'),
        ("output: out\nfeeds: [{}]\n", "c.yaml:2:9: feeds[0]: needs exactly one of: url, path, opml"),
        (
            "output: out\nfeeds: [{url: a.xml, path: a.xml}]\n",
            "c.yaml:2:9: feeds[0]: needs exactly one of: url, path, opml",
        ),
        ("output: out\nwires: [{source: x}]\n", "c.yaml:2:9: wires[0].path: is missing"),
        (
            "output: out\nfeeds: [{path: a.xml, poll: 15}]\n",
            "c.yaml:2:29: feeds[0].poll: should be a duration such as 90s, 15m, 1h30m, 30d or 2w, not 15",
        ),
        (
            "output: out\nfeeds: [{path: a.xml, language: english}]\n",
            "c.yaml:2:33: feeds[0].language: should be a language code such as \"en\", not 'english'",
        ),
        (
            "output: out\nfeeds: [{path: a.xml, format: xml}]\n",
            'c.yaml:2:31: feeds[0].format: unknown format "xml"; allowed: auto, feed, jsonfeed, newsml-g2, '
            "newsml-1, nitf, ninjs, digitalwires, iptc7901, anpa, text",
        ),
        (f"output: out\n{FEED}dedup: {{near: 0.2}}\n", "c.yaml:3:15: dedup.near: should be at least 0.6, not 0.2"),
        (f"output: out\n{FEED}dedup: {{near: 2}}\n", "c.yaml:3:15: dedup.near: should be at most 1.0, not 2"),
        (f"output: out\n{FEED}topics: {{max: '3'}}\n", "c.yaml:3:15: topics.max: should be a whole number, not '3'"),
        (f"output: out\n{FEED}topics: {{max: 1.5}}\n", "c.yaml:3:15: topics.max: should be a whole number, not 1.5"),
        (f"output: out\n{FEED}slice: true\n", "c.yaml:3:8: slice: should be a whole number, not true"),
        (f"output: out\n{FEED}stream: {{tick: 0s}}\n", "c.yaml:3:16: stream.tick: should be more than 0s"),
        (
            f"output: out\n{FEED}stream: {{flush: 5}}\n",
            "c.yaml:3:17: stream.flush: should be a duration such as 90s, 15m, 1h30m, 30d or 2w, not 5",
        ),
        (f"output: out\n{FEED}stream: {{batches: 0}}\n", "c.yaml:3:19: stream.batches: should be at least 1, not 0"),
        (
            f"output: out\n{FEED}stream: {{ticks: 1s}}\n",
            'c.yaml:3:10: stream.ticks: unknown key "ticks"; allowed: batches, flush, shards, tick '
            '(did you mean "tick"?)',
        ),
        (f"output: out\n{FEED}slice: 0\n", "c.yaml:3:8: slice: should be at least 1, not 0"),
        (
            f"output: out\n{FEED}limits: {{body: 64 zork}}\n",
            "c.yaml:3:16: limits.body: should be a size such as 500KB, 64MB or 2GiB, not '64 zork'",
        ),
        (f"output: out\n{FEED}limits: {{body: 0}}\n", "c.yaml:3:16: limits.body: should be more than 0, not 0"),
        (
            f"output: out\n{FEED}entities: {{models: {{english: x}}}}\n",
            "c.yaml:3:30: entities.models.english: should be a language code such as \"en\", not 'english'",
        ),
        (f"output: out\n{FEED}entities: null\n", "c.yaml:3:11: entities: should be a mapping (key: value), not null"),
        (f"output: out\n{FEED}1: x\n", "c.yaml:1:1: keys should be text, not 1; put it in quotes"),
        (f"output: out\n{FEED}dedup: {{1: x}}\n", "c.yaml:3:8: dedup: keys should be text, not 1; put it in quotes"),
        ("output: a\noutput: b\n", 'c.yaml:2:1: the key "output" is here twice (first on line 1)'),
        ("output: [a\n", "c.yaml:2:1: while parsing a flow sequence expected ',' or ']', but got '<stream end>'"),
        ("- a\n", "c.yaml: should be a mapping (key: value), not a list; allowed keys: alerts"),
        ("# nothing\n", "c.yaml: is empty; allowed keys: alerts"),
    ],
)
def test_an_error_is_one_line_with_its_position(load, tmp_path, text, expected):
    (line,) = lines(load, text, tmp_path)
    assert line.startswith(expected)
    assert line == expected or expected.endswith("allowed keys: alerts")


@pytest.mark.parametrize(
    "section", sorted(set(Config.model_fields) - {"output", "feeds", "wires", "alerts", "slice", "lock_lease"})
)
def test_an_unknown_key_in_any_section_is_one_line(load, tmp_path, section):
    (line,) = lines(load, f"output: out\n{FEED}{section}: {{zzz: 1}}\n", tmp_path)
    assert line.startswith(f'c.yaml:3:{len(section) + 4}: {section}.zzz: unknown key "zzz"; allowed: ')


def test_no_limit_of_memory(load):
    assert load(f"output: out\n{FEED}limits: {{memory: 0}}\n").limits.memory == 0


def test_all_errors_are_reported_together(load, tmp_path):
    found = lines(load, "output: 3\nfeeds:\n  - {a: 1, b: 2}\n  - {path: a.xml, poll: x}\nslice: x\n", tmp_path)
    assert [line.split(": ")[1] for line in found] == ["output", "feeds[0].a", "feeds[0].b", "feeds[1].poll", "slice"]


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("nope.xml", "no such file: "),
        ("~nobody/nope.xml", "no such file: "),
        ("file:nope.xml", "no such file: "),
        ("file:///nope/nope.xml", "no such file: /nope/nope.xml"),
        ("htps://a.example/", 'unknown scheme "htps:"; allowed: http, https, feed, file, s3, gs, az, or a path'),
        ("ftp://a.example/x", 'unknown scheme "ftp:"'),
        ("https:///rss", "is not a full URL: https:///rss"),
        ("https://[::1", "can't be used: Invalid IPv6 URL"),
        ("x" * 5000, "can't be used: File name too long"),
    ],
)
def test_inputs_that_cannot_be_there(load, tmp_path, location, message):
    for text in (f"output: o\nfeeds:\n  - url: {location}\n", f"output: o\nfeeds:\n  - opml: {location}\n"):
        (line,) = lines(load, text, tmp_path)
        key = text.split()[4][:-1]
        assert line.startswith(f"c.yaml:3:{len(key) + 7}: feeds[0].{key}: {message}")
    message = message.replace("no such file", "no such file or folder")
    assert f"wires[0].path: {message}" in lines(load, f"output: o\nwires: [{{path: '{location}'}}]\n", tmp_path)[0]


def test_a_folder_is_a_wire_but_no_feed(load, tmp_path):
    (line,) = lines(load, "output: o\nfeeds: [{path: drops/}]\n", tmp_path)
    assert line == "c.yaml:2:16: feeds[0].path: is a folder: drops; add a pattern such as drops/*.xml"
    for location in ("drops", "drops/", "./drops", "file:drops", "."):
        (wire,) = load(f"output: o\nwires: [{{path: '{location}', settle: 0s}}]\n").wires
        assert (wire.location, wire.settle) == (location, timedelta(0))
    assert load("output: o\nwires: [{path: drops}]\n").wires[0].settle == timedelta(seconds=2)
    (line,) = lines(load, "output: o\nwires: [{path: drops/none/}]\n", tmp_path)
    assert line == "c.yaml:2:16: wires[0].path: no such file or folder: drops/none"


@pytest.mark.parametrize(
    "location",
    [
        *("a.xml", "./a.xml", "file:a.xml", "my list.opml", "file:my%20list.opml", "we[ird].xml"),
        *("none/**/*.xml", "drops/*.txt"),
        *("https://a.example/x?y=1", "HTTP://a.example", "feed:https://a.example/x", "gs://bucket/*.xml"),
    ],
)
def test_inputs_that_may_be_there(load, location):
    assert load(f"output: o\nfeeds: [{{url: '{location}'}}]\n").feeds[0].location == location


def test_files_that_are_not_a_config(tmp_path):
    with pytest.raises(ConfigError, match=r"nope\.yaml: can't be read: No such file or directory$"):
        load_config(tmp_path / "nope.yaml")
    with pytest.raises(ConfigError, match=r": can't be read: Is a directory$"):
        load_config(tmp_path)
    (tmp_path / "latin.yaml").write_bytes("output: caf\xe9\n".encode("latin-1"))
    with pytest.raises(ConfigError, match=r"latin\.yaml: is not UTF-8 \(byte 11\)$"):
        load_config(tmp_path / "latin.yaml")


def test_a_byte_order_mark_is_ignored(tmp_path):
    (tmp_path / "c.yaml").write_bytes(b"\xef\xbb\xbfoutput: o\n" + FEED.encode())
    assert load_config(tmp_path / "c.yaml").output == "o"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("1h30m", timedelta(minutes=90)),
        ("1h 30m", timedelta(minutes=90)),
        ("30d", timedelta(days=30)),
        ("2w", timedelta(weeks=2)),
        ("0s", timedelta(0)),
        (timedelta(seconds=5), timedelta(seconds=5)),
    ],
)
def test_durations(text, expected):
    assert parse_duration(text) == expected


@pytest.mark.parametrize("text", ["", " ", "15", 15, 1.5, None, True, "m", "1.5h", "-1h", "30m1h", "15 minutes", "1y"])
def test_no_durations(text):
    with pytest.raises(ValueError, match="should be a duration"):
        parse_duration(text)


def test_a_duration_that_no_clock_can_count():
    with pytest.raises(ValueError, match="too long"):
        parse_duration("9999999999w")


def test_paths_are_relative_to_the_folder_of_the_config():
    folder = Path("/etc/news")
    assert local_path("a.xml", folder) == Path("/etc/news/a.xml")
    assert local_path("file:a%20b.xml", folder) == Path("/etc/news/a b.xml")
    assert local_path("file:///a.xml", folder) == local_path("/a.xml", folder) == Path("/a.xml")
    assert local_path("https://a.example/a.xml", folder) is None


def test_wildcards():
    assert has_wildcard("a/*.xml")
    assert has_wildcard("a[1].xml")
    assert not has_wildcard("a.xml")


def test_what_a_source_wants_to_see_comes_from_the_environment_and_is_not_shown(load, monkeypatch):
    monkeypatch.setenv("PASSWORD", "s3cret")
    feed = "auth: {user: me, password: '${PASSWORD}'}, headers: {X-Key: 'k${PASSWORD}'}, cookies: {id: '${PASSWORD}'}"
    config = load(f"output: o\nfeeds: [{{url: 'https://a.example/', {feed}}}]\n")
    sent = {"X-Key": "ks3cret", "Authorization": "Basic bWU6czNjcmV0", "Cookie": "id=s3cret"}
    assert dict(config.feeds[0].access().headers) == sent
    assert "s3cret" not in repr(config)
    assert pickle.loads(pickle.dumps(config)) == config


def test_a_name_and_a_password_in_a_url_are_taken_out_of_it(load):
    config = load("output: o\nfeeds: [{url: 'https://me:s3cret@a.example/x'}, {opml: 'https://me@a.example/y'}]\n")
    assert [feed.location for feed in config.feeds] == ["https://a.example/x", "https://a.example/y"]
    assert [dict(feed.access().headers)["Authorization"] for feed in config.feeds] == [
        "Basic bWU6czNjcmV0",
        "Basic bWU6",
    ]
    assert "s3cret" not in repr(config)


@pytest.mark.parametrize(
    ("feed", "expected"),
    [
        (
            "url: 'https://me:s3cret@a.example/', auth: {user: me}",
            "feeds[0]: has a user name in both url and auth; give it in auth only",
        ),
        ("url: 'https://a.example/', auth: s3cret", "feeds[0].auth: should be a mapping (key: value)"),
        ("url: 'https://a.example/', auth: {user: me, password: [s3cret]}", "feeds[0].auth.password: should be text"),
        ("url: 'https://a.example/', headers: {Host: s3cret}", "feeds[0]: the header Host can't be set here"),
        ("url: 'https://a.example/', cookies: {a: 's3cret;'}", "feeds[0]: the cookie 'a' has characters that a cookie"),
        ("url: 'https://a.example/', headers: {a: '${NOT_SET}'}", "the environment variable NOT_SET is not set"),
        ("url: 'https://me:s3cret@'", "feeds[0].url: is not a full URL: https://"),
        (
            "url: 'https://me:s3cret/x@a.example/'",
            "feeds[0]: write / # ? in the user name or password in url as",
        ),
    ],
)
def test_an_error_shows_no_secret(load, feed, expected):
    with pytest.raises(ConfigError) as caught:
        load(f"output: o\nfeeds: [{{{feed}}}]\n")
    assert expected in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_networks_that_are_open(load):
    config = load(f"output: o\n{FEED}fetch: {{allow_networks: [127.0.0.0/8, 10.1.2.3, 'fd00::/8']}}\n")
    assert [str(network) for network in config.fetch.allow_networks] == ["127.0.0.0/8", "10.1.2.3/32", "fd00::/8"]
    with pytest.raises(ConfigError, match=r"fetch.allow_networks\[0\]: should be a network such as 10.0.0.0/8"):
        load(f"output: o\n{FEED}fetch: {{allow_networks: [localhost]}}\n")


@pytest.mark.parametrize(
    ("wire", "message"),
    [
        ("path: drop/{date}", "path has a date, so it needs since"),
        ("path: drop, since: 7d", "since and until need a path with {date}"),
        ("path: drop, until: 2026-11-24", "since and until need a path with {date}"),
        ("path: 'drop/{date}', since: 2026-11-25, until: 2026-11-24", "since is after until"),
        ("path: 'drop/{date}', since: yesterday", "should be a day such as 2026-11-24 or a duration such as 7d"),
        ("path: 'drop/{date}', since: 2026-02-30", "should be a day such as 2026-11-24 or a duration such as 7d"),
    ],
)
def test_days_of_a_wire(tmp_path, wire, message):
    (tmp_path / "drop").mkdir()
    path = tmp_path / "c.yaml"
    path.write_text(f"output: out\nwires: [{{{wire}}}]\n".replace("path: drop/{date}", "path: 'drop/{date}'"))
    with pytest.raises(ConfigError, match=re.escape(message)):
        load_config(path)


def test_days_of_a_wire_are_days_or_durations(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text("output: out\nwires: [{path: 'drop/{date}', since: 2026-11-24, until: 1d}]\n")
    (wire,) = load_config(path).wires
    assert (wire.since, wire.until) == (date(2026, 11, 24), timedelta(days=1))
