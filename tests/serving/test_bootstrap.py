"""Wiring: the environment names a workspace, or a factory."""

from __future__ import annotations

from pathlib import Path

import pytest

from configs.errors import WorkspaceError
from serving.bootstrap import build
from tests.serving.fakes import LEDGER, NOW


def test_a_factory_may_stand_in_for_the_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(LEDGER, str(tmp_path / "ledger.db"))
    runtime = build({"TENURE_RUNTIME": "tests.serving.fakes:served"})
    assert (runtime.clock(), runtime.policy.version) == (NOW, "test-1")


def test_a_directory_that_is_no_workspace_is_named(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="is not a Tenure workspace; `tenure ingest DATASET` makes one"):
        build({"TENURE_WORKSPACE": str(tmp_path)})
