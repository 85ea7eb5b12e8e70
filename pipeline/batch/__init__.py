"""One pass: the driver of `newsbeam run`, what it sets aside on disk, and what it says."""
