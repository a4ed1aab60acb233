"""`make picture`: the first screen of the demo's report, as the README shows it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from benchmarks.chromium import LACKING, find, started

PICTURE = Path(__file__).parents[1] / "docs" / "images" / "report.png"
WIDTH, HEIGHT, MARGIN = 1100, 900, 8  # pixels of the page, and of the picture; the margin is that between blocks
# The bottom of the last block that is seen whole: findings and figures are not cut in two.
WHOLE = """height => Math.max(0, ...[...document.querySelectorAll('.findings li, .measures > div')]
  .map(block => block.getBoundingClientRect().bottom).filter(bottom => bottom < height))"""


def photograph(entrance: Path, browser: str, picture: Path) -> None:
    """What a screen shows whole of the page at `entrance`, in the light scheme, as PNG at `picture`."""
    with started(browser) as chromium:
        screen = {"width": WIDTH, "height": HEIGHT}
        page = chromium.new_page(viewport=screen, device_scale_factor=1, color_scheme="light", offline=True)
        page.goto(entrance.absolute().as_uri())
        height = page.evaluate(WHOLE, HEIGHT - MARGIN) + MARGIN
        page.screenshot(path=picture, clip={"x": 0, "y": 0, "width": WIDTH, "height": height})


def main(workspace: Path) -> None:
    """Photograph the report of `workspace`, or say what is missing and exit."""
    entrance, browser = workspace / "report" / "index.html", find(os.environ)
    if not entrance.exists():
        sys.exit(f"{entrance} is not there; `make demo` writes it")
    if browser is None:
        sys.exit(LACKING)
    photograph(entrance, browser, PICTURE)
    print(f"{PICTURE}: {PICTURE.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
