"""The YAML config as typed, strict, frozen objects. It needs neither Beam nor a parser.

    load_config(path) -> Config       or ConfigError, one line an error: file:line:column: key: what is wrong

Inputs (`url`, `path`, `opml`) are relative to the folder of the config file, so that a config works from any folder;
`output` is relative to the current directory, as a command-line argument would be. `~` is the home folder. Top-level
keys that begin with `x-` are ignored: a place for notes and anchors.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from urllib.request import url2pathname

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ByteSize,
    Discriminator,
    Field,
    PrivateAttr,
    SecretStr,
    StringConstraints,
    Tag,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from newsbeam.pipeline import environment
from newsbeam.pipeline.config_alerts import Alert, Command, Expect, Mail, Webhook, alerts_error
from newsbeam.pipeline.config_values import (
    Day,
    Duration,
    Language,
    PathOrUrl,
    Settings,
    Size,
    Text,
    parse_duration,
    shown,
)
from newsbeam.pipeline.hints import address_hint
from newsbeam.pipeline.yaml_positions import PositionedYaml, YamlError, parse
from newsbeam.transforms.common.formats import FORMATS, family
from newsbeam.transforms.common.object_clients import ObjectStoreError
from newsbeam.transforms.common.objects import Objects, is_object_url, split_url
from newsbeam.transforms.dedup.index_settings import MAX_PARTITION_MEMORY
from newsbeam.transforms.read.access import Access, split_userinfo
from newsbeam.transforms.read.addresses import Network
from newsbeam.transforms.read.names import NameFilter

DATE_PLACES = ("{date}", "{year}", "{month}", "{day}")
SCHEMES = ("http", "https", "feed", "file", "s3", "gs", "az")


class ConfigError(Exception):
    """The config can't be used. `str(error)` has one line for each error: file:line:column: key: what is wrong."""


def _known_format(name: str) -> str:
    if name != "auto" and family(name) not in FORMATS:
        raise ValueError(f'unknown format "{name}"; allowed: auto, {", ".join(FORMATS)}')
    return name


Format = Annotated[Text, AfterValidator(_known_format)]


def _known_zone(name: str) -> str:
    from newsbeam.transforms.parse.zones import is_area  # not before a zone is given

    if not is_area(name):
        raise ValueError(f"should be an IANA time zone such as America/New_York, not {name}")
    return name


Zone = Annotated[Text, AfterValidator(_known_zone)]


class Auth(Settings):
    """A user name and password, for Basic authentication."""

    user: SecretStr
    password: SecretStr = SecretStr("")


def _has_port(url: str) -> bool:
    """Return whether a URL's host is followed by a valid port or by none."""
    try:
        urlsplit(url).port  # noqa: B018 - parsed on access
    except ValueError:
        return False
    return True


