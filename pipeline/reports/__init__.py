"""Reports: inspect, views, check."""
