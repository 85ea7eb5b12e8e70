"""A Flink cluster on one machine, and a stream on it that is killed."""
