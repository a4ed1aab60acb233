from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from monitoring.columns import Pair, pairs
from monitoring.drift.evidently_page import Evidently

LIMIT = 0.15
NOW = datetime(2024, 1, 1, tzinfo=UTC)
HOSTILE = "</script><script>alert(1)</script>"


@pytest.fixture(scope="module")
def columns(world):
    reference, current = world.customers(400, 1), world.customers(250, 2)
    current.loc[:20, "subscription__plan"] = HOSTILE
    rng = np.random.default_rng(0)
    reference["profile__age"] = pd.array(rng.integers(18, 90, 400), dtype="Int64")
    current["profile__age"] = pd.array(rng.integers(18, 90, 250), dtype="Int64").astype(object)
    current.loc[:30, "profile__age"] = None
    return pairs(reference, current)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reports") / "evidently" / "drift.html"


@pytest.fixture(scope="module")
def found(columns, page: Path) -> Mapping[str, float]:
    return Evidently("shop", NOW)(columns, {column.name: LIMIT for column in columns}, page)


def test_evidently_computes_the_distances_the_thresholds_are_for(found, columns, world) -> None:
    """The permutation test is only right if it deals out the very statistic that Evidently reports."""
    assert found == pytest.approx({column.name: world.distance(column) for column in columns}, rel=1e-9)


def test_the_page_works_offline(found, page: Path) -> None:
    html = page.read_text()
    assert "Wasserstein distance (normed)" in html
    assert not re.findall(r"<(?:script|link|img|iframe)[^>]*(?:src|href)\s*=\s*[\"']?(?:https?:)?//", html)


def test_the_page_and_the_report_say_the_same(found, page: Path) -> None:
    """One column of five over its limit is drift; Evidently's own rule would want half of them."""
    assert [name for name, distance in found.items() if distance >= LIMIT] == ["subscription__plan"]
    assert "Dataset Drift is detected" in page.read_text()


def test_a_hostile_category_does_not_become_a_script(found, page: Path) -> None:
    assert "alert(1)" in page.read_text()  # it is shown
    assert HOSTILE not in page.read_text()


def test_nothing_loads_evidently_until_it_measures() -> None:
    code = (
        "import sys, monitoring.run, monitoring.drift.evidently_page; print({'evidently', 'plotly'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_runs_stay_in_an_evidently_workspace_one_for_each_instant(tmp_path: Path) -> None:
    """Read as `evidently ui` reads it; rows are not in it."""
    from evidently.ui.workspace import Workspace

    rng = np.random.default_rng(0)
    column = Pair("x", "number", rng.normal(size=300), rng.normal(size=200))
    for day in (1, 8, 8):
        now = datetime(2024, 1, day, tzinfo=UTC)
        Evidently("shop", now, tmp_path / "history")([column], {"x": 0.1}, tmp_path / "drift.html")
    kept = Workspace.create(str(tmp_path / "history"))
    (project,) = kept.search_project("shop")
    names = sorted(kept.get_run(project.id, run).name for run in kept.list_runs(project.id))
    assert names == ["2024-01-01T00:00:00Z", "2024-01-08T00:00:00Z"]
    assert not list(kept.list_datasets(project.id, origins=None).datasets)
