"""Alerts: what rules find, that each is sent once, also after a kill of the sender, and receivers that fail."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_string
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from newsbeam.pipeline.alerts import find
from newsbeam.pipeline.alerts.receivers import Way, as_mail
from newsbeam.pipeline.alerts.rules import Rule
from newsbeam.pipeline.alerts.send import AlertSender, Report
from newsbeam.pipeline.cli import main
from newsbeam.pipeline.config.model import Config
from newsbeam.transforms.records import DeadLetter, Poll, Related, Topic
from newsbeam.transforms.write.alert_ledger import alerts_lock
from newsbeam.transforms.write.parquet import file_name, write_table
from newsbeam.transforms.write.run_record import Expected
from newsbeam.transforms.write.runs import begin_run, end_run
from newsbeam.transforms.write.schema import entry_table, paragraph_table
from newsbeam.transforms.write.store import Store
from tests.support.objects import memory_objects
from tests.support.outputs import rows
from tests.support.receivers import Posts, mail_receiver, web_receiver
from tests.support.runs import a_run
from tests.support.written import NOW, repeat, story, write

HOUR = timedelta(hours=1)
STRIKE = "Dockers in Rotterdam went on strike on Monday."


@pytest.fixture
def posts() -> Iterator[Posts]:
    with web_receiver() as receiver:
        yield receiver


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def send(output: Path, posts: Posts) -> Callable[..., Report]:
    """Return what sends the alerts of one rule, to the web server unless the rule says otherwise."""

    def send(at: datetime = NOW, **rule: Any) -> Report:
        given = {"name": "rule", "webhook": {"url": posts.url}} | rule
        if {"command", "mail"} & set(rule):
            del given["webhook"]
        return sender(output, [given], at).send()

    return send


def sender(output: Path | str, rules: list[dict[str, Any]], at: datetime = NOW) -> AlertSender:
    config = Config.model_validate(
        {"output": str(output), "feeds": [{"url": "https://a.example/"}], "alerts": rules,
         "fetch": {"allow_networks": ["127.0.0.0/8"]}}
    )  # fmt: skip
    way = Way(config.fetch.allow_networks, pause=lambda seconds: None)
    return AlertSender(config, [Rule.of(alert) for alert in config.alerts], way, lambda: at)


def add(output: Path, *stories, **fields: Any) -> None:
    """Add rows in files of their own."""
    write(output / "new", stories, **fields)
    for file in (output / "new").rglob("*.parquet"):
        target = output / file.relative_to(output / "new").with_name(f"{time.monotonic_ns()}.parquet")
        target.parent.mkdir(parents=True, exist_ok=True)
        file.rename(target)


def ledger(output: Path) -> list[tuple]:
    files = f"read_parquet('{output}/alerts/**/*.parquet')"
    return rows(output, f"SELECT about, receiver, state, error FROM {files} ORDER BY recorded_at, state")


# What is found


RULES: list[tuple[dict[str, Any], list[str]]] = [
    ({"words": ["strike"]}, ["Story 1"]),
    ({"words": ["strikes dockers"]}, ["Story 1"]),  # stemmed, in any order
    ({"words": ['"dockers in rotterdam"']}, ["Story 1"]),
    ({"words": ['"rotterdam dockers"']}, []),
    ({"words": ["strike -monday"]}, []),
    ({"words": ["nothing", "streiks"]}, ["Story 2"]),  # in German
    ({"words": ["strike"], "sources": ["Post"]}, []),
    ({"words": ["story"], "sources": ["Post"]}, ["Story 2"]),  # of the title
    ({"names": ["sergei lavrov"]}, ["Story 3", "Story 4"]),  # an exact copy has no entities of its own
    ({"names": ["Lavrov"], "sources": ["Copy"]}, ["Story 4"]),
    ({"topics": ["politics and government"], "words": ["streik"]}, ["Story 2"]),
    ({"topics": ["medtop:15000000"]}, ["Story 3"]),  # tennis
    ({"topics": ["sport"], "words": ["strike"]}, []),
]


def test_what_rules_find(output: Path, posts: Posts) -> None:
    lavrov = story(3, "Wire", ["Lavrov plays."], topics=(Topic("medtop:20001085", "tennis", 0.9),))
    copy = repeat(story(4, "Copy", ["Lavrov plays."], topics=()), 0, lavrov, 0)
    copy = replace(copy, paragraphs=tuple(replace(each, entities=()) for each in copy.paragraphs))
    german = story(2, "Post", ["Der Streik im Hafen."], language="de")
    add(output, story(1, "Wire", [STRIKE]), german, lavrov, copy)
    hook = {"webhook": {"url": posts.url}}
    sender(output, [{"name": str(number), **rule, **hook} for number, (rule, _) in enumerate(RULES)]).send()
    found: dict[str, list[str]] = defaultdict(list)
    for told in posts.taken:
        found[told["alert"]].append(told["story"]["title"])
    assert [sorted(found[str(number)]) for number in range(len(RULES))] == [expected for _, expected in RULES]


def test_an_alert_says_what_it_is_about(output: Path, posts: Posts, send) -> None:
    add(output, story(1, "Wire", ["First.", STRIKE], url="https://wire.example/1"))
    send(words=["strike"])
    (told,) = posts.taken
    assert told["text"] == "Story 1 (Wire)"
    assert told["excerpt"] == STRIKE
    assert told["matched"] == {"words": ["strike"]}
    assert (told["story"]["url"], told["story"]["version"]) == ("https://wire.example/1", 1)
    assert posts.headers[0]["Idempotency-Key"] == told["id"]


def test_each_is_sent_once(output: Path, posts: Posts, send) -> None:
    add(output, story(1, "Wire", [STRIKE]))
    send(words=["strike"])
    add(output, story(1, "Wire", [STRIKE, "More."], version=2), story(2, "Wire", [STRIKE]))
    assert send(NOW + HOUR, words=["strike"]).states["sent"] == 1
    assert send(NOW + HOUR, words=["strike"]).states["sent"] == 0
    assert [each["story"]["entry_id"] for each in posts.taken] == [story(n, "Wire", []).entry.entry_id for n in (1, 2)]
    assert len({*posts.ids}) == 2


def test_updates_are_sent_where_they_are_wanted(output: Path, posts: Posts, send) -> None:
    on = ["story", "update", "correction"]
    add(output, story(1, "Wire", [STRIKE]))
    send(words=["strike"], about=on)
    add(output, story(1, "Wire", [STRIKE, "More."], version=2))
    send(words=["strike"], about=on)
    add(output, story(1, "Wire", [STRIKE, "Less."], version=3, signals=("correction",)))
    send(words=["strike"], about=on)
    send(words=["strike"], about=on)
    assert [(each["about"], each["story"]["version"]) for each in posts.taken] == [
        ("story", 1), ("update", 2), ("correction", 3),
    ]  # fmt: skip


def test_who_was_told_of_a_story_is_told_of_its_kill(output: Path, posts: Posts, send) -> None:
    """Whatever its text is, and after `max_age`; who was not told, only if the story was one of his."""
    rule = {"words": ["strike"], "about": ["story", "kill"]}
    add(output, story(1, "Wire", [STRIKE]), story(2, "Wire", ["Else."]), story(5, "Wire", [STRIKE], guid="five"))
    send(**rule)
    kill = {"version": 2, "status": "canceled", "signals": ("kill",), "ednote": "wrong"}
    order = {"status": "canceled", "related": (Related("kills", "five"),)}
    add(output, story(1, "Wire", ["Do not use."], **kill), story(2, "Wire", ["Do not use."], **kill),
        story(9, "Wire", ["Do not use."], **order))  # fmt: skip
    send(NOW + timedelta(days=9), **rule)
    assert [(each["about"], each["story"]["title"]) for each in posts.taken[2:]] == [
        ("kill", "Story 1"),
        ("kill", "Story 5"),
    ]
    assert (posts.taken[2]["excerpt"], posts.taken[2]["story"]["ednote"]) == ("", "wrong")
    assert send(NOW + timedelta(days=9), **rule).states["sent"] == 0


def test_there_is_no_alert_before_an_embargo_ends(output: Path, posts: Posts, send) -> None:
    add(output, story(1, "Wire", [STRIKE], embargo_until=NOW + 30 * HOUR))
    assert send(words=["strike"]).states == {"found": 0}
    assert send(NOW + 31 * HOUR, words=["strike"]).states["sent"] == 1


def test_old_news_is_not_sent(output: Path, posts: Posts, send) -> None:
    add(output, story(1, "Wire", [STRIKE], age=25 * HOUR))
    assert send(words=["strike"]).states["sent"] == 0
    assert send(words=["strike"], max_age="2d").states["sent"] == 1


def test_silence_is_told_once_until_it_ends(output: Path, posts: Posts, send) -> None:
    add(
        output, story(1, "Wire", ["A."], age=9 * HOUR), polls=[Poll("https://wire.example/rss", "u", "Wire", NOW, "ok")]
    )
    url = "https://wire.example/rss"
    run = a_run("20260314T0000000000", NOW - 9 * HOUR, expected=(Expected("Wire", url, url, 6 * 3600),))
    begin_run(Store(str(output)), run, locked=True)
    end_run(Store(str(output)), run)
    send(about=["silence"])
    send(NOW + HOUR, about=["silence"])
    assert [each["text"] for each in posts.taken] == ["Wire: nothing new for 9 h; expected: an entry every 6 h"]
    add(output, story(2, "Wire", ["B."], age=-2 * HOUR))
    send(NOW + 3 * HOUR, about=["silence"])
    send(NOW + 9 * HOUR, about=["silence"])
    assert len({*posts.ids}) == len(posts.ids) == 2


def test_dead_letters_are_told_once_a_day_and_kind(output: Path, posts: Posts, send) -> None:
    def letter(source: str, age: timedelta, **fields: Any) -> DeadLetter:
        return DeadLetter("parse", "ParseError", "cut off", source, "u", NOW - age, b"<", **fields)

    add(output, letters=[letter("A", HOUR), letter("A", 2 * HOUR), letter("B", HOUR), letter("C", HOUR, repaired=True)])
    send(about=["dead_letter"])
    add(output, letters=[letter("A", timedelta(0))])
    send(about=["dead_letter"])
    told = [each["dead_letters"] for each in posts.taken]
    assert sorted((each["source"], each["letters"]) for each in told) == [("A", 2), ("B", 1)]


def test_many_at_once_are_sent_with_several_calls(
    output: Path, posts: Posts, send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(find, "MAX_NEW", 3)
    add(output, *(story(number, "Wire", [STRIKE], age=number * HOUR) for number in range(5)))
    assert [send(words=["strike"]).states["sent"] for _ in range(3)] == [3, 2, 0]
    titles = [each["story"]["title"] for each in posts.taken]
    assert titles == ["Story 4", "Story 3", "Story 2", "Story 1", "Story 0"]


# Once, also after a kill

_SENDER = """
import sys
from datetime import datetime
from pathlib import Path
from tests.pipeline.test_alerts import NOW, sender
sender(Path(sys.argv[1]), [{"name": "rule", "words": ["strike"], "webhook": {"url": sys.argv[2]}}]).send()
"""


@pytest.mark.slow
def test_a_sender_that_was_killed_repeats_one_alert_with_its_id(output: Path, posts: Posts, send) -> None:
    add(output, *(story(number, "Wire", [STRIKE], age=number * HOUR) for number in range(4)))
    posts.before_answer_s = 0.3
    root = Path(__file__).parents[2]
    for number in (1, 2):
        command = [sys.executable, "-c", _SENDER, str(output), posts.url]
        process = subprocess.Popen(command, cwd=root, env={**os.environ, "PYTHONPATH": str(root)})
        deadline = time.monotonic() + 60
        while len(posts.taken) < 2 * number and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)  # after the receiver has it, and before the sender knows
        process.wait()
    posts.before_answer_s = 0
    send(words=["strike"])
    assert send(words=["strike"]).states["sent"] == 0
    assert len({*posts.ids}) == 4
    assert len(posts.ids) == 4 + 2  # one for each death


def test_one_process_sends(
    output: Path, posts: Posts, send, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    add(output, story(1, "Wire", [STRIKE]))
    (tmp_path / "c.yaml").write_text(
        f"output: {output}\nfeeds: [{{url: 'https://a.example/'}}]\n"
        "alerts: [{name: a, about: [kill], webhook: {url: 'https://hook.example/'}}]\n"
    )
    with alerts_lock(Store(str(output))):
        assert main(["alert", str(tmp_path / "c.yaml")]) == 4
    assert "is sending alerts of" in capsys.readouterr().err


def test_an_output_in_an_object_store(posts: Posts) -> None:
    made, url = story(1, "Wire", [STRIKE]), "memory://bucket/out"
    rule = {"name": "rule", "words": ["strike"], "webhook": {"url": posts.url}}
    with memory_objects():
        for name, table in (("entries", entry_table([made])), ("paragraphs", paragraph_table([made]))):
            write_table(Store(url), file_name(name, NOW.date(), "0" * 32), table)
        assert [sender(url, [rule]).send().states["sent"] for _ in range(2)] == [1, 0]
        assert len(Store(url).list("alerts")) == 2


# Receivers


def test_a_receiver_that_is_down_gets_it_later(output: Path, posts: Posts, send) -> None:
    add(output, story(1, "Wire", [STRIKE]), story(2, "Wire", [STRIKE]))
    posts.answers = [503, 500, 429]
    report = send(words=["strike"])
    assert (report.states["failed"], report.states["waiting"]) == (1, 1)
    assert report.problems == ["rule (webhook): HTTP 429 Too Many Requests"]
    assert send(NOW + HOUR, words=["strike"]).states["sent"] == 2
    assert len({*posts.ids}) == 2
    assert [state for _, _, state, _ in ledger(output)].count("failed") == 1


def test_an_alert_that_is_always_refused_does_not_hold_up_others(output: Path, posts: Posts, send) -> None:
    add(output, story(1, "Wire", [STRIKE], age=HOUR), story(2, "Wire", [STRIKE]))
    posts.refused = {"Story 1 (Wire)"}
    assert send(words=["strike"]).states["sent"] == 0
    add(output, story(3, "Wire", [STRIKE]))
    assert send(words=["strike"]).states["sent"] == 2
    assert send(words=["strike"]).states == {"found": 0, "failed": 1}


@pytest.mark.parametrize(
    ("answer", "said"), [(404, "HTTP 404 Not Found"), (302, "HTTP 302 Found"), (400, "HTTP 400 Bad Request")]
)
def test_answers_that_no_repetition_helps(output: Path, posts: Posts, send, answer: int, said: str) -> None:
    add(output, story(1, "Wire", [STRIKE]))
    posts.answers = [answer] * 3
    assert send(words=["strike"]).problems == [f"rule (webhook): {said}"]
    assert len(posts.taken) == 1


def test_what_waits_is_not_sent_when_it_is_killed_or_too_old(output: Path, posts: Posts, send) -> None:
    add(output, story(1, "Wire", [STRIKE]), story(2, "Wire", [STRIKE], age=HOUR))
    posts.answers = [404]
    send(words=["strike"])
    add(output, story(1, "Wire", ["Do not use."], version=2, status="canceled"))
    report = send(NOW + 25 * HOUR, words=["strike"])
    assert (report.states["dropped"], report.states["expired"], report.states["sent"]) == (1, 1, 0)
    assert not send(NOW + 26 * HOUR, words=["strike"]).states["waiting"]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://127.0.0.1:1/s3cret", "no answer: Connection refused"),
        ("https://10.1.2.3/s3cret", "its address is not of the public internet"),
        ("http://s3cret.invalid/", "no answer: "),
        ("http://192.0.2.1/s3cret", "http: is only for addresses in fetch.allow_networks"),
    ],
)
def test_addresses_that_can_not_be_reached(output: Path, send, url: str, said: str) -> None:
    add(output, story(1, "Wire", [STRIKE]))
    (problem,) = send(words=["strike"], webhook={"url": url, "timeout": "2s"}).problems
    assert problem.startswith(f"rule (webhook): {said}")
    assert "s3cret" not in problem


def test_a_command_gets_the_alert_on_stdin(output: Path, tmp_path: Path, send) -> None:
    add(output, story(1, "Wire", [STRIKE]))
    save = "import sys, os; open(sys.argv[1], 'w').write(os.environ['NEWSBEAM_ALERT_ID'] + ' ' + sys.stdin.read())"
    send(words=["strike"], command={"run": [sys.executable, "-c", save, str(tmp_path / "got")]})
    alert_id, _, message = (tmp_path / "got").read_text().partition(" ")
    assert json.loads(message)["id"] == alert_id


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (["false"], "ended with status 1"),
        (["sh", "-c", "sleep 60 & sleep 60"], "took longer than 1 s"),
        (["no-such-s3cret"], "can't be started: No such file or directory"),
    ],
)
def test_commands_that_fail(output: Path, send, run: list[str], said: str) -> None:
    add(output, story(1, "Wire", [STRIKE]))
    assert send(words=["strike"], command={"run": run, "timeout": "1s"}).problems == [f"rule (command): {said}"]


def test_a_mail(output: Path, send) -> None:
    add(
        output,
        story(1, "Wire", [STRIKE], title="Ports\r\nBcc: all@example.org\u2028shut", url="https://wire.example/1"),
    )
    with mail_receiver() as mails:
        mail = {"to": ["a@example.org"], "sender": "b@example.org", "host": "127.0.0.1", "port": mails.port}
        mails.refusing = True
        report = send(words=["strike"], mail=mail | {"starttls": False})
        assert report.problems == ["rule (mail): the mail server refused an address"]
        mails.refusing = False
        assert send(words=["strike"], mail=mail | {"starttls": False}).states["sent"] == 1
        assert "no mail was sent" in send(words=["dockers"], name="tls", mail=mail).problems[0]  # it has no STARTTLS
        (taken,) = mails.taken
    message = message_from_string(taken, policy=default)
    assert (message["To"], message["Bcc"]) == ("a@example.org", None)
    assert message["Subject"] == "[rule] Ports Bcc: all@example.org shut (Wire)"
    assert STRIKE in message.get_content()


def test_the_mails_of_an_alert_are_the_same_mail(output: Path) -> None:
    config = Config.model_validate(
        {"output": "o", "feeds": [{"url": "https://a.example/"}], "alerts": [
            {"name": "a", "about": ["kill"], "mail": {"to": ["a@b.example"], "sender": "c@d.example", "host": "h"}}]}
    )  # fmt: skip
    told = json.dumps({"alert": "a", "text": "b"})
    ids = {as_mail(config.alerts[0].mail, "1f", told)["Message-ID"] for _ in range(2)}
    assert ids == {"<1f@newsbeam.invalid>"}


def test_each_receiver_of_a_rule_gets_it(output: Path, posts: Posts, tmp_path: Path) -> None:
    add(output, story(1, "Wire", [STRIKE]))
    rule = {"name": "two", "words": ["strike"], "webhook": {"url": posts.url}, "command": {"run": ["false"]}}
    assert sender(output, [rule]).send().problems == ["two (command): ended with status 1"]
    assert sender(output, [rule | {"command": {"run": ["true"]}}], NOW + HOUR).send().states["sent"] == 1
    assert len(posts.taken) == 1


# The commands


@pytest.fixture
def config(tmp_path: Path, posts: Posts, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOOK", posts.url)
    (tmp_path / "wire").mkdir()
    (tmp_path / "wire" / "a.txt").write_text(f"A Port Is Shut\n\n{STRIKE} Nobody knows for how long it will last.\n")
    path = tmp_path / "c.yaml"
    path.write_text(
        f"output: {tmp_path / 'out'}\nentities: {{models: {{}}}}\nwires: [{{path: wire, source: Wire}}]\n"
        "fetch: {allow_networks: [127.0.0.0/8]}\n"
        "alerts: [{name: ports, words: [strikes], webhook: {url: '${HOOK}'}}]\n"
    )
    return path


def test_the_command(config: Path, posts: Posts, capsys: pytest.CaptureFixture[str]) -> None:
    add(config.parent / "out", replace_time(story(1, "Wire", [STRIKE])))
    posts.answers = [410]
    assert main(["alert", str(config)]) == 5
    said = capsys.readouterr().err
    assert "warning: alerts: ports (webhook): HTTP 410 Gone" in said
    assert "1 alert not sent yet" in said
    assert main(["inspect", str(config.parent / "out")]) == 0
    assert "HTTP 410 Gone" in capsys.readouterr().out.replace("\n", " ")
    assert main(["alert", str(config), "--log-format", "json"]) == 0
    assert json.loads(capsys.readouterr().err)["message"] == "alerts: 1 sent"
    assert main(["alert", str(config), "-q"]) == 0
    assert capsys.readouterr().err == ""
    assert len({*posts.ids}) == 1


@pytest.mark.slow
def test_a_run_sends_and_is_not_failed_by_it(config: Path, posts: Posts, capsys: pytest.CaptureFixture[str]) -> None:
    posts.answers = [410]
    assert main(["run", str(config), "--direct_num_workers=1"]) == 0
    assert "HTTP 410 Gone" in capsys.readouterr().err
    assert main(["run", str(config), "--direct_num_workers=1"]) == 0
    assert len({*posts.ids}) == 1
    assert len(posts.ids) == 2
    (state, _) = rows(config.parent / "out", "SELECT outcome FROM runs")
    assert state == ("done",)
    written = b"".join(file.read_bytes() for file in (config.parent / "out").rglob("*") if file.is_file())
    assert b"s3cret" not in written


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("", "newsbeam has written nothing there yet"),
        ("alerts: [{name: a, words: ['-x'], webhook: {url: 'https://h.example/'}}]", "there is no word to search for"),
        ("alerts: []", "no alerts: add some"),
    ],
)
def test_what_can_not_be_sent(config: Path, capsys: pytest.CaptureFixture[str], more: str, said: str) -> None:
    if more:
        config.write_text(config.read_text().rpartition("alerts:")[0] + more + "\n")
    (config.parent / "out").mkdir()
    assert main(["alert", str(config)]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert not list((config.parent / "out").iterdir())


def test_an_output_of_an_older_version(output: Path, posts: Posts, send) -> None:
    """It has no table of alerts, and lacks columns that were added since."""
    import pyarrow.parquet as pq

    made = story(1, "Wire", [STRIKE])
    for name, table in (("entries", entry_table([made])), ("paragraphs", paragraph_table([made]))):
        folder = output / name / f"date={NOW.date()}"
        folder.mkdir(parents=True)
        dropped = [n for n in ("source_id", "related", "revision", "story_id", "quotes") if n in table.column_names]
        pq.write_table(table.drop_columns(dropped), folder / "part.parquet")
    assert send(words=["strike"]).states["sent"] == 1


@pytest.mark.slow
def test_watching_goes_on(config: Path, posts: Posts) -> None:
    """Also where the output is not there yet, and until it is stopped."""
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "newsbeam", "alert", str(config), "--watch", "1s"]
    output = config.parent / "out"
    with subprocess.Popen(command, cwd=root, stderr=subprocess.PIPE, text=True) as process:
        assert "no such folder" in process.stderr.readline()
        add(output, replace_time(story(1, "Wire", [STRIKE])))
        deadline = time.monotonic() + 60
        while not posts.taken and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130
    assert len(posts.taken) == 1


def replace_time(made):
    return replace(made, entry=replace(made.entry, fetched_at=datetime.now(UTC)))
