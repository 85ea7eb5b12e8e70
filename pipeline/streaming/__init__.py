"""The driver of `newsbeam stream`, its state at the start, and its status lines."""
