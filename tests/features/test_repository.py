"""Feast's own command line on a workspace, in a real process from the repository's root."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from configs.profile import Profile
from features.compute import compute
from features.store import Store
from tests.features.companies import NOW, company, customer, sale

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_feasts_command_line_agrees_with_the_store(tmp_path: Path) -> None:
    made = company(tmp_path, {"customers": [customer("a")], "transactions": [sale("a", 3)]})
    made.ingest()
    compute(made.workspace, made.dataset, [NOW])
    store = Store(made.workspace, made.dataset, Profile())
    store.register()
    store.materialise(NOW)

    applied = _feast(made.workspace.root, "apply")
    # "Updated" is no difference: Feast 0.67 takes the sources' times of creation for one
    changes = [line for line in applied.splitlines() if line.startswith(("Created", "Deleted"))]
    assert [line for line in changes if "sqlite table" not in line] == []
    assert store.online().read(["a"], NOW)[0].values["purchases__count_28d"] == 1.0
    listed = _feast(made.workspace.root, "feature-views", "list")
    assert [line.split()[0] for line in listed.splitlines()[1:]] == ["profile", "purchases", "segments", "recency"]


def _feast(workspace: Path, *arguments: str) -> str:
    run = subprocess.run(
        [sys.executable, "-m", "feast.cli.cli", "-f", "features/feature_store.yaml", *arguments],
        cwd=ROOT,
        env=os.environ | {"TENURE_WORKSPACE": str(workspace), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout
