"""`newsbeam plot`: draws a plot of an output as SVG, PNG or a page.

matplotlib is used without pyplot: no window, no state. Colours of the SVG in a page are variables of its style sheet,
so that it follows the reader's theme; shades are opacities of one colour.
"""

import io
import re
import warnings
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any

import matplotlib as mpl
import networkx as nx
from matplotlib.axes import Axes
from matplotlib.dates import DAILY, AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator, NullLocator

from newsbeam.pipeline.reports.html_text import clip
from newsbeam.pipeline.reports.periods import Period
from newsbeam.pipeline.reports.plot_queries import Kind, Plot
from newsbeam.pipeline.reports.reading import ReportError, view_database
from newsbeam.pipeline.reports.report_data import set_period
from newsbeam.pipeline.reports.report_page import template

Row = tuple[Any, ...]

INK, SOFT, RULE, PAPER = "#1d1c1a", "#5c5953", "#dcd8cf", "#fdfcf9"
SERIES = ("#1f5673", "#b4512a", "#5b7a2e", "#7d4a8c", "#8a6d00", "#3f6f6a")
_VARIABLES = {INK: "ink", SOFT: "soft", RULE: "rule", PAPER: "paper"} | {
    colour: f"series-{number}" for number, colour in enumerate(SERIES)
}
_STYLE = {
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": INK,
    "text.parse_math": False,  # "$" in a name is a dollar
    "axes.edgecolor": RULE,
    "axes.labelcolor": SOFT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.facecolor": "none",
    "axes.grid": False,
    "grid.color": RULE,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "figure.facecolor": PAPER,
    "legend.frameon": False,
    "svg.fonttype": "none",  # texts stay texts
    "svg.hashsalt": "newsbeam",  # the same rows give the same file
}
_LABEL = 40
_A_DAY = timedelta(days=1)
_MINUTES = (
    (0, "0"),
    (1, "1 min"),
    (5, "5 min"),
    (15, "15 min"),
    (60, "1 h"),
    (240, "4 h"),
    (1_440, "1 d"),
    (10_080, "7 d"),
)
_HEIGHT_OF_ROW = 0.26  # inches


def draw(plot: Plot, rows: Sequence[Row], title: bool = True) -> Figure:
    """Return the plot of rows of its query, of which there is at least one; a page has its title above it."""
    with mpl.rc_context(_STYLE):
        names = len({row[0] for row in rows})
        height = 1.6 + _HEIGHT_OF_ROW * max(names, 6) if plot.kind in ("heat", "ranges") else _HEIGHTS[plot.kind]
        figure = Figure(figsize=(9, height), layout="constrained")
        axes = figure.subplots()
        _DRAW[plot.kind](axes, rows)
        axes.set_xlabel(plot.axes[0])
        axes.set_ylabel(plot.axes[1])
        if title:
            axes.set_title(plot.about, loc="left", fontsize=11, wrap=True)
    return figure


def save(figure: Figure, file_format: str) -> bytes:
    """Return a figure as "svg" or "png"."""
    target = io.BytesIO()
    # The same rows give the same file, at any time and with any version.
    metadata = {"Date": None, "Creator": None} if file_format == "svg" else {"Software": None}
    with mpl.rc_context(_STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")  # a PNG shows a box; an SVG has the text
        warnings.filterwarnings("ignore", message="constrained_layout")
        figure.savefig(target, format=file_format, metadata=metadata, dpi=150)
    return target.getvalue()


def inline_svg(figure: Figure, label: str) -> str:
    """Return a figure as an SVG element for a page; its colours are variables, its ids begin with the label."""
    text = save(figure, "svg").decode("utf-8")
    text = text[text.index("<svg ") :]
    text = re.sub(r"<metadata>.{0,2000}?</metadata>", "", text, count=1, flags=re.DOTALL)
    for colour, name in _VARIABLES.items():
        text = text.replace(colour, f"var(--{name})")
    # A page may have several plots, whose ids must differ.
    for mark in ('id="', 'href="#', "url(#"):
        text = text.replace(mark, f"{mark}{label}-")
    return text.replace("<svg ", f'<svg class="plot" role="img" aria-labelledby="{label}-caption" ', 1)


def plot_output(output: str, plot: Plot, period: Period, file_format: str) -> bytes:
    """Return a plot of an output.

    Args:
        output: A folder that newsbeam wrote to, or its URL in an object store.
        plot: Which.
        period: What it is of.
        file_format: svg, png or html.

    Raises:
        ReportError: The output can't be read, or there is nothing to plot.
    """
    with view_database(output) as database:
        set_period(database, period)
        rows = database.execute(plot.sql).fetchall()
    if not rows:
        raise ReportError(
            f"{output}: nothing to plot from {period.since:%Y-%m-%d %H:%M} to {period.until:%Y-%m-%d %H:%M}"
        )
    figure = draw(plot, rows, title=file_format != "html")
    if file_format != "html":
        return save(figure, file_format)
    page = template("plot.html", period.until.year)
    svg = inline_svg(figure, plot.name)
    return page.render(plot=plot, rows=rows, svg=svg, output=output, period=period).encode("utf-8")


def _lines(axes: Axes, rows: Sequence[Row]) -> None:
    for number, (name, points) in enumerate(_series(rows)):
        days, values = [day for day, _ in points], [value for _, value in points]
        colour, dashes = SERIES[number % len(SERIES)], ("-", "--", ":")[number // len(SERIES) % 3]
        axes.plot(days, values, color=colour, linestyle=dashes, marker="o", markersize=3, label=_label(name))
    _dated(axes, rows)


def _areas(axes: Axes, rows: Sequence[Row]) -> None:
    """Draw bars of days on top of each other."""
    bottoms: dict[Any, float] = {}
    for number, (name, points) in enumerate(_series(rows)):
        days, values = [day for day, _ in points], [value for _, value in points]
        below = [bottoms.get(day, 0) for day in days]
        axes.bar(days, values, bottom=below, color=SERIES[number % len(SERIES)], width=0.8, label=_label(name))
        bottoms |= {day: low + value for day, low, value in zip(days, below, values, strict=True)}
    _dated(axes, rows)


def _series(rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    return [(name, [row[1:] for row in group]) for name, group in groupby(rows, key=lambda row: row[0])]


def _dated(axes: Axes, rows: Sequence[Row]) -> None:
    whole = all(isinstance(row[2], int) for row in rows)
    days = sorted(row[1] for row in rows)
    axes.set_xlim(days[0] - _A_DAY, days[-1] + _A_DAY)
    locator = AutoDateLocator(minticks=1, maxticks=9)
    locator.intervald[DAILY] = [1, 2, 3, 7, 14]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    axes.set_ylim(bottom=0)
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    axes.yaxis.set_major_locator(MaxNLocator(6, integer=whole))
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1))


def _heat(axes: Axes, rows: Sequence[Row]) -> None:
    """Draw shaded cells with their numbers."""
    names = sorted({row[0] for row in rows})
    columns = range(24) if isinstance(rows[0][1], int) else sorted({row[1] for row in rows})
    most = max(row[2] for row in rows)
    for name, column, value in rows:
        x, y, shade = list(columns).index(column), names.index(name), 0.1 + 0.6 * value / most
        axes.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=SERIES[1], alpha=shade, edgecolor="none"))
        axes.text(x, y, f"{value:,}", ha="center", va="center", fontsize=6.5)
    axes.set_xlim(-0.5, len(columns) - 0.5)
    axes.set_ylim(len(names) - 0.5, -0.5)
    long = not isinstance(columns, range)
    axes.set_xticks(range(len(columns)), [_label(str(each)) for each in columns], rotation=60 if long else 0,
                    ha="right" if long else "center", rotation_mode="anchor")  # fmt: skip
    axes.set_yticks(range(len(names)), map(_label, names))
    axes.tick_params(length=0)


