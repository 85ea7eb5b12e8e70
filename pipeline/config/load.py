"""Reads and checks a config file."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from newsbeam.pipeline.config import environment
from newsbeam.pipeline.config.locations import location_error
from newsbeam.pipeline.config.model import Config
from newsbeam.pipeline.config.problems import ConfigError, as_problem, dotted, line
from newsbeam.pipeline.config.values import shown
from newsbeam.pipeline.config.yaml_positions import PositionedYaml, YamlError, parse
from newsbeam.transforms.common.object_clients import ObjectStoreError
from newsbeam.transforms.common.objects import Objects, is_object_url, split_url


def load_config(path: str | Path) -> Config:
    """Read, parse and check a config file, and check that its local files exist.

    Args:
        path: A path, or the URL of an object store; relative inputs of a config there are in the current folder.

    Raises:
        ConfigError: With one line for each error.
    """
    yaml = _read_yaml(path)
    problems = [
        (yaml.place(place), dotted(place), f"the environment variable {name} is not set")
        # Before the values are checked: one that could not be expanded would be called wrong as well.
        for place, name in environment.unset(_without_x_keys(yaml.value))
    ]
    if problems:
        raise ConfigError("\n".join(line(path, *problem) for problem in problems))
    try:
        config = Config.model_validate(environment.expand(_without_x_keys(yaml.value)))
    except ValidationError as error:
        # By line and column, while pydantic's order is that of the model's fields.
        problems = sorted(as_problem(details, yaml) for details in error.errors(include_url=False))
        raise ConfigError("\n".join(line(path, *problem) for problem in problems)) from None
    config._folder = Path() if is_object_url(str(path)) else Path(path).parent
    config._output_location = line(path, yaml.place(["output"]), "output", "")
    problems = [(yaml.place(place), dotted(place), message) for place, message in _location_errors(config)]
    if problems:
        raise ConfigError("\n".join(line(path, *problem) for problem in problems))
    return config


def _without_x_keys(value: Any) -> dict[Any, Any]:
    return {key: item for key, item in value.items() if not str(key).startswith("x-")}


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
            message = location_error(item.location, config.folder, folders=section == "wires")
            if message:
                yield (section, index, key), message
