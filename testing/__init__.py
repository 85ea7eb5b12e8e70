"""A feed server that verifies what a reader made of it, and a Flink cluster on one machine."""
