from __future__ import annotations

import json
import platform
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.results import Figure, load, machine, record, versions

FIELDS = {"value", "reach", "floor", "command", "date", "machine", "versions", "note"}


def test_nothing_measured_is_nothing_loaded(tmp_path: Path) -> None:
    assert load(tmp_path / "results.json") == {}


def test_a_figure_is_kept_with_its_conditions(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    figure = record("loop.a", 1.5, reach="<= 2", floor=3.0, note="how", path=path)
    assert load(path) == {"loop.a": figure}
    assert set(json.loads(path.read_text())["loop.a"]) == FIELDS
    assert (figure.value, figure.reach, figure.floor, figure.note) == (1.5, "<= 2", 3.0, "how")


def test_recording_merges_and_drops_no_other_id(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    first = record("loop.b", 1.0, reach=">= 1", path=path)
    record("loop.a", 2.0, reach=">= 1", path=path)
    again = record("loop.a", 3.0, reach=">= 1", path=path)
    assert load(path) == {"loop.a": again, "loop.b": first}


def test_figures_recorded_at_once_are_all_kept(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    names = {f"loop.{number}" for number in range(12)}
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda name: record(name, 1.0, reach=">= 1", path=path), names))
    assert set(load(path)) == names


def test_ids_are_written_in_order(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    for name in ("loop.c", "loop.a", "loop.b"):
        record(name, 1.0, reach=">= 1", path=path)
    assert list(json.loads(path.read_text())) == ["loop.a", "loop.b", "loop.c"]


def test_a_figure_without_a_floor_says_so(tmp_path: Path) -> None:
    figure = record("loop.a", 1.0, reach="<= 2", path=tmp_path / "results.json")
    assert isinstance(figure, Figure)
    assert figure.floor is None


def test_the_machine_names_no_host() -> None:
    assert "cores" in machine()
    assert "GB" in machine()
    assert socket.gethostname() not in machine()
    assert "/" not in machine()


def test_versions_are_those_installed() -> None:
    found = versions()
    assert found["python"] == platform.python_version()
    assert {"lightgbm", "duckdb", "feast", "bentoml"} <= set(found)
