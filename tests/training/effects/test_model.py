"""Effects from a problem whose truth is known, and everything that is kept of their training."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest

from configs.effects import read_effects
from configs.errors import DataError
from configs.registry import tracking_uri
from configs.workspace import Workspace
from decisioning.offers import Offer
from serving.effects import load_effects
from serving.mlflow_registry import MlflowRegistry
from tests.training.effects import problems
from training import registry
from training.effects import artefact, model, tracking
from training.effects.card import card
from training.effects.model import FittedEffects
from training.effects.problem import EffectProblem
from training.effects.promotion import EffectGate, judge
from training.tracking import Version


@pytest.fixture(scope="module")
def posed() -> EffectProblem:
    return problems.problem()


@pytest.fixture(scope="module")
def fitted(posed: EffectProblem) -> FittedEffects:
    return model.fit(posed, problems.every_action(posed), problems.QUICK)


def truth(pairs: pd.DataFrame, posed: EffectProblem) -> np.ndarray:
    plan = posed.rows.drop_duplicates("log_row").set_index("log_row").profile__plan
    restless = (plan.reindex(pairs.row) == "monthly").to_numpy()
    return problems.kept_by(restless, pairs.offer_id.to_numpy())


def test_each_target_is_learned_and_its_figures_kept(fitted: FittedEffects) -> None:
    assert [target.target for target in fitted.artefact.targets] == ["retention", "margin"]
    assert {name for name in fitted.artefact.metrics if name.startswith("retention_uplift_at_20")} == {
        "retention_uplift_at_20",
        "retention_uplift_at_20_low",
        "retention_uplift_at_20_high",
    }
    low, high = (fitted.artefact.metrics[f"retention_average_uplift_{end}"] for end in ("low", "high"))
    assert low < 0.05 < high  # half of those treated get an offer worth (.3 - .1) / 2, the others nothing


def test_the_pairs_tell_whom_the_offer_keeps_and_whom_it_disturbs(fitted: FittedEffects, posed: EffectProblem) -> None:
    pairs = fitted.evaluation.pairs[fitted.evaluation.pairs.offer_id != "control"]
    true = truth(pairs, posed)
    told = pairs.groupby(true).uplift.mean()
    assert told[0.3] > told[0.0] > told[-0.1]
    # Each of four cells of about 750 customers is known to sqrt(2 x .25 / 375) = .037; three of those are the bound.
    assert np.abs(told - told.index.to_numpy()).max() < 0.11
    assert (pairs.uplift_low <= pairs.uplift).all()
    assert (pairs.uplift <= pairs.uplift_high).all()
    assert set(pairs.evidence) == {"randomised"}
    assert pairs.p_accept.mean() == pytest.approx(0.3, abs=3 * np.sqrt(0.21 / 1500))


def test_the_log_holds_every_treatment_with_what_followed(fitted: FittedEffects, posed: EffectProblem) -> None:
    log, pairs = fitted.evaluation.log, fitted.evaluation.pairs
    assert len(log) == len(posed.log)
    assert log.loc[log.offer_id == "control", "channel"].isna().all()
    assert log[["retention", "margin"]].equals(posed.log[["retention", "margin"]])
    assert {"profile__plan", "recency__silence_days"} <= set(log)
    assert (pairs.groupby("row").size() == 3).all()  # two offers, and control
    control = pairs[pairs.offer_id == "control"]
    assert control.uplift.isna().all()
    restless = (log.set_index("row").profile__plan.reindex(control.row) == "monthly").to_numpy()
    expected = control.expected_retention.groupby(restless).mean()
    assert np.abs(expected - pd.Series({False: 0.8, True: 0.4})).max() < 3 * np.sqrt(0.25 / 750)


def test_the_artefact_reads_back_equal(fitted: FittedEffects, tmp_path: Path) -> None:
    artefact.write(fitted, tmp_path)
    assert read_effects(tmp_path) == fitted.artefact
    named = {term.booster for target in fitted.artefact.targets for term in target.terms if term.booster}
    assert {file.name for file in tmp_path.glob("*.txt")} == named == set(fitted.boosters)


def test_the_same_seed_gives_the_same_effects(fitted: FittedEffects, posed: EffectProblem) -> None:
    again = model.fit(posed, problems.every_action(posed), problems.QUICK)
    assert again.artefact == fitted.artefact
    assert again.evaluation.pairs.equals(fitted.evaluation.pairs)


def test_outcomes_that_never_vary_are_refused(posed: EffectProblem) -> None:
    still = replace(posed, rows=posed.rows.assign(retention=1.0, margin=np.nan))
    with pytest.raises(DataError, match="neither retention nor margin varies"):
        model.fit(still, problems.every_action(still), problems.QUICK)


def test_features_that_never_vary_are_refused(posed: EffectProblem) -> None:
    with pytest.raises(DataError, match="no feature varies between rows"):
        model.fit(replace(posed, features=("channel",)), problems.every_action(posed), problems.QUICK)


def test_the_card_holds_evidence_menu_and_curves(fitted: FittedEffects, posed: EffectProblem) -> None:
    text = card(fitted, posed)
    for said in (
        "| ten_off | **randomised** |",
        "## Effect on retention, in the probability of staying",
        "| DR-ridge |",
        "| 0% to 10% |",
        "![qini](plots/retention_qini.png)",
        "- 7 treatments are left out: their window is still open",
    ):
        assert said in text


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return Workspace(tmp_path_factory.mktemp("effects"))


@pytest.fixture(scope="module")
def logged(workspace: Workspace, posed: EffectProblem, fitted: FittedEffects) -> Version:
    return tracking.log(workspace, posed, fitted)


def test_the_run_holds_curves_menu_card_and_the_log(workspace: Workspace, logged: Version) -> None:
    client = registry.client(workspace)
    run = client.get_run(logged.run_id)
    assert run.data.tags["evidence ten_off"] == "randomised"
    assert run.data.params["censored"] == "7"
    assert registry.versions(workspace, "effects") == {"challenger": "1"}
    assert {file.path for file in client.list_artifacts(logged.run_id, "plots")} == {
        f"plots/{target}_{name}.png"
        for target in ("retention", "margin")
        for name in ("qini", "uplift_by_decile", "profit")
    }
    assert {file.path for file in client.list_artifacts(logged.run_id)} >= {"model_card.md", "menu", "evaluation"}


def test_what_is_kept_comes_back(workspace: Workspace, logged: Version, fitted: FittedEffects) -> None:
    log, pairs = registry.evaluation_log(workspace, logged.version)
    assert len(log) == len(fitted.evaluation.log)
    assert pairs.uplift.to_numpy().tobytes() == fitted.evaluation.pairs.uplift.to_numpy().tobytes()


def test_a_version_is_judged_by_what_its_folds_kept(workspace: Workspace, logged: Version) -> None:
    kept = registry.out_of_fold(workspace, "effects", logged.version)
    verdict = judge(kept, kept, EffectGate())
    assert verdict.promote, verdict
    assert {reason.check for reason in verdict.reasons} >= {"effect on retention", "effect on margin"}


def test_mlflow_loads_what_serving_asks(workspace: Workspace, logged: Version, posed: EffectProblem) -> None:
    """Serving asks all members and takes their mean; so does MLflow's model, to the last bit."""
    mlflow.set_tracking_uri(tracking_uri(workspace))
    mlflow.set_registry_uri(tracking_uri(workspace))
    rows = posed.rows.head(50)
    by_mlflow = mlflow.pyfunc.load_model("models:/tenure-effects@challenger").predict(rows)
    place = MlflowRegistry(workspace.mlflow).artefact("tenure-effects", logged.version)
    served = load_effects(place, name="tenure-effects", version=logged.version)
    offers = [Offer(name, name, problems.KINDS[name], 0.0, problems.VALUES[name], ("email",)) for name in rows.offer_id]
    effects = served.effects(rows[list(problems.FEATURES)].to_dict("records"), offers)
    assert list(by_mlflow)[:3] == ["uplift", "uplift_low", "uplift_high"]
    assert [effect.uplift for effect in effects] == pytest.approx(by_mlflow.uplift.tolist(), abs=1e-12)
