"""Shared by the stages: worker processes, isolation of records, packs, counters, state formats."""
