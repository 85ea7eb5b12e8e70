"""Rows to Parquet: schemas, files that appear whole, commits, the lock, what earlier runs wrote."""
