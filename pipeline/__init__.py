"""What runs, with which settings: command line, configuration, the graph, the engines."""
