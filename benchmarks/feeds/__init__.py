"""Entries of six feed parsers' own test feeds, as newsbeam reads them, against what those projects expect.

    python -m benchmarks.feeds                  a table, a row a suite; the kinds of disagreement
    python -m benchmarks.feeds --show gofeed    every disagreement of one suite

One check is one field of one entry of one file: title, link, id, dates, authors, categories, summary, content, and the
number of entries. How each is compared is said in checks.py, what each suite's own words are taken to mean in
feedparser_files.py, json_files.py and facts_files.py. Disagreements count against newsbeam whoever is right; kinds.py
names them all, with who is right by the specification.

The suites' files are read from the folder of public test data and are not part of this repository.
"""
