"""A run in a real MLflow store: what `mlflow ui` shows, and what serving loads."""

from __future__ import annotations

from pathlib import Path

import mlflow
import numpy as np
import pytest

from configs.registry import tracking_uri
from configs.workspace import Workspace
from serving.mlflow_registry import MlflowRegistry
from serving.model import load_model
from training import registry, tracking
from training.fit import Fitted
from training.leaks import Suspect
from training.problem import Problem
from training.tracking import Version


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return Workspace(tmp_path_factory.mktemp("tracking"))


@pytest.fixture(scope="module")
def logged(workspace: Workspace, churn: tuple[Problem, Fitted]) -> Version:
    version = tracking.log(workspace, *churn, [Suspect("exit__told", 0.97)])
    registry.promote(workspace, "churn", version.version)
    return version


def test_the_run_holds_figures_choices_pictures_and_the_card(
    workspace: Workspace, logged: Version, churn: tuple[Problem, Fitted]
) -> None:
    client = registry.client(workspace)
    run = client.get_run(logged.run_id)
    assert run.info.status == "FINISHED"
    assert run.data.metrics == pytest.approx(dict(churn[1].metrics))
    assert run.data.params["fingerprint"] == churn[0].fingerprint()
    assert run.data.params["split"].startswith("temporal")
    assert {file.path for file in client.list_artifacts(logged.run_id)} >= {"model_card.md", "out_of_fold.parquet"}
    assert {file.path for file in client.list_artifacts(logged.run_id, "plots")} == {
        f"plots/{name}.png" for name in ("calibration", "gain", "importance", "precision_recall", "roc")
    }
    card = Path(client.download_artifacts(logged.run_id, "model_card.md")).read_text()
    assert "**Suspected leak**: exit__told" in card


def test_each_trial_is_a_nested_run(workspace: Workspace, logged: Version, churn: tuple[Problem, Fitted]) -> None:
    client = registry.client(workspace)
    experiment = client.get_run(logged.run_id).info.experiment_id
    nested = client.search_runs([experiment], f"tags.mlflow.parentRunId = '{logged.run_id}'")
    losses = sorted(run.data.metrics["loss"] for run in nested)
    assert losses == pytest.approx(sorted(loss for _, loss in churn[1].found.trials if loss is not None))
    assert {run.data.tags["pruned"] for run in nested} == {"False"}


def test_its_dataset_is_named_by_its_fingerprint(
    workspace: Workspace, logged: Version, churn: tuple[Problem, Fitted]
) -> None:
    [given] = registry.client(workspace).get_run(logged.run_id).inputs.dataset_inputs
    assert (given.dataset.name, given.dataset.digest) == ("simulated", churn[0].fingerprint())


def test_mlflow_loads_the_champion_and_predicts_as_serving_does(
    workspace: Workspace, logged: Version, churn: tuple[Problem, Fitted]
) -> None:
    mlflow.set_tracking_uri(tracking_uri(workspace))
    mlflow.set_registry_uri(tracking_uri(workspace))
    frame = churn[0].rows.head(100)
    by_mlflow = mlflow.pyfunc.load_model("models:/tenure-churn@champion").predict(frame)
    place = MlflowRegistry(workspace.mlflow).artefact("tenure-churn", logged.version)
    served = load_model(place, name="tenure-churn", version=logged.version).predict_frame(frame)
    assert np.asarray(by_mlflow).tobytes() == served.tobytes()


def test_the_folds_predictions_are_kept_for_the_next_challenger(
    workspace: Workspace, logged: Version, churn: tuple[Problem, Fitted]
) -> None:
    kept = registry.out_of_fold(workspace, "churn", logged.version)
    assert list(kept) == ["customer_id", "as_of", "label", "profile__plan", "prediction"]
    assert kept.prediction.to_numpy().tobytes() == churn[1].out_of_fold.tobytes()


def test_a_second_version_challenges_and_nothing_is_said(
    workspace: Workspace, logged: Version, churn: tuple[Problem, Fitted], capfd: pytest.CaptureFixture[str]
) -> None:
    second = tracking.log(workspace, *churn, [])
    assert registry.versions(workspace, "churn") == {"champion": logged.version, "challenger": second.version}
    assert capfd.readouterr().out == ""


def test_an_amount_is_logged_too(workspace: Workspace, logged: Version, value: tuple[Problem, Fitted]) -> None:
    version = tracking.log(workspace, *value, [])
    plots = {file.path for file in registry.client(workspace).list_artifacts(version.run_id, "plots")}
    assert (version.version, plots) == ("1", {"plots/importance.png"})
