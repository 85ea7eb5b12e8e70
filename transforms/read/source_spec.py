"""A line of `feeds:` or `wires:` as the config has it. No Beam here."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from newsbeam.transforms.read.access import NO_ACCESS, Access
from newsbeam.transforms.read.names import EVERY_NAME, NameFilter

POLL_INTERVAL_S = 900.0


@dataclass(frozen=True)
class SourceSpec:
    """What `expand_feed`, `expand_wire` and `expand_opml` make sources of.

    Attributes:
        location: Of a feed an http(s) or file: URL, a path, or a pattern of paths (see `expand_pattern`). Of a wire a
            folder, a file, a pattern, or an object store's prefix (see `list_drop`). Of an OPML list a path or URL.
        name: The source's name. By default a feed has the title in its entries, else the host without `www.` or the
            name of its file; a wire has the name of the folder, for a pattern that of each file's folder.
        source_id: The source's id. By default a feed has its address, or the path of each file; a wire has its folder,
            for a pattern the one before the first wildcard, or, without a name, each file's.
        language: BCP 47, or "". Of an OPML list: for feeds whose outline has none.
        format: "auto", or the parser's name.
        zone: The time zone of times that name none (IANA), or "".
        base: The folder that relative paths start from.
        poll_interval_s: Seconds between polls.
        keeps_interval: Whether `poll_interval_s` is from the config and not the default.
        access: Headers of requests for a URL; of an OPML list, for the list and not for the feeds in it. A user name
            and a password may also be in the URL itself.
        names: Which files of a wire are read; all members of an archive are.
        quiet_period_s: Seconds that a wire's file must stay the same before it is read (see `quiet_files`).
        since, until: Of a wire with dates in its location: the first and the last day that is listed, or how long
            before today they are; today if there is no last one (see `dated`).
        allow_outside: Whether an OPML list on disk may name files outside its folder.
    """

    location: str
    name: str = ""
    source_id: str = ""
    language: str = ""
    format: str = "auto"
    zone: str = ""
    base: Path = field(default_factory=Path)
    poll_interval_s: float = POLL_INTERVAL_S
    keeps_interval: bool = False
    access: Access = NO_ACCESS
    names: NameFilter = EVERY_NAME
    quiet_period_s: float = 0.0
    allow_outside: bool = False
    since: date | timedelta | None = None
    until: date | timedelta | None = None
