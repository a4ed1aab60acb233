"""Training and serving share an artefact, not code: both must predict the same from it."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest

from features.vectors import Value
from serving.model import TrainedModel, load_model
from tests.training import worlds
from training import artefact, fit
from training.importance import importance
from training.problem import Problem

ANY_VALUE: tuple[Value, ...] = (None, 0.0, -1.0, 1e9, math.nan, "basic", "premium", "never seen", "", 1.0)


@pytest.fixture(scope="module", params=["churn", "value", "gaps"])
def learned(request: pytest.FixtureRequest) -> tuple[Problem, fit.Fitted]:
    problem = worlds.amounts() if request.param == "value" else worlds.lapse()
    if request.param == "gaps":  # nulls in each feature, some levels rare
        rng = np.random.default_rng(0)
        rows = problem.rows.copy()
        for name in problem.features:
            rows[name] = rows[name].where(rng.random(len(rows)) > 0.2)
        problem = Problem("churn", "simulated", rows, problem.features, problem.horizon_days)
    return problem, fit.fit(problem, worlds.QUICK.model_copy(update={"bag": 2}))


@pytest.fixture(scope="module")
def served(learned: tuple[Problem, fit.Fitted], tmp_path_factory: pytest.TempPathFactory) -> TrainedModel:
    folder = tmp_path_factory.mktemp("artefact")
    artefact.write(learned[1], learned[0], folder)
    return load_model(folder, name="tenure-test", version="7")


def in_memory(problem: Problem, fitted: fit.Fitted) -> np.ndarray:
    """What training itself would predict, spelled from its own parts."""
    encoded = fit._encode(problem, worlds.QUICK)
    made = fitted.artefact
    margin = np.zeros(len(problem.rows))
    if made.linear is not None:
        margin += (1 - made.weight) * (encoded.z @ np.array(made.linear.coefficients) + made.linear.intercept)
    if fitted.boosters:
        raw = [booster.predict(encoded.trees, raw_score=True) for booster in fitted.boosters]
        margin += made.weight * np.mean(raw, axis=0)
    return fit._link(problem, made.calibration, margin)


def rows_of(problem: Problem) -> list[dict[str, Value]]:
    """Rows as the online store gives them: null for a missing value."""
    records = problem.rows[list(problem.features)].to_dict("records")
    return [{name: None if value != value else value for name, value in row.items()} for row in records]


def test_frames_rows_and_tables_are_predicted_as_training_would(
    learned: tuple[Problem, fit.Fitted], served: TrainedModel
) -> None:
    problem, fitted = learned
    expected = in_memory(problem, fitted)
    assert served.predict_frame(problem.rows) == pytest.approx(expected, abs=1e-12, rel=1e-12)
    table = pa.Table.from_pandas(problem.rows[list(problem.features)])
    assert served.predict_table(table).tobytes() == served.predict_frame(problem.rows).tobytes()
    assert served.predict(rows_of(problem)) == pytest.approx(expected, abs=1e-12, rel=1e-12)


def test_a_row_alone_is_predicted_as_among_others(learned: tuple[Problem, fit.Fitted], served: TrainedModel) -> None:
    rows = rows_of(learned[0])[:50]
    together = served.predict(rows)
    assert [served.predict([row])[0] for row in rows] == pytest.approx(together.tolist(), abs=1e-12)


@pytest.mark.parametrize("value", ANY_VALUE)
def test_any_value_gives_a_prediction(served: TrainedModel, value: Value) -> None:
    rows = [{}, *({name: value} for name in worlds.FEATURES), dict.fromkeys(worlds.FEATURES, value)]
    predicted = served.predict(rows)
    assert np.isfinite(predicted).all()
    assert (predicted > 0).all()


@pytest.mark.parametrize("unknown", ["never seen", None, 3.0, ""])
def test_an_unseen_category_is_a_missing_one(served: TrainedModel, unknown: Value) -> None:
    row: dict[str, Value] = {"recency__silence_days": 9.0, "profile__shoe_size": 41.0}
    assert served.predict([{**row, "profile__plan": unknown}]).tolist() == served.predict([row]).tolist()


def test_contributions_add_up_to_the_log_odds_against_the_average(
    learned: tuple[Problem, fit.Fitted], served: TrainedModel
) -> None:
    rows = rows_of(learned[0])[:40]
    predicted = served.predict(rows)
    margins = np.log(predicted) if served.artefact.link == "log" else np.log(predicted / (1 - predicted))
    sums = [sum(amount for _, amount in served.contributions(row)) for row in rows]
    base = margins - np.array(sums)
    assert base == pytest.approx(np.full(40, base[0]), abs=1e-9)  # what the average customer has


def test_both_sides_agree_on_what_matters(learned: tuple[Problem, fit.Fitted], served: TrainedModel) -> None:
    problem, fitted = learned
    rows = rows_of(problem)[:300]
    mean = dict.fromkeys(worlds.FEATURES, 0.0)
    for row in rows:
        for name, amount in served.contributions(row):
            mean[name] += abs(amount)
    order = sorted(mean, key=lambda name: -mean[name])
    assert order[0] == next(iter(importance(fitted, problem)))
