"""The command: python -m benchmarks.feeds [--show SUITE]."""

import click
from rich.console import Console

from benchmarks.feeds.report import TARGETS, print_disagreements, print_results, run_suites


@click.command(help="Compare newsbeam's reading of six feed parsers' own test feeds with what they expect.")
@click.option("--show", type=click.Choice(list(TARGETS)), help="List every disagreement of one suite.")
def main(show: str | None) -> None:
    """Print the table of suites, or the disagreements of one."""
    results = list(run_suites(suites=[show] if show else TARGETS))
    console = Console()
    for result in results if show else ():
        print_disagreements(result, console)
    print_results(results, console)


if __name__ == "__main__":
    main()
