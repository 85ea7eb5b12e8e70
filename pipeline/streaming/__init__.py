"""The driver of `newsbeam stream`, what a stream knows when it starts, and its status lines."""