class _WithAccess(Settings):
    """Credentials and headers of the requests for one URL; they are never shown or stored.

    Attributes:
        auth: User name and password. They may also be in the URL, which is then stored without them.
        headers: Name and value of each header, such as a key or a bearer token.
        cookies: Name and value of each cookie.
    """

    auth: Auth | None = None
    headers: dict[str, SecretStr] = {}
    cookies: dict[str, SecretStr] = {}

    # Before the fields are checked: errors show the value, and a password must not be in one.
    @model_validator(mode="before")
    @classmethod
    def _take_userinfo(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        taken = dict(values)
        for key in ("url", "opml"):
            if isinstance(values.get(key), str):
                taken[key], user, password = split_userinfo(values[key])
                # A bare / # or ? in a password ends the host early, and what precedes it stands where the port would.
                if "@" in taken[key] and not _has_port(taken[key]):
                    raise ValueError(f"write / # ? in the user name or password in {key} as %2F %23 %3F")
                if user is not None and "auth" in values:
                    raise ValueError(f"has a user name in both {key} and auth; give it in auth only")
                if user is not None:
                    taken["auth"] = {"user": user, "password": password}
        return taken

    @model_validator(mode="after")
    def _can_be_sent(self) -> Self:
        self.access()
        return self

    def access(self) -> Access:
        """Return the credentials, headers and cookies of a request for the URL."""
        return Access.of(
            self.auth.user.get_secret_value() if self.auth else None,
            self.auth.password.get_secret_value() if self.auth else "",
            {name: value.get_secret_value() for name, value in self.headers.items()},
            {name: value.get_secret_value() for name, value in self.cookies.items()},
        )


class Feed(_WithAccess):
    """A web feed: an http(s) URL, a file: URL, or files by path or pattern (`*`, `?`, `[...]`, `**`).

    Attributes:
        source: The source's name in the rows; None for the feed's own title.
        id: Distinguishes its entries from those of other sources; None for its address or path.
        zone: The time zone of times without one; UTC by default.
        poll: The interval between polls. `stream` polls every 15 minutes by default; `run` fetches the feed each time,
            or, where this is given, not before the interval has passed.
        expect: How often it should have something new.
    """

    url: PathOrUrl | None = None
    path: PathOrUrl | None = None
    source: Text | None = None
    id: Text | None = None
    language: Language | None = None
    zone: Zone | None = None
    poll: Duration = timedelta(minutes=15)
    format: Format = "auto"
    expect: Expect | None = None

    @model_validator(mode="after")
    def _need_one_location(self) -> Self:
        if (self.url is None) == (self.path is None):
            raise ValueError("needs exactly one of: url, path, opml")
        return self

    @property
    def location(self) -> str:
        """The URL, path or pattern as in the config, without user name and password."""
        return self.url or self.path or ""


class OpmlList(_WithAccess):
    """A list of feeds in OPML: a path or an http(s) URL. Language, zone and poll apply to every feed in it.

    Attributes:
        auth, headers, cookies: For the list itself, not for its feeds.
        allow_outside: Whether a list on disk may name files outside its folder.
    """

    opml: PathOrUrl
    language: Language | None = None
    zone: Zone | None = None
    poll: Duration = timedelta(minutes=15)
    allow_outside: bool = False
    expect: Expect | None = None

    @property
    def location(self) -> str:
        """The path or URL of the list as in the config."""
        return self.opml


class Wire(Settings):
    """A newswire drop or plain-text stories: a folder, files by path or pattern, or an object store's prefix.

    Attributes:
        path: A folder means all files in it and its subfolders. Hidden files and names of unfinished files (`.part`,
            `.tmp`, ...) are skipped, also where a pattern matches them. Members of archives are read.
        id: Distinguishes its stories from those of other sources; None for the folder.
        settle: The quiet period: how long a file must stay the same before it is read. A run waits for it once, for
            all files together.
        include: Patterns of file names to read (`*.xml`); all files by default.
        exclude: Patterns of file names to skip.
        since: The first day (UTC) that is listed, or how long before today it is; for a path with `{date}`, or with
            `{year}`, `{month}` and `{day}`.
        until: The last day; None for today.
        expect: How often it should have something new.
        zone: The time zone of times without one; by default that of the agency if it is known, else UTC.
    """

    path: PathOrUrl
    source: Text | None = None
    id: Text | None = None
    language: Language | None = None
    zone: Zone | None = None
    format: Format = "auto"
    settle: Annotated[timedelta, BeforeValidator(parse_duration)] = timedelta(seconds=2)
    include: Annotated[tuple[Text, ...], Field(strict=False)] = ()
    exclude: Annotated[tuple[Text, ...], Field(strict=False)] = ()
    since: Day | None = None
    until: Day | None = None
    expect: Expect | None = None

    @model_validator(mode="after")
    def _need_days_for_dates(self) -> Self:
        if has_date(self.path) and self.since is None:
            raise ValueError("path has a date, so it needs since: a day such as 2026-11-24, or a duration such as 7d")
        if not has_date(self.path) and not self.since == self.until is None:
            raise ValueError("since and until need a path with {date}, or with {year}, {month} and {day}")
        if isinstance(self.since, date) and isinstance(self.until, date) and self.since > self.until:
            raise ValueError("since is after until")
        return self

    @property
    def names(self) -> NameFilter:
        """Which files of the drop are read."""
        return NameFilter(self.include, self.exclude)

    @property
    def location(self) -> str:
        """The folder, path or pattern as in the config."""
        return self.path


class Dedup(Settings):
    """Deduplication of paragraphs.

    Attributes:
        window: How far back paragraphs of earlier runs are compared.
        near: The least word similarity of near duplicates, which differ only in light edits; below 0.6 too much is
            rewritten (see `transforms/dedup/judgement/judge.py`).
        partitions: Parts of a stream's index of paragraphs, each of which one worker holds.
        memory: Bytes of memory of a stream's index, over all partitions. What does not fit is forgotten, the oldest
            first.
    """

    window: Duration = timedelta(days=30)
    near: float = Field(default=0.6, ge=0.6, le=1)
    partitions: Literal[1, 2, 4, 8, 16] = 4
    memory: Size = ByteSize(1_000_000_000)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        """Refuse more memory than the partitions' state can hold."""
        most = self.partitions * MAX_PARTITION_MEMORY
        if self.memory > most:
            more = "" if self.partitions == 16 else ", or set more partitions"
            raise ValueError(f"memory: {self.partitions} partitions hold at most {most:,} bytes; set less{more}")
        return self


class EntityRules(Settings):
    """The rules around the entity models that are on; see `transforms/enrich/names/rules.py`."""

    doubts: bool = True
    spans: bool = True
    gazetteers: bool = True
    headlines: bool = True
    kinds: bool = True
    surnames: bool = True
    acronyms: bool = True
    repeats: bool = True


class Entities(Settings):
    """Entities, and what is added to them.

    Attributes:
        models: The model of each language (primary subtag); an empty mapping switches entities and quotes off.
        rules: The rules that correct and complete what the models find.
        places: Whether places get their country and coordinates.
        quotes: Whether direct speech is extracted.
    """

    models: dict[Annotated[str, StringConstraints(pattern="^[a-z]{2,3}$")], Text] = {"en": "en_core_web_sm"}
    rules: EntityRules = EntityRules()
    places: bool = True
    quotes: bool = True


class Topics(Settings):
    """How many IPTC Media Topics an entry has (0 switches topics off), and their least scores.

    Attributes:
        max: The most specific ones; their broader topics are added.
        min_score: Of a topic of the first level.
        min_score_second: Of one of the second level.
        min_score_deeper: Of one below the second level.
        model: A classifier of transformers in place of the one of newsbeam, `transformers:NAME`; null for that.
    """

    max: int = Field(default=3, ge=0)
    min_score: float = Field(default=0.2, ge=0, le=1)
    min_score_second: float = Field(default=0.25, ge=0, le=1)
    min_score_deeper: float = Field(default=0.3, ge=0, le=1)
    model: Annotated[str, StringConstraints(pattern="^transformers:.{1,400}$")] | None = None


class Limits(Settings):
    """Limits of a document, an entry and a worker process.

    Attributes:
        body: Bytes of one document, decompressed. Reading stops there, and the document becomes a dead letter.
        entries: Entries of one document; null for no limit. A longer document becomes a dead letter; its first
            entries are kept.
        paragraph: Characters of one paragraph; a longer one becomes a dead letter.
        paragraphs: Paragraphs of one entry; the text after them becomes a dead letter.
        seconds: CPU seconds for one document or story in one stage; one that takes longer becomes a dead letter.
        versions: Versions of one entry of a feed in a day. More are not written; the next one that is has what the feed
            says then.
        unpacked: How many times the bytes of an archive, or of a member of a zip, its content may have. The rest is
            left out, with a dead letter.
        memory: Bytes of data of one worker process, with its models; 0 for no limit.
    """

    body: Size = ByteSize(64_000_000)
    entries: int | None = Field(default=10_000, ge=1)
    paragraph: int = Field(default=100_000, ge=1)
    paragraphs: int = Field(default=10_000, ge=1, le=1_000_000)
    seconds: float = Field(default=60.0, ge=0.1)
    versions: int = Field(default=48, ge=1)
    unpacked: int = Field(default=100, ge=1)
    memory: Annotated[ByteSize, Field(ge=0)] = ByteSize(4_000_000_000)


def _as_network(text: object) -> Network:
    if isinstance(text, IPv4Network | IPv6Network):
        return text
    if not isinstance(text, str):
        raise ValueError(f"should be a network such as 10.0.0.0/8 or fd00::/8, not {shown(text)}")
    try:
        return ip_network(text.strip(), strict=False)
    except ValueError:
        raise ValueError(f"should be a network such as 10.0.0.0/8 or fd00::/8, not {shown(text)}") from None


class Fetch(Settings):
    """How feeds are fetched.

    Attributes:
        allow_networks: Networks that may be reached besides the public internet, such as an intranet or this machine.
        user_agent: The User-Agent header; None for the name and version of newsbeam.
        timeout: Maximum wait for the connection and for each part of the response.
        total_timeout: Maximum duration of one fetch.
    """

    user_agent: Text | None = None
    timeout: Duration = timedelta(seconds=30)
    total_timeout: Duration = timedelta(minutes=2)
    allow_networks: Annotated[
        tuple[Annotated[IPv4Network | IPv6Network, BeforeValidator(_as_network)], ...], Field(strict=False)
    ] = ()


class Stream(Settings):
    """Settings of `newsbeam stream`.

    Attributes:
        tick: How often the stream checks which feeds are due and lists drops; no feed is polled more often.
        flush: Maximum time that a row waits to be written to a file with others.
        batches: Number of batches of stories (at most 32 each), polls or dead letters after which a file is written.
        shards: On a cluster, the number of keys by which sources are spread over workers. It is part of the state: a
            stream that continues from a savepoint must have the same. A local stream has one.
    """

    tick: Duration = timedelta(seconds=2)
    flush: Duration = timedelta(seconds=30)
    batches: int = Field(default=64, ge=1)
    shards: int = Field(default=16, ge=1, le=4096)


class Raw(Settings):
    """The raw log: what was fetched, in `raw/` of the output.

    Attributes:
        keep: How long it is kept at least; null for no log. Then a stream that fails loses what it had fetched and
            not written yet, if the feed has moved on.
    """

    keep: Duration | None = timedelta(days=7)


def _kind_of_feed(value: Any) -> str:
    return "<opml>" if isinstance(value, OpmlList) or (isinstance(value, dict) and "opml" in value) else "<feed>"


# The angle brackets keep the union's tags apart from keys in the place of an error.
FeedOrList = Annotated[
    Annotated[Feed, Tag("<feed>")] | Annotated[OpmlList, Tag("<opml>")],
    Discriminator(_kind_of_feed),
]


class Config(Settings):
    """The config of a run or a stream. Picklable.

    Attributes:
        output: The folder of the tables: a path, or a URL of s3://, gs:// or az://.
        slice: Entries that a run works on at once; more need more memory and less overhead.
        lock_lease: How long the lock of an output in an object store stays after its writer has died.
    """

    output: PathOrUrl
    # Not strict: YAML has lists, and tuples keep the config frozen.
    feeds: Annotated[tuple[FeedOrList, ...], Field(strict=False)] = ()
    wires: Annotated[tuple[Wire, ...], Field(strict=False)] = ()
    dedup: Dedup = Dedup()
    entities: Entities = Entities()
    topics: Topics = Topics()
    limits: Limits = Limits()
    fetch: Fetch = Fetch()
    stream: Stream = Stream()
    raw: Raw = Raw()
    # Not strict, as feeds.
    alerts: Annotated[tuple[Alert, ...], Field(strict=False)] = ()
    slice: int = Field(default=2000, ge=1)
    lock_lease: Duration = timedelta(minutes=1)
    _folder: Path = PrivateAttr(default_factory=Path)
    _access: dict[str, Access] = PrivateAttr(default_factory=dict)
    _output_location: str = PrivateAttr("output")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if not self.feeds and not self.wires:
            raise ValueError("no sources: add feeds, wires or both")
        if error := alerts_error(self.alerts, bool(self.fetch.allow_networks)):
            raise ValueError(error)
        return self

    @classmethod
    def of_output(cls, output: str) -> "Config":
        """Return the defaults for an output, without sources."""
        # Not validated, which would ask for sources.
        return cls.model_construct(output=output)

    @property
    def folder(self) -> Path:
        """The folder of the config file; relative inputs are in it."""
        return self._folder

    @property
    def access(self) -> dict[str, Access]:
        """Credentials and headers of the requests to each source, by feed_url, also to the feeds of OPML lists."""
        return self._access

    def with_access(self, access: dict[str, Access]) -> "Config":
        """Return this config with the credentials and headers of the requests to each source."""
        config = self.model_copy()
        config._access = access
        return config

    @property
    def output_location(self) -> str:
        """Where the output is configured: "file:line:column: output"."""
        return self._output_location

    def with_absolute_folder(self) -> "Config":
        """Return this config with an absolute folder, for processes with another working directory."""
        config = self.model_copy()
        config._folder = self._folder.absolute()
        return config

    def with_output(self, output: str) -> "Config":
        """Return this config with the output of a command-line option."""
        config = self.model_copy(update={"output": output})
        config._output_location = "--output"
        return config


def load_config(path: str | Path) -> Config:
    """Read, parse and check a config file, and check that its local files exist.

    Args:
        path: A path, or the URL of an object store; relative inputs of a config there are in the current folder.

    Raises:
        ConfigError: With one line for each error.
    """
    yaml = _read_yaml(path)
    problems = [
        (yaml.place(place), _dotted(place), f"the environment variable {name} is not set")
        # Before the values are checked: one that could not be expanded would be called wrong as well.
        for place, name in environment.unset(_without_x_keys(yaml.value))
    ]
    if problems:
        raise ConfigError("\n".join(_line(path, *problem) for problem in problems))
    try:
        config = Config.model_validate(environment.expand(_without_x_keys(yaml.value)))
    except ValidationError as error:
        # By line and column, while pydantic's order is that of the model's fields.
        problems = sorted(_as_problem(details, yaml) for details in error.errors(include_url=False))
        raise ConfigError("\n".join(_line(path, *problem) for problem in problems)) from None
    config._folder = Path() if is_object_url(str(path)) else Path(path).parent
    config._output_location = _line(path, yaml.place(["output"]), "output", "")
    problems = [(yaml.place(place), _dotted(place), message) for place, message in _location_errors(config)]
    if problems:
        raise ConfigError("\n".join(_line(path, *problem) for problem in problems))
    return config


def _without_x_keys(value: Any) -> dict[Any, Any]:
    return {key: item for key, item in value.items() if not str(key).startswith("x-")}


def has_wildcard(location: str) -> bool:
    """Return whether a path is a pattern."""
    return any(character in location for character in "*?[") or has_date(location)


def has_date(location: str) -> bool:
    """Return whether a path has a place for dates."""
    return any(place in location for place in DATE_PLACES)


def local_path(location: str, folder: Path) -> Path | None:
    """Return the path of a plain path or file: URL, or None for other URLs."""
    scheme = _scheme(location)
    if scheme not in ("", "file"):
        return None
    plain = url2pathname(urlsplit(location).path) if scheme else location
    return folder / plain


def _scheme(location: str) -> str:
    # Two characters at least, since C:/ is a drive; file: and feed: may have no slashes.
    match = re.match(r"[a-z][a-z0-9+.-]+:(?=/|$)|(?:file|feed):", location, re.IGNORECASE)
    return match[0][:-1].lower() if match else ""


def _read_yaml(path: str | Path) -> PositionedYaml:
    try:
        yaml = parse(_content(path).decode("utf-8-sig"))  # some editors write a byte order mark
    except ObjectStoreError as error:
        raise ConfigError(str(error)) from error
    except OSError as error:
        raise ConfigError(f"{path}: can't be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 (byte {error.start})") from error
    except YamlError as error:
        raise ConfigError(f"{path}:{error.line}:{error.column}: {error.message}") from error
    if not isinstance(yaml.value, dict):
        what = "is empty" if yaml.value is None else f"should be a mapping (key: value), not {shown(yaml.value)}"
        raise ConfigError(f"{path}: {what}; allowed keys: {', '.join(sorted(Config.model_fields))}")
    return yaml


def _content(path: str | Path) -> bytes:
    if not is_object_url(str(path)):
        return Path(path).read_bytes()
    scheme, bucket, name = split_url(str(path))
    return Objects(scheme, bucket, "").read(name).data


def _location_errors(config: Config) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield place and message of each input that can't exist. The run resolves patterns and URLs."""
    for section, inputs in (("feeds", config.feeds), ("wires", config.wires)):
        for index, item in enumerate(inputs):
            key = next(key for key in ("url", "path", "opml") if getattr(item, key, None))
            message = _location_error(item.location, config.folder, folders=section == "wires")
            if message:
                yield (section, index, key), message


def _location_error(location: str, folder: Path, *, folders: bool) -> str:
    scheme = _scheme(location)
    if scheme and scheme not in SCHEMES:
        return f'unknown scheme "{scheme}:"; allowed: {", ".join(SCHEMES)}, or a path'
    try:
        if scheme in ("http", "https", "s3", "gs", "az") and not urlsplit(location).netloc:
            return f"is not a full URL: {location}"
        path = local_path(location, folder)
        # Before the patterns: names of files may have brackets.
        if path is None or path.is_file():
            return ""
        if path.is_dir():
            if folders:
                return ""
            return f"is a folder: {path}; add a pattern such as {location.rstrip('/')}/*.xml"
    except (OSError, ValueError) as error:  # a name that is too long, brackets without an IPv6 address
        return f"can't be used: {getattr(error, 'strerror', None) or error}"
    if has_wildcard(location):
        return ""
    return f"no such file{' or folder' if folders else ''}: {path}{address_hint(location)}"


Problem = tuple[tuple[int, int], str, str]

_SECTIONS: dict[tuple[str, ...], type[Settings]] = {
    (): Config,
    ("feeds", "<feed>"): Feed,
    ("feeds", "<opml>"): OpmlList,
    ("feeds", "<feed>", "auth"): Auth,
    ("feeds", "<opml>", "auth"): Auth,
    ("wires",): Wire,
    ("dedup",): Dedup,
    ("entities",): Entities,
    ("entities", "rules"): EntityRules,
    ("topics",): Topics,
    ("limits",): Limits,
    ("fetch",): Fetch,
    ("stream",): Stream,
    ("raw",): Raw,
    ("feeds", "<feed>", "expect"): Expect,
    ("feeds", "<opml>", "expect"): Expect,
    ("wires", "expect"): Expect,
    ("alerts",): Alert,
    ("alerts", "webhook"): Webhook,
    ("alerts", "command"): Command,
    ("alerts", "mail"): Mail,
}

_WITH_SECRETS = {"auth", "headers", "cookies", "webhook", "command", "mail"}

# pydantic's error types -> what was expected, in YAML's words.
_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "tuple_type": 'a list (each item begins with "- ")',
    "too_short": "a list of at least one item",
    "model_type": "a mapping (key: value)",
    "dict_type": "a mapping (key: value)",
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "string_pattern_mismatch": 'a language code such as "en"',
    "byte_size": "a size such as 500KB, 64MB or 2GiB",
    "byte_size_unit": "a size such as 500KB, 64MB or 2GiB",
}


