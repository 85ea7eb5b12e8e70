"""What is tagged, by which models, and which rules correct them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from newsbeam.transforms.enrich.names.rules import ALL_RULES, EntityRules


@dataclass(frozen=True)
class EntitySettings:
    """Settings of `tag_stories`.

    Attributes:
        models: The model for each language, by primary subtag: {"en": "en_core_web_sm"}; see `models.load_model`. With
            none, nothing is tagged.
        rules: The rules around the models that are on.
        places: Whether places get their country and coordinates.
        quotes: Whether direct speech is extracted.
    """

    models: Mapping[str, str] = field(default_factory=dict)
    rules: EntityRules = ALL_RULES
    places: bool = True
    quotes: bool = True
