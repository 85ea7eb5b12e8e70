"""What happens to a record: one folder a stage, in the order data flows."""
