"""What other Beam pipelines attach to: rows with schemas, Beam YAML, options, hints, lineage, models of one's own."""

import json
import re
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
import yaml
from apache_beam import coders
from apache_beam.dataframe.convert import to_dataframe, to_pcollection
from apache_beam.metrics.metric import Lineage
from apache_beam.ml.inference.base import ModelHandler, PredictionResult
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.util import assert_that, equal_to
from apache_beam.transforms import resources
from apache_beam.yaml import yaml_transform

from newsbeam.pipeline.config.load import load_config
from newsbeam.pipeline.read_news import ReadNews
from newsbeam.pipeline.recorded_run import shown_options
from newsbeam.pipeline.runners.options import NewsbeamOptions
from newsbeam.pipeline.runners.runners import batch_engine
from newsbeam.transforms.enrich.model_handler import TagEntitiesWith
from newsbeam.transforms.enrich.transforms import TagEntities
from newsbeam.transforms.records import DeadLetter
from newsbeam.transforms.runtime.workers import worker_pool
from newsbeam.transforms.write.beam_rows import (
    MakeDeadLetterRows,
    MakeEntryRows,
    MakeParagraphRows,
    beam_rows,
    row_type,
)
from newsbeam.transforms.write.rows import story_rows
from newsbeam.transforms.write.schema import DEAD_LETTERS, ENTRIES, PARAGRAPHS, dead_letter_table, entry_table
from newsbeam.transforms.write.stage_slice import StageSlice
from newsbeam.transforms.write.store import Store
from tests.support.outputs import SHARED_BY_ALL, write_config, write_feeds
from tests.support.runs import a_run
from tests.write.conftest import _make_story

ROOT = Path(__file__).parents[2]
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def pipeline(options: Sequence[str] = ()) -> beam.Pipeline:
    return beam.Pipeline(FnApiRunner(), PipelineOptions(list(options)))


@pytest.mark.parametrize("schema", [PARAGRAPHS, ENTRIES, DEAD_LETTERS], ids=["paragraphs", "entries", "dead letters"])
def test_rows_have_a_schema_with_the_columns_of_the_table(schema: Any) -> None:
    coder = coders.registry.get_coder(row_type(schema))
    assert isinstance(coder, coders.RowCoder)
    assert [field.name for field in coder.schema.fields] == schema.names
    nullable = {field.name for field in coder.schema.fields if field.type.nullable}
    assert nullable == {f.name for f in schema if f.nullable and not str(f.type).startswith("list")}


def test_values_survive_the_coder() -> None:
    story = _make_story(
        "a", published=NOON, dateline_date=NOON.date(), authors=("Ann",), urgency=4, dateline_latitude=1.5
    )
    coder = coders.registry.get_coder(row_type(ENTRIES))
    (row,) = beam_rows(entry_table([story]))
    read = coder.decode(coder.encode(row))
    assert (read.published.to_utc_datetime(has_tz=True), read.dateline_date) == (NOON, NOON.date())
    assert (read.authors, read.urgency, read.dateline_latitude, read.guid) == (["Ann"], 4, 1.5, None)


def test_rows_are_timestamped_with_their_fetch() -> None:
    letter = DeadLetter("parse", "ParseError", "no root", "Example", "u", NOON, b"\x00")
    with pipeline() as p:
        stories = p | beam.Create([_make_story("a"), _make_story("b")])
        rows = (
            stories | MakeParagraphRows(),
            stories | MakeEntryRows(),
            p | "Letters" >> beam.Create([letter]) | MakeDeadLetterRows(),
        )
        times = rows | beam.Flatten() | beam.Map(lambda _, at=beam.DoFn.TimestampParam: at.to_utc_datetime(has_tz=True))
        assert_that(times, equal_to([NOON] * 7))


def test_data_frames_attach() -> None:
    with pipeline() as p:
        stories = p | beam.Create([_make_story("a", ("One.", "Two.", "Three."))])
        frame = to_dataframe(stories | MakeParagraphRows() | beam.Select("text", "kind"))
        counts = to_pcollection(frame.groupby("kind").count(), include_indexes=True)
        assert_that(counts | beam.Map(tuple), equal_to([("paragraph", 3)]))


