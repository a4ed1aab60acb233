from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from configs.errors import StoreUnavailable, WorkspaceError
from configs.workspace import VERSION, Workspace, replacing


def test_a_new_workspace_says_what_it_holds(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "new")
    assert not workspace.root.exists()
    workspace.create("shop")
    assert json.loads(workspace.marker.read_text()) == {"version": VERSION, "dataset": "shop"}
    workspace.check()
    workspace.create("shop")
    assert list(tmp_path.iterdir()) == [workspace.root]


def test_datasets_never_mix(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.create("shop")
    with pytest.raises(WorkspaceError, match="holds dataset 'shop', not 'bank'; give another --workspace"):
        workspace.create("bank")


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        ('{"version": 0, "dataset": "shop"}', "is a workspace of version 0, this Tenure needs 1"),
        ('{"version": 99, "dataset": "shop"}', "is a workspace of version 99, this Tenure needs 1"),
        ('{"version"', "workspace.json is damaged"),
        ("[]", "workspace.json is damaged"),
        ('{"version": 1}', "workspace.json is damaged: 'dataset'"),
        (None, "is not a Tenure workspace; `tenure ingest DATASET` makes one"),
    ],
)
def test_a_workspace_that_cannot_be_used(tmp_path: Path, marker: str | None, message: str) -> None:
    workspace = Workspace(tmp_path)
    if marker is not None:
        workspace.marker.write_text(marker)
        with pytest.raises(WorkspaceError, match=message):
            workspace.create("shop")
    with pytest.raises(WorkspaceError, match=message) as caught:
        workspace.check()
    assert caught.value.exit_code == 2


def test_all_state_lives_under_the_root(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    places = [name for name, held in vars(Workspace).items() if isinstance(held, property)]
    assert len(places) >= 12
    assert all(getattr(workspace, name).is_relative_to(tmp_path) for name in places)
    assert len({getattr(workspace, name) for name in places}) == len(places)


def test_replacing_swaps_in_one_step(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file.txt"
    with replacing(path) as temporary:
        temporary.write_text("first")
        assert not path.exists()
    with replacing(path) as temporary:
        temporary.write_text("second")
        assert path.read_text() == "first"
    assert path.read_text() == "second"
    assert os.listdir(path.parent) == ["file.txt"]


@pytest.mark.parametrize(
    ("failure", "seen"), [(OSError(28, "No space left on device"), StoreUnavailable), (KeyError("other"), KeyError)]
)
def test_a_failed_write_leaves_the_old_file(tmp_path: Path, failure: Exception, seen: type[Exception]) -> None:
    path = tmp_path / "file.txt"
    path.write_text("old")
    with pytest.raises(seen, match=r"No space left|other"):
        _write_half(path, failure)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["file.txt"]


def _write_half(path: Path, failure: Exception) -> None:
    with replacing(path) as new:
        new.write_text("half of the n")
        raise failure


def test_a_place_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StoreUnavailable, match="cannot be written"), replacing(tmp_path / "file" / "below") as path:
        path.write_text("")
