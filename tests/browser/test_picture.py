"""The picture of the README, the browser that takes it, and what is said where one of them is missing."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from benchmarks import picture
from benchmarks.chromium import find

MOST_BYTES = 200_000


def size(png: Path) -> tuple[int, int]:
    """Width and height, from the header."""
    head = png.read_bytes()[:24]
    assert head.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", head[16:])
    return width, height


@pytest.mark.parametrize(
    ("there", "named", "expected"),
    [
        ((), {}, None),
        (("google-chrome",), {}, "google-chrome"),
        (("google-chrome", "chromium"), {}, "chromium"),
        (("chromium",), {"TENURE_BROWSER": "/elsewhere/chrome"}, "/elsewhere/chrome"),
        ((), {"TENURE_BROWSER": "/elsewhere/chrome"}, "/elsewhere/chrome"),
    ],
)
def test_the_browser_named_comes_before_those_on_path(
    tmp_path: Path, there: tuple[str, ...], named: dict[str, str], expected: str | None
) -> None:
    for name in there:
        (tmp_path / name).touch(mode=0o755)
    found = find({"PATH": str(tmp_path), **named})
    assert found == (str(tmp_path / expected) if expected in there else expected)


def test_a_picture_ends_where_a_block_does(chromium: str, tmp_path: Path) -> None:
    page, taken = tmp_path / "page.html", tmp_path / "page.png"
    finding = "<li style='height: 300px'>one"
    page.write_text(f"<!doctype html><body style='margin: 0'><ol class='findings' style='margin: 0'>{finding * 5}")
    picture.photograph(page, chromium, taken)
    assert size(taken) == (picture.WIDTH, 2 * 300 + picture.MARGIN)


def test_the_readme_has_its_picture_and_it_is_small() -> None:
    width, height = size(picture.PICTURE)
    assert (width, height <= picture.HEIGHT) == (picture.WIDTH, True)
    assert picture.PICTURE.stat().st_size < MOST_BYTES


def test_a_workspace_without_a_report_is_told_what_makes_one(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"report/index\.html is not there; `make demo` writes it"):
        picture.main(tmp_path)
