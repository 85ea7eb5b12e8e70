"""A Flink cluster on one machine, and a stream on it whose processes are killed."""
