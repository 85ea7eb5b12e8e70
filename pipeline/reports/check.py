"""`newsbeam check`: lists what a run with this config would read."""

from rich.console import Console

from newsbeam.pipeline.config.model import Config
from newsbeam.pipeline.settings import fetch_settings
from newsbeam.pipeline.sources import expand_sources
from newsbeam.pipeline.terminal import Column, print_table, printable, shown
from newsbeam.transforms.common.plurals import counted
from newsbeam.transforms.read.http import HttpClient
from newsbeam.transforms.records import Source

COLUMNS = [Column(header) for header in ("source", "kind", "format", "language", "poll", "location")]


def print_check(config: Config, console: Console) -> None:
    """Print the sources, models and output of a run, and a line for each input that fails or is skipped."""
    warnings: list[str] = []
    with HttpClient(fetch_settings(config)) as client:
        sources = expand_sources(config, client, warnings.append)
    print_table(console, COLUMNS, [[*map(shown, _cells(source))] for source in sources])
    wires = sum(source.wire for source in sources)
    models = ", ".join(f"{language} {model}" for language, model in config.entities.models.items())
    console.print(
        f"\n{counted(len(sources), 'source')}: {counted(len(sources) - wires, 'feed')}, {counted(wires, 'wire file')}",
        highlight=False,
    )
    console.print(f"entities: {models or 'off'}; topics: {config.topics.max or 'off'}", highlight=False)
    console.print(f"output:   {config.output}", markup=False, highlight=False, soft_wrap=True)
    for warning in warnings:
        console.print(printable(warning), markup=False, highlight=False, soft_wrap=True)


def _cells(source: Source) -> tuple[str, ...]:
    poll = "" if source.wire else _short(source.poll_interval_s)
    return (
        source.name,
        "wire" if source.wire else "feed",
        source.format,
        source.language or "detect",
        poll,
        source.feed_url,
    )


def _short(seconds: float) -> str:
    """Return seconds as in a config: "15m", "1h30m"."""
    parts = []
    rest = int(seconds)
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")):
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts)
