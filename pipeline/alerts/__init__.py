"""Alerts: what the config's rules find in the committed rows of an output, and whom it is sent to."""
