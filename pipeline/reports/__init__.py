"""What an output holds: inspect, views, check."""
