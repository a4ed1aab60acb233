from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from benchmarks.speed import MEASURES, modules


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("loop.help_seconds", ("startup",)),
        ("loop.decide_p99_ratio", ("latency",)),
        (None, ("startup", "aggregates", "point_in_time", "latency", "batch")),
    ],
)
def test_each_module_runs_once(asked: str | None, expected: tuple[str, ...]) -> None:
    assert modules(asked) == expected


@pytest.mark.parametrize("name", sorted(set(MEASURES.values())))
def test_every_module_exists(name: str) -> None:
    spec = find_spec(f"benchmarks.{name}")
    assert Path(spec.origin if spec and spec.origin else "absent").name == f"{name}.py"
