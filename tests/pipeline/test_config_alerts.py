"""`expect` and `alerts` in the config: what is taken, what is refused where, and that secrets stay out of sight."""

from datetime import timedelta
from pathlib import Path

import pytest

from newsbeam.pipeline.config.alerts import parse_rate, topic_codes
from newsbeam.pipeline.config.load import load_config
from newsbeam.pipeline.config.model import Config
from newsbeam.pipeline.config.problems import ConfigError
from newsbeam.pipeline.recorded_run import config_json

FEED = "output: out\nfeeds: [{url: 'https://a.example/rss'}]\n"
HOOK = "webhook: {url: 'https://hook.example/s3cret'}"


@pytest.fixture
def load(tmp_path: Path):
    def load(text: str) -> Config:
        path = tmp_path / "c.yaml"
        path.write_text(text)
        return load_config(path)

    return load


def error(load, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(text)
    return str(caught.value).rpartition("/c.yaml:")[2]


def test_expectations(load, tmp_path: Path) -> None:
    (tmp_path / "drop").mkdir()
    config = load(
        "output: out\nfeeds:\n  - {url: 'https://a.example/rss', expect: {every: 6h}}\n"
        "  - {opml: 'https://b.example/list', expect: {entries: 10/day}}\n"
        "wires: [{path: drop, expect: {every: 1h, entries: 5/6h}}]\n"
    )
    assert config.feeds[0].expect.every == timedelta(hours=6)
    assert config.feeds[1].expect.entries == "10/day"
    assert parse_rate(config.wires[0].expect.entries) == (5, timedelta(hours=6))


@pytest.mark.parametrize(
    ("expect", "said"),
    [
        ("{}", "2:45: feeds[0].expect: needs every, entries or both"),
        ("{every: 6}", "2:53: feeds[0].expect.every: should be a duration such as"),
        ("{entries: ten}", "2:55: feeds[0].expect.entries: should be a number and a time, such as 10/day"),
        ("{entries: 0/day}", "2:55: feeds[0].expect.entries: should be a number and a time"),
        ("{entries: 3/0s}", "2:55: feeds[0].expect.entries: should be for a time of more than 0s"),
        (
            "{evry: 6h}",
            '2:46: feeds[0].expect.evry: unknown key "evry"; allowed: entries, every (did you mean "every"?)',
        ),
    ],
)
def test_expectations_that_make_no_sense(load, expect: str, said: str) -> None:
    assert error(load, f"output: out\nfeeds: [{{url: 'https://a.example/', expect: {expect}}}]\n").startswith(said)


def test_an_alert(load) -> None:
    config = load(
        f"{FEED}alerts:\n  - name: harbour\n    words: [strike, '\"port of Rotterdam\"']\n    names: [Rotterdam]\n"
        f"    topics: [medtop:15000000, Wetter]\n    {HOOK}\n"
        "    mail: {to: [desk@example.org], sender: news@example.org, host: mail.example.org}\n"
    )
    (alert,) = config.alerts
    assert (alert.about, alert.receivers, alert.max_age) == (("story",), ("webhook", "mail"), timedelta(days=1))
    assert (alert.mail.port, alert.mail.starttls) == (587, True)


def test_a_topic_has_those_below_it() -> None:
    assert "medtop:20000822" in topic_codes("sport")
    assert topic_codes("sport") == topic_codes("medtop:15000000") == topic_codes("SPORT")
    assert topic_codes("Wetter") == topic_codes("weather") > {"medtop:17000000"}


@pytest.mark.parametrize(
    ("alert", "said"),
    [
        ("{name: a, words: [b]}", "3:10: alerts[0]: needs a receiver: webhook, command or mail"),
        (f"{{name: a, {HOOK}}}", "3:10: alerts[0]: needs words, names, topics or sources"),
        (f"{{words: [b], {HOOK}}}", "3:10: alerts[0].name: is missing"),
        (
            f"{{name: a, about: [silence], words: [b], {HOOK}}}",
            "3:10: alerts[0]: words, names and topics are of stories",
        ),
        (f"{{name: a, topics: [sprot], {HOOK}}}", '3:29: alerts[0].topics[0]: unknown topic "sprot"'),
        (f"{{name: a, about: [kills], {HOOK}}}", "3:28: alerts[0].about[0]: should be 'story', 'update'"),
        (f"{{name: a, about: [], {HOOK}}}", "3:27: alerts[0].about: should be a list of at least one item"),
        ("{name: a, about: [kill], command: {run: []}}", "3:50: alerts[0].command.run: should be a list of at least"),
        ("{name: a, about: [kill], webhook: {url: s3cret}}", "3:50: alerts[0].webhook.url: should be an https URL"),
        ("{name: a, about: [kill], webhook: {url: 5}}", "3:50: alerts[0].webhook.url: should be text"),
        ("{name: a, about: [kill], webhook: {url: 'http://s3cret.example'}}", "1:1: the webhook of"),
        ("{name: a, about: [kill], webhook: {urls: s3cret}}", '3:45: alerts[0].webhook.urls: unknown key "urls"'),
        ("{name: a, about: [kill], mail: {to: [x], sender: a@b, host: c}}", "3:47: alerts[0].mail.to[0]: should be an"),
    ],
)
def test_alerts_that_make_no_sense(load, alert: str, said: str) -> None:
    found = error(load, f"{FEED}alerts: [{alert}]\n")
    assert found.startswith(said)
    assert "s3cret" not in found


def test_a_name_is_given_once(load) -> None:
    alert = f"{{name: a, about: [kill], {HOOK}}}"
    assert 'two alerts have the name "a"' in error(load, f"{FEED}alerts: [{alert}, {alert}]\n")


def test_http_is_for_networks_that_are_allowed(load) -> None:
    alert = "alerts: [{name: a, about: [kill], webhook: {url: 'http://127.0.0.1/'}}]\n"
    assert load(f"{FEED}fetch: {{allow_networks: [127.0.0.0/8]}}\n{alert}").alerts


def test_secrets_are_not_in_the_row_of_a_run(load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK", "https://hook.example/s3cret")
    config = load(
        f"{FEED}alerts:\n  - name: a\n    about: [kill]\n"
        "    webhook: {url: '${HOOK}', headers: {X-Key: s3cret}}\n    command: {run: [notify, s3cret]}\n"
        "    mail: {to: [a@b.example], sender: a@b.example, host: h, user: s3cret, password: s3cret}\n"
    )
    assert config.alerts[0].webhook.url.get_secret_value().endswith("s3cret")
    assert "s3cret" not in config_json(config)
    assert "s3cret" not in repr(config)
