"""The documentation is complete and right: README.md and docs/ against the code, and their queries on the sample.

All of them share one run of the sample.
"""

import inspect
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path

import click
import duckdb
import pyarrow as pa
import pytest
import yaml
from pydantic import BaseModel, ByteSize
from rich.console import Console

import newsbeam
from newsbeam.pipeline import cli, display
from newsbeam.pipeline.batch.summary import print_summary
from newsbeam.pipeline.config.alerts import Alert, Command, Expect, Mail, Webhook
from newsbeam.pipeline.config.model import Config
from newsbeam.pipeline.config.problems import SECTIONS
from newsbeam.pipeline.config.sections import Dedup, Entities, EntityRules, Fetch, Limits, Raw, Stream, Topics
from newsbeam.pipeline.config.sources import Auth, Feed, OpmlList, Wire
from newsbeam.pipeline.reports.reading import view_database
from newsbeam.pipeline.reports.views import views_sql
from newsbeam.transforms.parse.document import PARSERS
from newsbeam.transforms.runtime import metrics
from newsbeam.transforms.write.schema import SCHEMAS
from testing import questions

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
EVERY_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE_BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", re.DOTALL | re.MULTILINE)
INLINE_CODE = re.compile(r"`([^`\n]+)`")
FILE = re.compile(r"(?<![\w/.<>:-])[\w.-]+(?:/[\w.*-]+)+\.(?:py|yaml|xml|json|md|txt|tsv|toml|properties)\b")
MADE_UP = re.compile(r"^(?:output|saved|drops)/|harbourwire")
# docs/architecture.md names modules within pipeline/ and transforms/; inputs are relative to their config.
TREES = (ROOT, ROOT / "pipeline", ROOT / "transforms", ROOT / "configs")


def code_blocks(page: Path, language: str) -> list[str]:
    return [code for _, kind, code in CODE_BLOCK.findall(page.read_text()) if kind == language]


def sections(page: Path) -> dict[str, str]:
    """Return the text below each heading, up to the next one."""
    _, *parts = re.split(r"^#+ +(.*)$", page.read_text(), flags=re.MULTILINE)
    return dict(zip((heading.strip("`") for heading in parts[::2]), parts[1::2], strict=True))


