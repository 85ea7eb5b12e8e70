"""A feed server with faults, verification of what a reader wrote, and a Flink cluster (docs/testing.md)."""
