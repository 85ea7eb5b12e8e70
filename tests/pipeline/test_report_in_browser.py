"""The pages in headless Chromium: no request, no script of the news, no violation of axe-core, nothing cut off."""

import shutil
from pathlib import Path

import pytest

from newsbeam.pipeline.cli import main
from newsbeam.pipeline.reports.plot_queries import PLOTS
from newsbeam.transforms import ids
from tests.support.hostile_news import hostile_output
from tests.support.news_day import write_day
from tests.support.written import NOW

AXE = Path(__file__).parents[2] / ".venv/axe/node_modules/axe-core/axe.min.js"
WIDTHS = (360, 768, 1440)
UNTIL = ["--until", NOW.isoformat()]
# Elements whose text leaves the window to the right, but for those in a box that scrolls.
CUT_OFF = """() => [...document.querySelectorAll('body *')].filter(each =>
  !each.closest('.scroll, pre, svg, .hidden, .skip') && each.checkVisibility() &&
  each.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map(each => each.outerHTML.slice(0, 200))"""
# Siblings that are drawn over each other.
OVERLAPS = """() =>
  [...document.querySelectorAll('main, section, .figures, .two, .quotes, .events, .events div, header, td')]
  .flatMap(parent => { const boxes = [...parent.children].filter(each => each.checkVisibility() &&
      getComputedStyle(each).position == 'static' && getComputedStyle(each).display != 'inline')
    .map(each => [each, each.getBoundingClientRect()]).filter(([, box]) => box.width && box.height);
    return boxes.flatMap(([one, a], at) => boxes.slice(at + 1).filter(([, b]) => a.left < b.right - 1 &&
      b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1).map(([other]) =>
      one.outerHTML.slice(0, 100) + ' / ' + other.outerHTML.slice(0, 100))) })"""

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.fixture(scope="module")
def browser():
    sync_playwright = pytest.importorskip("playwright.sync_api", reason="`make browser` installs it").sync_playwright

    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not program or not AXE.is_file():
        pytest.skip("needs Chromium, and axe-core: run `make test-report`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Pages by name: of a day, of hostile news, of a period without news, of a hostile story, and each plot."""
    folder = tmp_path_factory.mktemp("pages")
    outputs = {"day": write_day(folder / "day"), "hostile": hostile_output(folder / "hostile")}
    made = {}

    def make(name: str, *arguments: str) -> None:
        made[name] = folder / f"{name}.html"
        assert main([*arguments, "-o", str(made[name])]) == 0

    for name, output in outputs.items():
        make(name, "report", str(output), *UNTIL)
    make("quiet", "report", str(outputs["day"]), "--since", "2026-03-20", "--until", "2026-03-21")
    make("story", "show", str(outputs["hostile"]), ids.entry_id("1"))
    for name in PLOTS:
        make(f"plot-{name}", "plot", str(outputs["hostile"]), name, *UNTIL)
    return made


NAMES = ("day", "hostile", "quiet", "story", *(f"plot-{name}" for name in PLOTS))


@pytest.mark.parametrize("name", NAMES)
def test_a_page(browser, pages, name):
    """One test a page, since a window costs more than what is checked in it. The page's own CSP is off."""
    requests, problems = [], {}
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme, bypass_csp=True)
        window = context.new_page()
        window.on("request", lambda request: requests.append(request.url))
        window.on("dialog", lambda dialog: requests.append(dialog.message))
        window.goto(pages[name].as_uri())
        title = window.title()
        window.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        for width in WIDTHS:
            window.set_viewport_size({"width": width, "height": 900})
            problems[scheme, width, "wide"] = window.evaluate("document.documentElement.scrollWidth") > width
            problems[scheme, width, "cut off"] = window.evaluate(CUT_OFF)
            problems[scheme, width, "overlaps"] = window.evaluate(OVERLAPS)
        assert "ran" not in (title, window.title())
        assert window.evaluate("document.scripts.length") == 0
        window.evaluate(AXE.read_text(encoding="utf-8"))
        found = window.evaluate("axe.run()")["violations"]
        problems[scheme, "axe"] = [(each["id"], each["nodes"][0]["html"][:200]) for each in found]
        context.close()
    assert requests == [pages[name].as_uri()] * 2
    assert {key: value for key, value in problems.items() if value} == {}


def test_the_keyboard_reaches_what_is_first(browser, pages):
    context = browser.new_context()
    window = context.new_page()
    window.goto(pages["day"].as_uri())
    window.keyboard.press("Tab")
    assert window.evaluate("document.activeElement.textContent") == "Skip to what needs attention"
    window.keyboard.press("Enter")
    assert window.evaluate("location.hash") == "#attention"
    context.close()


def test_a_link_to_a_query_opens_it(browser, pages):
    context = browser.new_context()
    window = context.new_page()
    window.goto(pages["day"].as_uri())
    window.click("#attention a[href='#query-corrections'] >> nth=0")
    assert window.evaluate("document.querySelector('#query-corrections').getBoundingClientRect().top < 900")
    context.close()
