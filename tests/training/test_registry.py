"""Aliases: promoted, rolled back, and what is said where there is nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from configs.errors import StoreUnavailable, WorkspaceError
from configs.workspace import Workspace
from training import registry


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """tenure-churn with three versions and no alias."""
    workspace = Workspace(tmp_path_factory.mktemp("registry"))
    client = registry.client(workspace)
    client.create_registered_model("tenure-churn")
    for number in range(3):
        place = workspace.artifacts / str(number)
        place.mkdir(parents=True)
        client.create_model_version("tenure-churn", place.as_uri())
    return workspace


def test_promotion_and_rollback_move_two_aliases(workspace: Workspace) -> None:
    assert registry.versions(workspace, "churn") == {}
    registry.promote(workspace, "churn", "1")
    assert registry.versions(workspace, "churn") == {"champion": "1"}
    registry.promote(workspace, "churn", "2")
    registry.promote(workspace, "churn", "2")  # again: the previous champion is not forgotten
    assert registry.versions(workspace, "churn") == {"champion": "2", "previous": "1"}
    registry.promote(workspace, "churn", "3")
    assert registry.roll_back(workspace, "churn") == "2"
    assert registry.versions(workspace, "churn") == {"champion": "2", "previous": "3"}
    assert registry.roll_back(workspace, "churn") == "3"  # and forth again


def test_there_must_be_something_to_roll_back_to(workspace: Workspace) -> None:
    with pytest.raises(WorkspaceError, match="value: no previous champion to roll back to"):
        registry.roll_back(workspace, "value")


def test_asking_an_empty_workspace_makes_no_store(tmp_path: Path) -> None:
    assert registry.versions(Workspace(tmp_path), "churn") == {}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("model", "version"), [("churn", "9"), ("nobody", "1")])
def test_a_version_that_is_not_there_is_unavailable(workspace: Workspace, model: str, version: str) -> None:
    with pytest.raises(StoreUnavailable, match=f"{model} version {version}: its run cannot be read"):
        registry.out_of_fold(workspace, model, version)
