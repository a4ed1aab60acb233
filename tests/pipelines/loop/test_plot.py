"""The picture of a loop is a picture."""

from __future__ import annotations

from pathlib import Path

from pipelines.loop.plot import draw
from pipelines.loop.run import judged
from tests.pipelines.loop.test_run import BOTH, LOOP

PNG = b"\x89PNG\r\n\x1a\n"


def test_it_is_drawn_once_and_again_in_the_same_place(tmp_path: Path) -> None:
    path = tmp_path / "loop.png"
    for _ in range(2):
        draw(judged(LOOP, BOTH), path, "USD")
    assert path.read_bytes().startswith(PNG)
    assert [one.name for one in tmp_path.iterdir()] == ["loop.png"]
