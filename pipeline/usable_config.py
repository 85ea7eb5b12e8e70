"""Loads a config for a command, which ends with one line for each error in it."""

from typing import TYPE_CHECKING

import click

from newsbeam.pipeline.exit_status import BadUsage

if TYPE_CHECKING:
    from newsbeam.pipeline.config.model import Config


def usable_config(path: str, output: str | None = None) -> "Config":
    """Return the config in a file, with the output of an option if that is given.

    Raises:
        click.UsageError: It is an option.
        BadUsage: The config, or its output, can't be used.
    """
    from newsbeam.pipeline.config.load import load_config
    from newsbeam.pipeline.config.problems import ConfigError
    from newsbeam.pipeline.output_location import output_error

    # Unknown options are passed on, so one of Beam's in the first place would be taken for CONFIG.
    if path.startswith("-"):
        raise click.UsageError(f"CONFIG comes first, then Beam's options, but the first argument is {path}")
    try:
        config = load_config(path)
    except ConfigError as error:
        raise BadUsage(str(error)) from error
    config = config if output is None else config.with_output(output)
    error_line = output_error(config)
    if error_line:
        raise BadUsage(f"{config.output_location}: {error_line}")
    return config
