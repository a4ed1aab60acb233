"""The MLflow registry as serving reads it: a real one in a SQLite file."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlflow import MlflowClient

from configs.errors import StoreUnavailable
from configs.registry import LOGGED
from serving.mlflow_registry import MlflowRegistry


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """tenure-churn with two versions, the first of them champion; tenure-value without an alias."""
    root = tmp_path_factory.mktemp("mlflow")
    uri = f"sqlite:///{root / 'mlflow.db'}"
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    for name in ("tenure-churn", "tenure-value"):
        client.create_registered_model(name)
        for version in ("1", "2"):
            logged = root / "artefacts" / name / version
            (logged / LOGGED).mkdir(parents=True)
            (logged / LOGGED / "artefact.json").write_text(f"{name} {version}")
            client.create_model_version(name, logged.as_uri())
    client.set_registered_model_alias("tenure-churn", "champion", "1")
    return root


def test_the_champion_is_the_version_under_the_alias(workspace: Path) -> None:
    registry = MlflowRegistry(workspace / "mlflow.db")
    names = ("tenure-churn", "tenure-value", "tenure-response")
    assert [registry.champion(name) for name in names] == ["1", None, None]


def test_a_moved_alias_is_seen_by_a_reader_of_before(workspace: Path) -> None:
    registry = MlflowRegistry(workspace / "mlflow.db")
    uri = f"sqlite:///{workspace / 'mlflow.db'}"
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    client.set_registered_model_alias("tenure-churn", "champion", "2")
    assert registry.champion("tenure-churn") == "2"
    client.set_registered_model_alias("tenure-churn", "champion", "1")
    assert registry.champion("tenure-churn") == "1"


def test_an_artefact_is_a_directory_on_this_machine(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = MlflowRegistry(workspace / "mlflow.db").artefact("tenure-churn", "2")
    assert (found / "artefact.json").read_text() == "tenure-churn 2"
    assert list(tmp_path.iterdir()) == []  # no store of MLflow's own choosing


@pytest.mark.parametrize(("name", "version"), [("tenure-churn", "9"), ("nobody", "1")])
def test_an_artefact_that_is_not_there_is_unavailable(workspace: Path, name: str, version: str) -> None:
    with pytest.raises(StoreUnavailable, match=f"the artefact of {name} version {version} cannot be read"):
        MlflowRegistry(workspace / "mlflow.db").artefact(name, version)


def test_no_registry_is_no_champion_and_none_is_made(tmp_path: Path) -> None:
    assert MlflowRegistry(tmp_path / "mlflow.db").champion("tenure-churn") is None
    assert list(tmp_path.iterdir()) == []
