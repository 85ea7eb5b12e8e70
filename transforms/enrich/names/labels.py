"""Labels of entities: those of names, and which of them mean people, places and groups."""

# The labels of names in OntoNotes (English models) and in WikiNER (most others); ties go to the earlier one.
# Dates, amounts and ordinals have no fuller form.
NAME_LABELS = (
    *("PERSON", "PER", "GPE", "ORG", "NORP", "LOC", "FAC", "PRODUCT", "EVENT", "LAW", "WORK_OF_ART"),
    *("MISC", "LANGUAGE"),
)
PEOPLE = frozenset({"PERSON", "PER"})
PLACES = frozenset({"GPE", "LOC"})
