"""Names of sources, files and entries stay plain text in SQL, paths and partitions."""

from pathlib import Path

import duckdb

from newsbeam.pipeline.cli import main
from newsbeam.pipeline.reports.views import views_sql

NAME = "it's \"a\"; DROP VIEW entries; --/../../x%2e%2e=date={0}'\\"
FEED = (
    "<rss version='2.0'><channel><title>T</title><item><guid>{0}</guid><title>{0}</title>"
    "<category>{0}</category><description>The ferry is back in the harbour {0}</description></item></channel></rss>"
)


def test_names_that_would_be_sql_or_paths(tmp_path):
    folder = tmp_path / 'it\'s "here"; --'
    (folder / "drop/date=2020-01-01").mkdir(parents=True)
    escaped = NAME.replace('"', "&quot;").replace("'", "&apos;")
    (folder / "drop/date=2020-01-01/$(touch x); 'a'.xml").write_text(FEED.format(escaped))
    source = NAME.replace("'", "''")
    config = folder / "c.yaml"
    config.write_text(
        f"output: out\nwires: [{{path: drop, source: '{source}', settle: 0s}}]\nentities: {{models: {{}}}}\n"
    )
    output = folder / "output '; --"
    assert main(["run", str(config), "-q", "--direct_num_workers=1", "--output", str(output)]) == 0
    assert main(["inspect", str(output)]) == 0
    with duckdb.connect() as database:
        database.execute(views_sql(str(output)))
        assert database.execute("SELECT source, title, guid FROM entries").fetchall() == [(NAME, NAME, NAME)]
    assert sorted(path.name for path in tmp_path.iterdir()) == [folder.name]
    partitions = {part for path in output.rglob("*.parquet") for part in path.relative_to(output).parts[1:-1]}
    assert len(partitions) == 1
    assert not (Path.cwd() / "x").exists()
