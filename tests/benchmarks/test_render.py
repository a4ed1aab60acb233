from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.render import page, state, write
from benchmarks.results import Figure

MACHINE, VERSIONS = "a processor, 2 cores", {"python": "3.11", "duckdb": "2.0"}

PAGE = """\
# Results

Made from `results.json` by `python -m benchmarks.render`; do not edit.

## effects

| figure | value | asked | state | floor | date | command |
|---|---|---|---|---|---|---|
| `effects.c` | 7 | in [1, 9] |  |  | 2026-01-02 | `make benchmark-quality` |

Measured on a processor, 2 cores; python 3.11, duckdb 2.0.

## loop

| figure | value | asked | state | floor | date | command |
|---|---|---|---|---|---|---|
| `loop.a` | 1.5 | <= 2 | reached | 0.25 | 2026-01-02 | `make benchmark-speed` |
| `loop.b` | 0.5 | >= 0.6 | short |  | 2026-01-02 | `make benchmark-speed` |

- `loop.a`: five rounds.

Measured on a processor, 2 cores; python 3.11, duckdb 2.0.
"""


def figure(value: float, reach: str, floor: float | None = None, note: str = "", half: str = "speed") -> Figure:
    return Figure(value, reach, floor, f"make benchmark-{half}", "2026-01-02", MACHINE, VERSIONS, note)


FIGURES = {
    "loop.b": figure(0.5, ">= 0.6"),
    "loop.a": figure(1.5, "<= 2", 0.25, "five rounds"),
    "effects.c": figure(7, "in [1, 9]", half="quality"),
}


def test_the_page_has_a_table_per_prefix_and_notes_below() -> None:
    assert page(FIGURES) == PAGE


def test_the_page_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "RESULTS.md"
    write(FIGURES, path)
    assert path.read_text() == PAGE
    assert [file.name for file in tmp_path.iterdir()] == ["RESULTS.md"]


@pytest.mark.parametrize(
    ("value", "reach", "expected"),
    [
        (2.0, "<= 2", "reached"),
        (2.01, "<= 2", "short"),
        (0.6, ">= 0.6", "reached"),
        (0.59, ">= 0.6", "short"),
        (1.0, "== 1", "reached"),
        (0.9, "in 0.9 to 1.1", "reached"),
        (1.11, "in 0.9 to 1.1", "short"),
        (0.89, "in .9 to 1.1", "short"),
        (1.0, "in good order", ""),
        (1.0, "as small as possible", ""),
    ],
)
def test_a_figure_is_reached_at_its_bound_and_short_beyond(value: float, reach: str, expected: str) -> None:
    assert state(figure(value, reach)) == expected
