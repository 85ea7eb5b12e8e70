"""What moves batches: worker processes, isolation, packs, counters, state formats."""
