"""Drivers: command line, config, the graph, batch and streaming, runners."""
