"""What a run looks up in an output for the events, the furniture and the origins of new stories."""

from datetime import date, timedelta
from pathlib import Path

from newsbeam.pipeline.batch.known_relations import RelationLookup
from newsbeam.transforms.dedup.relations.light import light_story
from newsbeam.transforms.write.store import Store
from tests.support.news import DAY, FERRY, Output, item, split


def test_stories_and_paragraphs_are_in_the_order_in_which_they_were_decided(tmp_path: Path) -> None:
    """Of an archive all were fetched at one time, which is not the order of their dates."""
    archive = [
        item(guid, 0, [FERRY, f"Only {guid} has this line."], published=DAY - timedelta(days=90 - number))
        for number, guid in enumerate("dbca")
    ]
    Output(tmp_path / "out").run(*reversed(archive))
    known = RelationLookup(Store(str(tmp_path / "out")), date.min)([light_story(split(entry)) for entry in archive])
    ids = [entry.entry_id for entry in archive]
    assert ids != sorted(ids)
    assert [story.entry_id for story in known.stories] == ids
    assert [paragraph.entry_id for paragraph in known.paragraphs] == [each for each in ids for _ in range(2)]
