"""The sections of the config that say what should come in, and whom to tell: `expect` of a source, and `alerts`."""

import re
from collections.abc import Sequence
from datetime import timedelta
from difflib import get_close_matches
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from newsbeam.pipeline.config.values import Duration, Settings, Text, parse_duration
from newsbeam.transforms.read.access import Access

_UNITS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}
_RATE = re.compile(r"([1-9]\d{0,8})\s?/\s?(\w{1,20})")
_ADDRESS = re.compile(r"[^\s<>@,;]{1,64}@[^\s<>@,;]{1,255}")

About = Literal["story", "update", "correction", "kill", "silence", "dead_letter"]
"""What an alert can be about."""

OF_ENTRIES = frozenset({"story", "update", "correction", "kill"})


def parse_rate(text: str) -> tuple[int, timedelta]:
    """Parse a rate such as "10/day", "3/hour" or "5/6h": a number, and the time that it is for.

    Raises:
        ValueError: Anything else.
    """
    match = _RATE.fullmatch(text)
    if match is None:
        raise ValueError(f"should be a number and a time, such as 10/day, 3/hour or 5/6h, not {text}")
    per = _UNITS.get(match[2]) or parse_duration(match[2])
    if not per:
        raise ValueError(f"should be for a time of more than 0s, not {text}")
    return int(match[1]), per


def _rate(text: str) -> str:
    parse_rate(text)
    return text


class Expect(Settings):
    """How often a source should have something new; each of the feeds of a list.

    Attributes:
        every: A new entry comes at least as often as this.
        entries: At least this many new entries come in a time.
    """

    every: Duration | None = None
    entries: Annotated[Text, AfterValidator(_rate)] | None = None

    @model_validator(mode="after")
    def _need_one(self) -> Self:
        if self.every is None and self.entries is None:
            raise ValueError("needs every, entries or both")
        return self


def topic_codes(topic: str) -> frozenset[str]:
    """Return the qcodes of a topic, by its qcode or a name of it in any language, and of all topics below it.

    Raises:
        ValueError: There is no such topic.
    """
    from newsbeam.transforms.enrich.topic_vocabulary import topic_tree  # not before a topic is given

    tree, wanted = topic_tree(), topic.casefold()
    named = {code for labels in tree.labels.values() for code, label in labels.items() if label.casefold() == wanted}
    named |= {code for code, name in tree.names.items() if wanted in (name.casefold(), code)}
    if not named:
        guess = get_close_matches(wanted, [name.casefold() for name in tree.names.values()], n=1)
        hint = f' (did you mean "{guess[0]}"?)' if guess else ""
        raise ValueError(f'unknown topic "{topic}"; give the id (medtop:...) or a name of an IPTC Media Topic{hint}')
    return frozenset(code for code, path in tree.paths.items() if not named.isdisjoint(path))


def _known_topic(topic: str) -> str:
    topic_codes(topic)
    return topic


def _web_address(url: SecretStr) -> SecretStr:
    # The message must not have the URL, which is a secret.
    parts = urlsplit(url.get_secret_value())
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValueError("should be an https URL")
    return url


def _mail_address(address: str) -> str:
    if not _ADDRESS.fullmatch(address):
        raise ValueError(f"should be an address such as desk@example.org, not {address}")
    return address


Address = Annotated[Text, AfterValidator(_mail_address)]


class Webhook(Settings):
    """A URL that each alert is posted to as JSON. URL and headers are secrets: they are never shown or stored.

    Attributes:
        timeout: Maximum duration of one request.
    """

    url: Annotated[SecretStr, AfterValidator(_web_address)]
    headers: dict[str, SecretStr] = {}
    timeout: Duration = timedelta(seconds=10)

    @model_validator(mode="after")
    def _can_be_sent(self) -> Self:
        self.lines()
        return self

    def lines(self) -> dict[str, str]:
        """Return the header lines."""
        return dict(Access.of(headers={name: value.get_secret_value() for name, value in self.headers.items()}).headers)


class Command(Settings):
    """A program that is started for each alert, without a shell, with the alert as JSON on stdin.

    Attributes:
        run: The program and its arguments, which are never shown or stored.
        timeout: After this time it is killed, with the processes that it has started.
    """

    run: Annotated[tuple[SecretStr, ...], Field(strict=False, min_length=1)]
    timeout: Duration = timedelta(seconds=30)


class Mail(Settings):
    """Addresses that each alert is mailed to, and the server that takes the mail.

    Attributes:
        sender: The address in From.
        starttls: Whether the connection is encrypted before anything else is sent. At port 465 it is from the start.
        timeout: How long the server may be silent.
    """

    to: Annotated[tuple[Address, ...], Field(strict=False, min_length=1)]
    sender: Address
    host: Text
    port: int = Field(default=587, ge=1, le=65535)
    starttls: bool = True
    user: SecretStr | None = None
    password: SecretStr = SecretStr("")
    timeout: Duration = timedelta(seconds=30)


Texts = Annotated[tuple[Text, ...], Field(strict=False)]


class Alert(Settings):
    """A rule: what to look for, and whom to tell.

    Attributes:
        name: Identifies the rule: an alert is sent once by a rule of this name.
        about: What it tells of.
        words: What `newsbeam search` takes; a story has all words of one of them.
        names: Names, or ids of entities, of which a story has one.
        topics: Media Topics, by id or name, of which a story has one or one below it.
        sources: Names or ids of the sources that it is about; all of them by default.
        max_age: How old news may be: of a new rule, and after the sender or a receiver was down.
    """

    name: Text
    about: Annotated[tuple[About, ...], Field(strict=False, min_length=1)] = ("story",)
    words: Texts = ()
    names: Texts = ()
    topics: Annotated[tuple[Annotated[Text, AfterValidator(_known_topic)], ...], Field(strict=False)] = ()
    sources: Texts = ()
    max_age: Duration = timedelta(days=1)
    webhook: Webhook | None = None
    command: Command | None = None
    mail: Mail | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if not self.receivers:
            raise ValueError("needs a receiver: webhook, command or mail")
        chosen = self.words or self.names or self.topics
        if not OF_ENTRIES.isdisjoint(self.about):
            if not (chosen or self.sources) and not {"story", "update"}.isdisjoint(self.about):
                raise ValueError("needs words, names, topics or sources: it would tell of every story")
        elif chosen:
            raise ValueError(f"words, names and topics are of stories, but it is about {', '.join(self.about)}")
        return self

    @property
    def receivers(self) -> tuple[str, ...]:
        """The kinds of its receivers."""
        return tuple(kind for kind in ("webhook", "command", "mail") if getattr(self, kind))


def alerts_error(alerts: Sequence[Alert], any_network: bool) -> str:
    """Return what is wrong with all alerts together, or "".

    Args:
        alerts: The alerts.
        any_network: Whether the config allows networks besides the public internet.
    """
    names = [alert.name for alert in alerts]
    for alert in alerts:
        if names.count(alert.name) > 1:
            return f'two alerts have the name "{alert.name}"; a name is what an alert is sent once by'
        hook = alert.webhook
        if hook and hook.url.get_secret_value().startswith("http:") and not any_network:
            return f'the webhook of "{alert.name}" should be an https URL; http is for fetch.allow_networks'
    return ""
