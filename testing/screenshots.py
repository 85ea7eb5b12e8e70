"""Makes the pictures of the documentation: `make screenshots`, after `make run`.

A report and a plot of the sample in headless Chromium, with few colours, so that a picture stays small.
"""

import io
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from newsbeam.pipeline.cli import main

IMAGES = Path(__file__).parents[1] / "docs" / "images"
COLOURS = 96
# Name -> the command, the scheme, width and height of the window, and what is scrolled to the top.
PICTURES = {
    "report": (["report"], "light", 1100, 1000, "header"),
    "report-events": (["report"], "light", 1100, 1000, "#events"),
    "report-dark": (["report"], "dark", 1100, 1000, "#copies"),
    "plot": (["plot", "names"], "light", 1100, 860, "h1"),
}


def make_screenshots(output: str) -> None:
    """Write all pictures of an output.

    Raises:
        RuntimeError: Chromium is not installed, or a command failed.
    """
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if not program:
        raise RuntimeError("install Chromium first")
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for name, ((command, *rest), scheme, width, height, top) in PICTURES.items():
            page = Path(folder, f"{name}.html")
            if main([command, output, *rest, "-o", str(page)]):
                raise RuntimeError(f"newsbeam {command} failed")
            _write(IMAGES / f"{name}.png", _picture(browser, page, scheme, (width, height), top))
        browser.close()


def _picture(browser: Browser, page: Path, scheme: str, size: tuple[int, int], top: str) -> bytes:
    context = browser.new_context(color_scheme=scheme, viewport={"width": size[0], "height": size[1]})  # type: ignore[arg-type]
    window = context.new_page()
    window.goto(page.as_uri())
    window.evaluate("top => document.querySelector(top).scrollIntoView()", top)
    picture = window.screenshot()
    context.close()
    return picture


def _write(file: Path, picture: bytes) -> None:
    few = Image.open(io.BytesIO(picture)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(file, optimize=True)
    print(f"wrote {file.name}: {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    make_screenshots(sys.argv[1])
