"""Which entities are names: figures and times are not."""

IS_NAME = "label NOT IN ('CARDINAL', 'DATE', 'MONEY', 'ORDINAL', 'PERCENT', 'QUANTITY', 'TIME')"
"""A condition on the column `label`, in SQL."""
