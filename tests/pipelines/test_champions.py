"""Finding the champion of a workspace."""

from __future__ import annotations

import pytest

from configs.errors import StoreUnavailable, WorkspaceError
from configs.registry import LOGGED
from configs.workspace import Workspace
from pipelines.champions import champion, champion_folder, effects_champion
from tests.serving import artefacts, effect_artefacts
from training import registry


def register(workspace: Workspace, model: str, made: artefacts.Artefact) -> None:
    """A version of `model` from an artefact by hand, and champion."""
    artefacts.write(workspace.artifacts / model / LOGGED, made)
    _promote(workspace, model)


def register_effects(workspace: Workspace, made: effect_artefacts.Effects) -> None:
    """A version of the effects from an artefact by hand, and champion."""
    effect_artefacts.write(workspace.artifacts / "effects" / LOGGED, made)
    _promote(workspace, "effects")


def _promote(workspace: Workspace, model: str) -> None:
    client, name = registry.client(workspace), f"tenure-{model}"
    place = workspace.artifacts / model
    client.create_registered_model(name)
    registry.promote(workspace, model, str(client.create_model_version(name, place.absolute().as_uri()).version))


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = Workspace(tmp_path_factory.mktemp("champions"))
    register(workspace, "churn", artefacts.artefact())
    return workspace


def test_the_champion_is_loaded_under_its_name_and_version(workspace: Workspace) -> None:
    found = champion(workspace, "churn")
    assert found is not None
    assert (found.name, found.version, found.artefact) == ("tenure-churn", "1", artefacts.artefact())
    assert champion_folder(workspace, "churn") == workspace.artifacts / "churn" / LOGGED


def test_where_there_is_none_the_way_to_one_is_told(workspace: Workspace) -> None:
    assert champion(workspace, "value") is None
    with pytest.raises(
        WorkspaceError, match="value: no champion yet; run `tenure train value` and `tenure promote value`"
    ):
        champion_folder(workspace, "value")


def test_a_damaged_champion_is_unavailable(workspace: Workspace) -> None:
    register(workspace, "response", artefacts.artefact())
    (workspace.artifacts / "response" / LOGGED / "artefact.json").write_text("{")
    with pytest.raises(StoreUnavailable, match="no model can be read from it"):
        champion(workspace, "response")


def test_the_effects_have_a_champion_of_their_own(workspace: Workspace) -> None:
    assert effects_champion(workspace) is None
    register_effects(workspace, effect_artefacts.WITH_TREES)
    found = effects_champion(workspace)
    assert found is not None
    assert (found.name, found.version, found.artefact) == ("tenure-effects", "1", effect_artefacts.WITH_TREES)
    next((workspace.artifacts / "effects" / LOGGED).glob("*.txt")).unlink()
    with pytest.raises(StoreUnavailable, match="a booster cannot be read"):
        effects_champion(workspace)