def table_rows(text: str) -> list[list[str]]:
    """Return the cells of the rows of a Markdown table, without its head."""
    rows = [line.strip().strip("|").split(" | ") for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150


# The sample


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return the output of the sample, and the summary that its run prints."""
    output = tmp_path_factory.mktemp("sample")
    command = ["run", "configs/sample.yaml", "--output", str(output), "--direct_num_workers=1"]
    printed: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        patch.setattr(display, "print_summary", lambda summary, console: printed.append(shown(summary)))
        assert cli.main(command) == 0
    return output, printed[0]


def shown(summary: object) -> str:
    console = Console(width=80)
    with console.capture() as capture:
        print_summary(summary, console)
    return capture.get()


@pytest.fixture(scope="module")
def database(sample: tuple[Path, str]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(views_sql(str(sample[0])))
    return connection


def answers(database: duckdb.DuckDBPyConnection, sample: tuple[Path, str], page: Path) -> Iterator[list[tuple]]:
    for block in code_blocks(page, "sql"):
        for statement in duckdb.extract_statements(block.replace("output/sample", str(sample[0]))):
            yield database.execute(statement).fetchall()


WITH_QUERIES = [page for page in PAGES if code_blocks(page, "sql") and page != questions.PAGE]


@pytest.mark.parametrize("page", WITH_QUERIES, ids=lambda page: page.name)
def test_queries_answer(sample: tuple[Path, str], database: duckdb.DuckDBPyConnection, page: Path) -> None:
    assert all(answers(database, sample, page))


def test_the_queries_of_the_readme_answer_rightly(
    sample: tuple[Path, str], database: duckdb.DuckDBPyConnection
) -> None:
    names, copies = answers(database, sample, ROOT / "README.md")
    # The third story is an exact duplicate, whose own row has no entities.
    assert ("Europe", "LOC", 3, 3) in names
    assert {label for _, label, *_ in names} <= {"PERSON", "ORG", "GPE", "LOC", "FAC"}
    assert copies == [
        ("Civic Ledger", "Northwind", "Northwind", "verbatim", 4),
        ("Harbour Post", "Northwind", "Northwind", "verbatim", 4),
        ("The Meridian Courier", "Northwind", "Northwind", "edited", 2),
        ("The Meridian Courier", "Northwind", "Northwind", "verbatim", 2),
    ]


QUESTIONS = list(questions.questions(questions.PAGE.read_text(encoding="utf-8")))


def test_the_thirty_questions_are_short() -> None:
    headings = re.findall(r"^## (\d+)\. ", questions.PAGE.read_text(), re.MULTILINE)
    assert [int(number) for number in headings] == list(range(1, 31))
    assert max(len(question.query.splitlines()) for question in QUESTIONS) <= 6


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: str(question.number))
def test_a_question_has_the_answer_that_the_page_shows(sample: tuple[Path, str], question: questions.Question) -> None:
    """After a change of the rows: `python -m testing.questions OUTPUT`."""
    with view_database(str(sample[0])) as answering:
        answer = questions.answer(answering, question)
    if question.number not in questions.UNSHOWN:
        assert "no rows" not in answer
        assert answer == question.answer


def test_the_commands_of_the_questions_work(
    sample: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for block in code_blocks(questions.PAGE, "console"):
        for line in block.splitlines():
            _, *arguments = shlex.split(line.removeprefix("$ "))
            assert cli.main([word.replace("output/sample", str(sample[0])) for word in arguments]) == 0
    assert {path.name for path in tmp_path.iterdir()} >= {"paragraphs.csv", "stories.xlsx", "stories.jsonl"}


def test_the_readme_shows_the_summary_of_the_sample(sample: tuple[Path, str]) -> None:
    (documented,) = (block for block in code_blocks(ROOT / "README.md", "") if block.startswith("Sources"))
    assert without_time_and_place(documented) == without_time_and_place(sample[1])


def without_time_and_place(summary: str) -> list[str]:
    return [line.rstrip() for line in summary.splitlines() if not line.startswith(("Time", "Output"))]


# Links, paths, commands


def anchors(page: Path) -> set[str]:
    text = CODE_BLOCK.sub("", page.read_text())
    headings = re.findall(r"^#+ +(.*)$", text, re.MULTILINE)
    return {re.sub(r"[\s]+", "-", re.sub(r"[^\w\s-]", "", heading).strip().lower()) for heading in headings}


@pytest.mark.parametrize(
    "page",
    [*PAGES, *(ROOT / name for name in ("CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"))],
    ids=lambda page: page.name,
)
def test_links_resolve(page: Path) -> None:
    for target in LINK.findall(CODE_BLOCK.sub("", page.read_text())):
        if "://" in target or target.startswith("mailto:"):
            continue
        path, _, anchor = target.partition("#")
        linked = page.parent / path if path else page
        assert linked.is_file(), f"{page.name}: {target}"
        assert not anchor or anchor in anchors(linked), f"{page.name}: {target}"


@EVERY_PAGE
def test_files_that_are_named_exist(page: Path) -> None:
    text = page.read_text()
    code = [*(block for _, _, block in CODE_BLOCK.findall(text)), *INLINE_CODE.findall(CODE_BLOCK.sub("", text))]
    named = {path for part in code for path in FILE.findall(part)}
    missing = {path for path in named if not MADE_UP.search(path) and not found(path)}
    assert not missing


def found(path: str) -> bool:
    return any(next(tree.glob(path), None) for tree in TREES)


@EVERY_PAGE
def test_commands_exist(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text()
    for block in code_blocks(page, "console"):
        block = block.replace("\\\n", " ")
        for target in re.findall(r"^\s*\$ make ([\w-]+)", block, re.MULTILINE):
            assert f"\n{target}:" in makefile
        for line in re.findall(r"^\s*\$ newsbeam (.*)", block, re.MULTILINE):
            command, *words = line.partition("#")[0].split()
            known = options(cli.newsbeam.commands[command])
            passed_to_beam = command in ("run", "stream")
            assert passed_to_beam or {word for word in words if word.startswith("-")} <= known


def options(command: click.Command) -> set[str]:
    own = {option for parameter in command.params for option in parameter.opts if option.startswith("-")}
    nested = command.commands.values() if isinstance(command, click.Group) else ()
    return own.union(*map(options, nested))


# Complete


@cache
def commands_page() -> dict[str, str]:
    return sections(DOCS / "commands.md")


@pytest.mark.parametrize("name", list(cli.newsbeam.commands))
def test_every_option_is_documented(name: str) -> None:
    documented = set(re.findall(r"`(--?[\w-]+)", "".join(row[0] for row in table_rows(commands_page()[name]))))
    assert documented == options(cli.newsbeam.commands[name])


CONFIG_SECTIONS: dict[str, type[BaseModel]] = {
    "Top level": Config,
    "A feed": Feed,
    "An OPML list": OpmlList,
    "A wire": Wire,
    "auth": Auth,
    "dedup": Dedup,
    "entities": Entities,
    "entities.rules": EntityRules,
    "topics": Topics,
    "limits": Limits,
    "fetch": Fetch,
    "stream": Stream,
    "raw": Raw,
    "expect": Expect,
    "An alert": Alert,
    "alerts.webhook": Webhook,
    "alerts.command": Command,
    "alerts.mail": Mail,
}


@pytest.mark.parametrize("section", CONFIG_SECTIONS)
def test_every_config_key_is_documented_with_its_default(section: str) -> None:
    rows = table_rows(sections(DOCS / "configuration.md")[section])
    documented = {row[0].strip("`"): row[1].strip("`") for row in rows}
    fields = CONFIG_SECTIONS[section].model_fields
    assert documented == {
        name: "required" if field.is_required() else as_yaml(field.get_default()) for name, field in fields.items()
    }


def as_yaml(value: object) -> str:
    """Return a default as the page has it."""
    if isinstance(value, BaseModel):
        return "see below"
    if isinstance(value, timedelta):
        return config_duration(value)
    if isinstance(value, ByteSize):
        return value.human_readable(decimal=True, separator="").replace(".0", "")
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(str, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {item}" for key, item in value.items()) + "}"
    return str(value) if not hasattr(value, "get_secret_value") else "empty"


def config_duration(value: timedelta) -> str:
    seconds = int(value.total_seconds())
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def test_no_section_of_the_config_is_missing() -> None:
    assert set(CONFIG_SECTIONS.values()) == set(SECTIONS.values())


def test_every_format_is_documented() -> None:
    rows = {row[0]: row[2] for row in table_rows(sections(DOCS / "configuration.md")["A feed"])}
    assert {"auto", *PARSERS} <= set(re.findall(r"`([\w-]+)`", rows["`format`"]))


@pytest.mark.parametrize("table", SCHEMAS)
def test_every_column_is_documented_with_its_type(table: str) -> None:
    documented = [(row[0].strip("`"), row[1]) for row in table_rows(sections(DOCS / "output.md")[table])]
    assert documented == [(field.name, type_name(field)) for field in SCHEMAS[table]]


def type_name(field: pa.Field) -> str:
    if pa.types.is_list(field.type):
        return "list of struct" if pa.types.is_struct(field.type.value_type) else "list of string"
    name = "timestamp" if pa.types.is_timestamp(field.type) else "date" if pa.types.is_date(field.type) else field.type
    return f"{name}, null" if field.nullable else str(name)


def test_every_metric_is_documented() -> None:
    rows = table_rows((DOCS / "metrics.md").read_text())
    documented = {name.partition(":")[0] for row in rows for name in re.findall(r"`([\w:]+)`", row[0])}
    values = {name: value for name, value in vars(metrics).items() if name.isupper() and isinstance(value, str)}
    assert documented == {value for name, value in values.items() if name not in ("NAMESPACE", "LATEST", "_OTHER")}
    assert f"`{metrics.LATEST}`" in (DOCS / "metrics.md").read_text()
    assert {row[0].strip("`") for row in rows if row[1] == "distribution"} == metrics.DISTRIBUTIONS


@cache
def api_page() -> dict[str, str]:
    parts = re.split(r"^### `(\w+)`$", (DOCS / "api.md").read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_public_name_is_documented() -> None:
    assert sorted(api_page()) == sorted(newsbeam.__all__)


@pytest.mark.parametrize("name", [name for name in newsbeam.__all__ if name not in ("__version__", "ConfigError")])
def test_signatures_are_documented(name: str) -> None:
    (signature,) = re.findall(rf"^`{name}\((.*)\)(?: -> \w+)?`$", api_page()[name], re.MULTILINE)
    within = re.sub(r"\([^()]*\)|\{[^{}]*\}", "", signature)
    parameters = {part.partition("=")[0].strip(): "=" in part for part in within.split(",") if part}
    assert {name: optional for name, optional in parameters.items() if name != "*"} == {
        parameter.name: parameter.default is not parameter.empty
        for parameter in inspect.signature(getattr(newsbeam, name)).parameters.values()
    }


@pytest.mark.parametrize("page", [page for page in PAGES if code_blocks(page, "yaml")], ids=lambda page: page.name)
def test_configs_are_valid(page: Path) -> None:
    for block in code_blocks(page, "yaml"):
        assert Config.model_validate(yaml.safe_load(block))


def test_every_page_is_in_the_navigation() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text().partition("\nnav:")[2]
    named = re.findall(r"(\S+\.md)$", navigation, re.MULTILINE)
    assert sorted(named) == sorted(page.name for page in DOCS.glob("*.md"))


@pytest.mark.slow
def test_the_site_builds(tmp_path: Path) -> None:
    pytest.importorskip("material", reason="needs mkdocs-material")
    build = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(tmp_path / "site")]
    subprocess.run(build, cwd=ROOT, check=True, env={"NO_MKDOCS_2_WARNING": "1"})
    assert (tmp_path / "site" / "architecture" / "index.html").is_file()
