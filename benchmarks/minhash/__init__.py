"""newsbeam's deduplication beside that of datasketch and datatrove, which run in an environment of their own."""