def _ranges(axes: Axes, rows: Sequence[Row]) -> None:
    """Draw the median as a point on a line from the first to the third quartile, on a scale for minutes to days."""
    for y, (_, low, middle, high) in enumerate(rows):
        axes.plot([low, high], [y, y], color=SERIES[0], linewidth=3, alpha=0.4, solid_capstyle="butt")
        axes.plot([middle], [y], color=SERIES[0], marker="o", markersize=5)
    axes.set_yticks(range(len(rows)), [_label(row[0]) for row in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    longest = max(row[3] for row in rows)
    # Not "log", which has no 0.
    axes.set_xscale("symlog", linthresh=5)
    axes.set_xlim(left=0, right=max(5, longest * 1.2))
    axes.set_xticks(*zip(*((at, name) for at, name in _MINUTES if at <= longest * 1.2 or at <= 5), strict=True))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.grid(axis="x")
    axes.tick_params(axis="y", length=0)


def _network(axes: Axes, rows: Sequence[Row]) -> None:
    graph = nx.Graph()
    graph.add_weighted_edges_from(rows)
    places = _placed(graph, rows)
    most = max(row[2] for row in rows)
    for one, other, value in rows:
        line = [(places[one][axis], places[other][axis]) for axis in (0, 1)]
        axes.plot(*line, color=SOFT, linewidth=0.5 + 3 * value / most, alpha=0.35)
    for name, (x, y) in places.items():
        axes.plot([x], [y], marker="o", color=SERIES[1], markersize=4 + 10 * (graph.degree(name) / len(graph)) ** 0.5)
        axes.annotate(_label(name), (x, y), (0, 7), textcoords="offset points", ha="center", fontsize=8)
    axes.set_axis_off()
    axes.margins(0.12)


def _placed(graph: nx.Graph, rows: Sequence[Row]) -> dict[str, tuple[float, float]]:
    """Return a place for each name: those that are connected near each other, groups on shelves, the largest first."""
    places: dict[str, tuple[float, float]] = {}
    width, x, y, shelf = 3.2 * len(graph) ** 0.5, 0.0, 0.0, 0.0
    for names in sorted(nx.connected_components(graph), key=lambda names: (-len(names), min(names))):
        radius = 0.7 + len(names) ** 0.5
        if x and x + 2 * radius > width:
            x, y, shelf = 0.0, y - shelf, 0.0
        group = nx.Graph()  # in the order of the rows, so that the same rows give the same places
        group.add_weighted_edges_from(row for row in rows if row[0] in names)
        center = (x + radius, y - radius)
        places |= nx.spring_layout(group, seed=1, k=2.0, weight=None, center=center, scale=0.75 * radius)
        x, shelf = x + 2 * radius, max(shelf, 2 * radius)
    return places


def _label(name: str) -> str:
    return clip(" ".join(name.split()), _LABEL)


_DRAW: dict[Kind, Callable[[Axes, Sequence[Row]], None]] = {
    "lines": _lines,
    "areas": _areas,
    "heat": _heat,
    "ranges": _ranges,
    "network": _network,
}
_HEIGHTS: dict[Kind, float] = {"lines": 4.2, "areas": 4.2, "network": 6.5}