def test_the_example_for_beam_yaml_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_feeds(tmp_path, feeds=2, entries=2)
    (tmp_path / "feeds/broken.json").write_text("{")
    (tmp_path / "configs").mkdir()
    write_config(tmp_path).rename(tmp_path / "configs/sample.yaml")
    config = (tmp_path / "configs/sample.yaml").read_text().replace("feeds/*", "../feeds/*")
    (tmp_path / "configs/sample.yaml").write_text(config)
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "configs/beam-yaml", tmp_path / "configs/beam-yaml")
    text = (tmp_path / "configs/beam-yaml/pipeline.yaml").read_text()
    spec = yaml.load(text, Loader=yaml_transform.SafeLineLoader)
    with worker_pool(1, lambda: None), pipeline() as p:
        yaml_transform.expand_pipeline(p, spec)
    (written,) = (tmp_path / "output").glob("sample-paragraphs.jsonl*")
    rows = [json.loads(line) for line in written.read_text().splitlines()]
    assert {row["source"] for row in rows} == {"Feed 0", "Feed 1"}
    assert len({row["text"] for row in rows}) == len(rows)
    assert [row["text"] for row in rows].count(SHARED_BY_ALL) == 1
    (letters,) = (tmp_path / "output").glob("sample-dead-letters.jsonl*")
    assert json.loads(letters.read_text())["uri"].endswith("broken.json")


def test_a_pipeline_that_reads_news_has_typed_outputs(tmp_path: Path) -> None:
    write_feeds(tmp_path, feeds=1, entries=1)
    outputs = pipeline() | ReadNews(load_config(write_config(tmp_path)))
    for collection, schema in zip(outputs, (PARAGRAPHS, ENTRIES, DEAD_LETTERS), strict=True):
        coder = coders.registry.get_coder(collection.element_type)
        assert [field.name for field in coder.schema.fields] == schema.names
    assert [r["stage"] for r in dead_letter_table([]).to_pylist()] == []


def test_a_job_shows_what_it_runs() -> None:
    run = a_run("20261124T120000aaaaaa", NOON)
    engine = batch_engine(["--runner=FlinkRunner", *shown_options(run, "s3://bucket/news")])
    shown = PipelineOptions(list(engine.beam_args)).view_as(NewsbeamOptions)
    assert (shown.newsbeam_version, shown.newsbeam_config_hash) == ("1", "c0")
    everything = shown.get_all_options(drop_default=True)
    assert {name for name in everything if name.startswith("newsbeam_")} == {
        "newsbeam_version",
        "newsbeam_command",
        "newsbeam_output",
        "newsbeam_run_id",
        "newsbeam_config_hash",
    }
    assert everything["newsbeam_run_id"] == run.run_id


@pytest.mark.parametrize("min_ram", [None, "4GB"])
def test_the_model_step_can_hint_at_its_memory(min_ram: str | None) -> None:
    p = pipeline()
    _ = p | beam.Create([_make_story("a")]) | TagEntities(min_ram=min_ram)
    environments = p.to_runner_api().components.environments.values()
    found = {hint for each in environments for hint in each.resource_hints}
    assert (resources.MinRamHint.urn in found) == bool(min_ram)


def test_sinks_are_noted_as_lineage(tmp_path: Path) -> None:
    p = pipeline()
    rows = p | beam.Create([_make_story("a")]) | beam.FlatMap(lambda story: story_rows([story]).items)
    _ = rows | StageSlice(Store(str(tmp_path)), "slice")
    result = p.run()
    result.wait_until_finish()
    found = {name.rpartition("/")[2] for name in Lineage.query(result.metrics(), Lineage.SINK)}
    assert {"paragraphs", "entries"} <= found


class CapitalisedHandler(ModelHandler[str, Any, Any]):
    """Finds one name, and fails on one text."""

    def load_model(self) -> re.Pattern[str]:
        return re.compile("Lavrov")

    def run_inference(self, batch: Sequence[str], model: re.Pattern[str], inference_args: Any = None) -> Any:
        for number, text in enumerate(batch):
            if "poison" in text:
                raise ValueError("no one can read this")
            spans = [(*found.span(), "PERSON") for found in model.finditer(text)]
            yield PredictionResult(text, spans) if number % 2 else spans


def test_a_model_of_ones_own_tags_through_run_inference() -> None:
    texts = ("Sergei Lavrov spoke.", "Then Lavrov left.", "A poison was found.")
    with pipeline() as p:
        stories = p | beam.Create([_make_story("a", texts), _make_story("b", ("Nobody.",))])
        tagged = stories | TagEntitiesWith(CapitalisedHandler())
        names = tagged.items | beam.Map(lambda s: [[e.text for e in each.entities] for each in s.paragraphs])
        assert_that(names, equal_to([[["Lavrov"], ["Lavrov"], []], [[]]]), label="Names")
        letters = tagged.dead_letters | beam.Map(lambda each: (each.stage, each.error, each.payload))
        assert_that(letters, equal_to([("enrich", "EnrichError", b"A poison was found.")]), label="Letters")
