"""newsbeam evaluate entities | quotes | topics | duplicates. As in `cli`, each command imports what it needs."""

from collections.abc import Callable
from pathlib import Path

import click

from newsbeam.pipeline.exit_status import BadUsage


@click.group()
def evaluate() -> None:
    """Measure on labelled rows of your own how good the labels are."""


_ERRORS = click.option(
    "--errors", default=20, show_default=True, type=click.IntRange(0), metavar="N", help="Errors to print."
)
_LABELLED = click.argument("path", metavar="FILE", type=click.Path(dir_okay=False, exists=True))
_MODELS = click.option(
    "--model", "models", multiple=True, metavar="LANGUAGE=MODEL", help="By default en=en_core_web_sm."
)


@evaluate.command()
@_LABELLED
@_MODELS
@_ERRORS
def entities(path: str, models: tuple[str, ...], errors: int) -> None:
    """Compare entities with the labelled rows in FILE (JSON Lines): a table, confusions, errors to read."""
    from newsbeam.pipeline.evaluate.evaluate_names import evaluate_entities

    _evaluate_names(evaluate_entities, path, models, errors)


@evaluate.command()
@_LABELLED
@_MODELS
@_ERRORS
def quotes(path: str, models: tuple[str, ...], errors: int) -> None:
    """Compare quotes with the labelled rows in FILE (JSON Lines): a table, confusions, errors to read."""
    from newsbeam.pipeline.evaluate.evaluate_names import evaluate_quotes

    _evaluate_names(evaluate_quotes, path, models, errors)


def _evaluate_names(compare: Callable[..., None], path: str, models: tuple[str, ...], errors: int) -> None:
    from rich.console import Console

    from newsbeam.transforms.enrich.packages import missing_models

    chosen = dict(model.partition("=")[::2] for model in models) or {"en": "en_core_web_sm"}
    missing = missing_models(chosen)
    if missing:
        raise BadUsage("\n".join(line.replace("entities.models.", "--model ") for line in missing))
    compare(Path(path), chosen, Console(), errors)


@evaluate.command()
@_LABELLED
@_ERRORS
def topics(path: str, errors: int) -> None:
    """Compare topics with the labelled rows in FILE: a table by topic, calibration, and the most frequent errors.

    FILE is JSON Lines, CSV or TSV: topics (qcodes such as medtop:15000000, several with "|"), title, text, language.
    """
    from rich.console import Console

    from newsbeam.pipeline.evaluate.evaluate_topics import evaluate_topics

    evaluate_topics(path, errors, Console())


@evaluate.command()
@_LABELLED
@click.option(
    "--near", default=0.6, show_default=True, type=click.FloatRange(0.6, 1), help="The least similarity of near."
)
@_ERRORS
def duplicates(path: str, near: float, errors: int) -> None:
    """Compare kinds of copies and updates with the labelled pairs in FILE (JSON Lines): a table, errors to read."""
    from rich.console import Console

    from newsbeam.pipeline.evaluate.evaluate_duplicates import evaluate_duplicates

    evaluate_duplicates(Path(path), near, Console(), errors)
