"""The config as a whole."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, PrivateAttr, model_validator

from newsbeam.pipeline.config.alerts import Alert, alerts_error
from newsbeam.pipeline.config.sections import Dedup, Entities, Fetch, Limits, Raw, Stream, Topics
from newsbeam.pipeline.config.sources import FeedOrList, Wire
from newsbeam.pipeline.config.values import Duration, PathOrUrl, Settings
from newsbeam.transforms.read.access import Access


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
