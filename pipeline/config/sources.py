"""Sections of the config that are sources: feeds, lists of feeds, and wires."""

from datetime import date, timedelta
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, SecretStr, Tag, model_validator

from newsbeam.pipeline.config.alerts import Expect
from newsbeam.pipeline.config.locations import has_date
from newsbeam.pipeline.config.values import Day, Duration, Language, PathOrUrl, Settings, Text, parse_duration
from newsbeam.transforms.common.formats import FORMATS, family
from newsbeam.transforms.read.access import Access, split_userinfo
from newsbeam.transforms.read.names import NameFilter


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


def _kind_of_feed(value: Any) -> str:
    return "<opml>" if isinstance(value, OpmlList) or (isinstance(value, dict) and "opml" in value) else "<feed>"


# The angle brackets keep the union's tags apart from keys in the place of an error.
FeedOrList = Annotated[
    Annotated[Feed, Tag("<feed>")] | Annotated[OpmlList, Tag("<opml>")],
    Discriminator(_kind_of_feed),
]
