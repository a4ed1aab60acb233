"""What every command begins with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from configs.errors import ConfigError, WorkspaceError
from configs.workspace import Workspace
from pipelines.session import Session, find_dataset, find_policy, only_one, open_session


def test_a_session_knows_its_dataset_and_its_clock(ingested: Session) -> None:
    assert (ingested.dataset.name, ingested.clock().isoformat()) == ("small_company", "2024-01-01T00:00:00+00:00")


def test_what_is_no_workspace_says_what_makes_one(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="is not a Tenure workspace; `tenure ingest DATASET` makes one"):
        open_session(Workspace(tmp_path))


def test_a_workspace_of_an_older_version_is_refused(session: Session) -> None:
    session.workspace.marker.write_text(json.dumps({"version": 0, "dataset": "small_company"}))
    with pytest.raises(WorkspaceError, match="is a workspace of version 0, this Tenure needs 1; ingest into a new"):
        open_session(session.workspace)


@pytest.mark.parametrize("name", ["complete_journey", "telco_churn", "hillstrom"])
def test_shipped_datasets_are_found_by_name(name: str) -> None:
    assert find_dataset(name).name == name


def test_what_does_not_ship_is_told_from_what_does() -> None:
    with pytest.raises(
        ConfigError, match="dataset 'nosuch': no such file; complete_journey, hillstrom, telco_churn ship"
    ):
        find_dataset("nosuch")
    with pytest.raises(ConfigError, match=r"dataset './none.yaml': no such file"):
        find_dataset("./none.yaml")
    with pytest.raises(ConfigError, match=r"policy 'nosuch': no such file; .*default.* ship"):
        find_policy("nosuch")


def test_one_at_a_time_and_the_next_when_it_has_ended(session: Session) -> None:
    with (
        only_one(session.workspace, "train"),
        only_one(session.workspace, "features"),  # another kind of work goes on
        pytest.raises(WorkspaceError, match=r"another `tenure train` is at work on .*; wait for it to end"),
        only_one(session.workspace, "train"),
    ):
        pass
    with only_one(session.workspace, "train"):
        assert session.workspace.root.exists()
