"""How a trained model behaves: the right direction, nothing by what should not matter, better than a trivial rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from configs.training import Training
from serving.model import TrainedModel, load_model
from tests.training.worlds import FEATURES, lapse, p_leave
from training import artefact
from training.fit import Fitted, fit
from training.leaks import suspects
from training.problem import Problem

SETTINGS = Training(trials=2, max_rounds=200, ridges=(10.0, 100.0))


def trained(problem: Problem, folder: Path) -> TrainedModel:
    artefact.write(fit(problem, SETTINGS), problem, folder)
    return load_model(folder, name="tenure-churn", version="1")


@pytest.fixture(scope="module")
def problem() -> Problem:
    return lapse(500, 6)


@pytest.fixture(scope="module")
def model(problem: Problem, tmp_path_factory: pytest.TempPathFactory) -> TrainedModel:
    return trained(problem, tmp_path_factory.mktemp("model"))


@pytest.mark.parametrize("plan", ["basic", "premium", None])
def test_longer_silence_raises_p_churn(model: TrainedModel, plan: str | None) -> None:
    days = np.array([0.0, 5, 10, 20, 30, 45])
    rows = [{"recency__silence_days": day, "profile__plan": plan, "profile__shoe_size": 40.0} for day in days]
    predicted = model.predict(rows)
    assert (np.diff(predicted) > 0).all()
    assert predicted[-1] > 3 * predicted[0]


def test_the_worse_plan_raises_p_churn(model: TrainedModel) -> None:
    basic, premium = model.predict(
        [{"recency__silence_days": 15.0, "profile__plan": plan} for plan in ("basic", "premium")]
    )
    assert basic > 1.3 * premium


def test_predictions_are_near_the_truth(model: TrainedModel) -> None:
    fresh = lapse(2000, 1, seed=9)
    truth, predicted = p_leave(fresh.rows), model.predict_frame(fresh.rows)
    # 3,000 rows teach a handful of coefficients: log-odds err by about sqrt(6 / (3000 x 0.15)) = 0.12, p by 0.03.
    assert np.abs(predicted - truth).mean() < 0.04
    assert predicted.mean() == pytest.approx(truth.mean(), abs=0.03)


def test_who_the_customer_is_does_not_matter(problem: Problem, model: TrainedModel, tmp_path: Path) -> None:
    renamed = problem.rows.assign(customer_id="x" + problem.rows["customer_id"])
    other = trained(replace(problem, rows=renamed), tmp_path)
    assert other.predict_frame(problem.rows).tobytes() == model.predict_frame(problem.rows).tobytes()


def test_the_order_of_a_request_does_not_matter(problem: Problem, model: TrainedModel) -> None:
    order = np.random.default_rng(0).permutation(len(problem.rows))
    shuffled = model.predict_frame(problem.rows.iloc[order])
    assert shuffled == pytest.approx(model.predict_frame(problem.rows)[order], abs=1e-12)


def test_the_order_of_the_training_rows_changes_hardly_anything(
    problem: Problem, model: TrainedModel, tmp_path: Path
) -> None:
    """Bagging draws by place, so the trees differ; the predictions must not."""
    rows = problem.rows.sample(frac=1, random_state=0).reset_index(drop=True)
    other = trained(replace(problem, rows=rows), tmp_path)
    apart = np.abs(other.predict_frame(problem.rows) - model.predict_frame(problem.rows))
    assert apart.mean() < 0.01


def test_an_irrelevant_feature_changes_few_decisions(problem: Problem, model: TrainedModel, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).normal(size=len(problem.rows))
    more = replace(problem, rows=problem.rows.assign(profile__noise=noise), features=(*FEATURES, "profile__noise"))
    other = trained(more, tmp_path)
    contacted, before = (
        one.predict_frame(more.rows) > np.quantile(one.predict_frame(more.rows), 0.8) for one in (other, model)
    )
    assert (contacted != before).mean() < 0.05


# The public Telco file, if the user has it: at least as good as a logistic regression on three obvious columns.

TELCO_FEATURES = ("Contract", "InternetService", "PaymentMethod", "TechSupport", "tenure", "MonthlyCharges")


@pytest.fixture(scope="module")
def telco(shared_data: Callable[[str], Path]) -> Problem:
    frame = pd.read_csv(shared_data("telco_churn.csv"))
    as_of = pd.Timestamp("2020-01-01", tz="UTC")
    keys = {"customer_id": frame.customerID, "as_of": as_of, "closes_at": as_of, "label": (frame.Churn == "Yes") * 1.0}
    rows = frame[list(TELCO_FEATURES)].assign(**keys)
    return Problem("churn", "telco", rows, TELCO_FEATURES, 30)


@pytest.fixture(scope="module")
def learned(telco: Problem) -> Fitted:
    return fit(telco, SETTINGS)


def test_telco_is_learned_better_than_by_the_contract_alone(telco: Problem, learned: Fitted) -> None:
    label = telco.label[learned.judged]
    rate = telco.rows.groupby("Contract").label.transform("mean").to_numpy()[learned.judged]
    assert learned.metrics["auc"] > roc_auc_score(label, rate) + 0.05
    assert learned.metrics["log_loss"] < log_loss(label, rate) - 0.03
    assert 0.83 < learned.metrics["auc"] < 0.87  # above is a leak, says everybody who measured it
    assert learned.metrics["ece"] < 0.03


def test_telco_with_an_exit_column_is_found_out(telco: Problem) -> None:
    exit_score = telco.label * 60 + np.random.default_rng(0).normal(30, 10, len(telco.rows))
    leaky = replace(telco, rows=telco.rows.assign(exit_score=exit_score), features=(*TELCO_FEATURES, "exit_score"))
    assert [suspect.feature for suspect in suspects(leaky, 0.9)] == ["exit_score"]
    assert suspects(telco, 0.9) == []
