"""Entities as a model finds them, with how certain it is. No Beam, no spaCy here."""

from dataclasses import dataclass, field

from newsbeam.transforms.records import Entity


@dataclass(frozen=True)
class FoundEntity(Entity):
    """An entity that a model has found; rows have it without its certainty.

    Attributes:
        certainty: The chance that the model gives it, 0 to 1. What a model finds that tells none is a plain Entity.
    """

    certainty: float = field(default=1.0, compare=False)


def certainty_of(entity: Entity) -> float:
    """Return how certain an entity is: 1 for those that rules and lists find."""
    return entity.certainty if isinstance(entity, FoundEntity) else 1.0