def _as_problem(details: ErrorDetails, yaml: PositionedYaml) -> Problem:
    """Return the position of an error of pydantic, its key and its message."""
    # pydantic's places have steps that YAML hasn't: the tag of a union, and "[key]" for a key of a mapping.
    place = tuple(step for step in details["loc"] if not str(step).startswith("<") and step != "[key]")
    if details["type"] == "invalid_key":
        place = place[:-1]
    if details["type"] != "extra_forbidden":
        return yaml.place(place), _dotted(place), _message(details)
    *names, key = (step for step in details["loc"] if isinstance(step, str))
    allowed = sorted(_SECTIONS[tuple(names)].model_fields)
    guess = get_close_matches(key, allowed, n=1)
    hint = f' (did you mean "{guess[0]}"?)' if guess else ""
    message = f'unknown key "{key}"; allowed: {", ".join(allowed)}{hint}'
    return yaml.key_place(place[:-1], key), _dotted(place), message


def _message(details: ErrorDetails) -> str:
    kind, value = details["type"], details["input"]
    if not _WITH_SECRETS.isdisjoint(details["loc"]) and kind in _EXPECTED:
        return f"should be {_EXPECTED[kind]}"  # without the value, which may be a secret
    if kind == "invalid_key":
        return f"keys should be text, not {shown(value)}; put it in quotes"
    if kind == "missing":
        return "is missing"
    if kind == "value_error":
        return str(details["ctx"]["error"])
    if kind == "string_too_short":
        return "is empty"
    if kind in _EXPECTED:
        quotes = "; put it in quotes" if kind == "string_type" and isinstance(value, int | float | dict | list) else ""
        return f"should be {_EXPECTED[kind].format(**details.get('ctx', {}))}, not {shown(value)}{quotes}"
    return f"{details['msg'].removeprefix('Input ')}, not {shown(value)}"


def _line(path: str | Path, position: tuple[int, int], place: str, message: str) -> str:
    """Return "file:line:column: feeds[2].url: message"."""
    return ": ".join(part for part in (f"{path}:{position[0]}:{position[1]}", place, message) if part)


def _dotted(place: Sequence[str | int]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).lstrip(".")
