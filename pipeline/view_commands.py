"""newsbeam views | sql | show | export: the commands that answer questions about an output.

As in `cli`, each command imports what it needs.
"""

import click

from newsbeam.pipeline.options import OUTPUT, QUIET, working
from newsbeam.pipeline.reading_commands import require


@click.command()
@OUTPUT
@click.option(
    "--dialect",
    type=click.Choice(["duckdb", "spark", "clickhouse", "polars"]),
    default="duckdb",
    show_default=True,
    help="The engine that reads the views.",
)
@click.option(
    "--materialize",
    "folder",
    metavar="FOLDER",
    help="Write the rows of each view to FOLDER as Parquet, and print no SQL.",
)
@QUIET
def views(output: str, dialect: str, folder: str | None, quiet: bool) -> None:
    """Print SQL for views of the current stories in OUTPUT.

    The views leave out versions that were killed, replaced or are under embargo, and repeated paragraphs.

    For example: newsbeam views OUTPUT | duckdb news.db
    """
    if folder is not None:
        _materialize(output, folder, quiet)
        return
    # UTF-8, as the engines read it, whatever the terminal's encoding.
    click.echo(_views_in(dialect, output).encode(), nl=False)


def _views_in(dialect: str, output: str) -> str:
    if dialect == "duckdb":
        from newsbeam.pipeline.reports.views import views_sql

        return views_sql(output)
    require("sqlglot")
    from newsbeam.pipeline.reports.dialects import views_in

    return views_in(dialect, output)


def _materialize(output: str, folder: str, quiet: bool) -> None:
    from newsbeam.pipeline.reports.materialize import materialize

    with working("views --materialize", quiet) as progress:
        for path in materialize(output, folder, progress):
            if not quiet:
                with progress.aside():
                    click.echo(f"wrote {path}")


@click.command()
@OUTPUT
@click.argument("query", metavar="[QUERY]", required=False)
@click.option("--csv", "format", flag_value="csv", help="Print CSV.")
@click.option("--json", "format", flag_value="json", help="Print JSON.")
@click.option("--parquet", "file", metavar="FILE", help="Write the rows to FILE as Parquet.")
@QUIET
def sql(output: str, query: str | None, format: str | None, file: str | None, quiet: bool) -> int:
    """Answer QUERY, in DuckDB's SQL, from the tables and views of OUTPUT; without it, read queries from stdin.

    Nothing can be written, and no other file read.

    For example: newsbeam sql OUTPUT "SELECT name, count(*) FROM mentions GROUP BY 1 ORDER BY 2 DESC LIMIT 10"
    """
    from newsbeam.pipeline.exit_status import DONE, USAGE
    from newsbeam.pipeline.reports.run_sql import print_as, print_rows, run_sql, write_as

    show = write_as("parquet", file, output) if file else print_as(format) if format else print_rows
    # A prompt answers each query as fast as it can.
    with working("the query", quiet or query is None) as progress:
        return USAGE if run_sql(output, query, show, progress) else DONE


@click.command()
@OUTPUT
@click.argument("query", metavar="VIEW|QUERY")
@click.option(
    "-o", "file", required=True, metavar="FILE", help="Its name ends with .csv, .xlsx, .json, .jsonl, .parquet."
)
@click.option("--feed", type=click.Choice(["rss", "atom", "json"]), help="Write the entries of the rows as a feed.")
@QUIET
def export(output: str, query: str, file: str, feed: str | None, quiet: bool) -> None:
    """Write the rows of a view or of a query on OUTPUT to FILE.

    With --feed: the entries that the rows name in a column `entry_id`, with their text.

    For example: newsbeam export OUTPUT entries_now -o stories.xlsx
    """
    from pathlib import Path

    with working("the export", quiet) as progress:
        if feed is not None:
            from newsbeam.pipeline.reports.export_feed import export_feed

            count = export_feed(output, query, Path(file), feed, progress)
        else:
            require("xlsxwriter")
            from newsbeam.pipeline.reports.export import export as export_rows

            count = export_rows(output, query, Path(file), progress)
    if not quiet:
        click.echo(f"wrote {count:,} {'entries' if feed else 'rows'} to {file}", err=True)


@click.command()
@OUTPUT
@click.argument("name", metavar="ID|URL|GUID")
@click.option("-o", "file", metavar="FILE", help="Write an HTML page to FILE.")
@QUIET
def show(output: str, name: str, file: str | None, quiet: bool) -> None:
    """Show an entry of OUTPUT, or a story (event) with its entries in order of appearance.

    Of an entry: its versions word by word, where else its paragraphs stand, names, quotes, media, what the wire said.
    """
    from pathlib import Path

    from rich.console import Console

    from newsbeam.pipeline.reports.export import write_file
    from newsbeam.pipeline.reports.show import html_of, print_page
    from newsbeam.pipeline.reports.show_data import pages_of

    if file is not None:
        require("jinja2")
    with working("show", quiet) as progress:
        progress.phase("Reading")
        pages = list(pages_of(output, name))
        if file is not None:
            write_file(Path(file), html_of(pages), output)
    if file is None:
        for page in pages:
            print_page(page, Console())
    elif not quiet:
        click.echo(f"wrote {file}", err=True)


VIEW_COMMANDS = (views, sql, show, export)
