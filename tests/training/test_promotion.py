"""The gate, on simulated predictions of known quality."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, norm

from training import paired
from training.promotion import Gate, Verdict, judge

Vector = np.ndarray
GATE = Gate()


def world(rng: np.random.Generator, customers: int = 500, instants: int = 4) -> tuple[pd.DataFrame, Vector]:
    """Rows (customer_id, as_of, label, plan) and the true probability; a customer's rows are alike."""
    base = np.repeat(rng.normal(-1.2, 1.0, customers), instants)
    truth = 1 / (1 + np.exp(-(base + rng.normal(0, 0.5, len(base)))))
    rows = pd.DataFrame(
        {
            "customer_id": np.repeat([f"c{number}" for number in range(customers)], instants),
            "as_of": np.tile(pd.date_range("2023-01-01", periods=instants, tz="UTC"), customers),
            "label": (rng.random(len(truth)) < truth).astype(float),
            "plan": np.repeat(rng.choice(["basic", "premium"], customers), instants),
        }
    )
    return rows, truth


def blurred(rng: np.random.Generator, truth: Vector, noise: float) -> Vector:
    """Predictions whose log-odds are the truth's and some noise, shrunk so that they stay calibrated."""
    odds = np.log(truth / (1 - truth))
    seen = odds + rng.normal(0, noise, len(odds))
    reliability = odds.var() / (odds.var() + noise**2)
    return np.asarray(1 / (1 + np.exp(-(odds.mean() + reliability * (seen - odds.mean())))))


def verdict(rows: pd.DataFrame, new: Vector, old: Vector | None, model: str = "churn", gate: Gate = GATE) -> Verdict:
    champion = None if old is None else rows.assign(prediction=old)
    return judge(rows.assign(prediction=new), champion, model=model, gate=gate)


def failed(found: Verdict) -> list[str]:
    return [reason.check for reason in found.reasons if not reason.passed]


ROWS, TRUTH = world(np.random.default_rng(0))
CHANCE = np.random.default_rng(1)


@pytest.mark.parametrize(
    ("predicted", "model", "refused_for"),
    [
        (TRUTH, "churn", []),
        (TRUTH, "response", []),
        (CHANCE.permutation(TRUTH), "churn", ["ranking", "calibration"]),
        (np.full(len(TRUTH), TRUTH.mean()), "churn", ["ranking"]),
        (np.clip(1.6 * TRUTH - 0.15, 0, 1), "churn", ["calibration"]),
        (TRUTH * 0.6, "churn", ["bias", "calibration"]),
        (1 - TRUTH, "churn", ["bias", "ranking", "calibration"]),
        (TRUTH * 40, "value", ["bias"]),
        (TRUTH, "value", []),
    ],
)
def test_a_first_champion_is_held_against_the_gate_alone(predicted: Vector, model: str, refused_for: list[str]) -> None:
    found = verdict(ROWS, predicted, None, model)
    assert (failed(found), found.promote) == (refused_for, not refused_for)


@pytest.mark.parametrize("model", ["churn", "response", "value"])
def test_an_identical_challenger_is_promoted(model: str) -> None:
    found = verdict(ROWS, TRUTH, TRUTH, model)
    assert found.promote, found
    assert [reason.check for reason in found.reasons][-2:] == ["against the champion", "slices"]


@pytest.mark.parametrize("model", ["churn", "response"])
def test_a_better_one_is_promoted_and_the_same_two_the_other_way_round_are_not(model: str) -> None:
    rng = np.random.default_rng(2)
    rows, truth = world(rng, 2000)
    poor = blurred(rng, truth, 2.0)
    assert verdict(rows, truth, poor, model).promote
    assert "against the champion" in failed(verdict(rows, poor, truth, model))


def bills(rng: np.random.Generator, customers: int) -> tuple[pd.DataFrame, Vector]:
    """Rows with an amount for a label, and its true mean."""
    rows, _ = world(rng, customers, 2)
    mean = np.exp(rng.normal(3, 0.7, len(rows)))
    return rows.assign(label=rng.gamma(2.0, mean / 2)), mean


def passes(worlds: int, customers: int, new_noise: float, old_noise: float) -> int:
    """In how many of `worlds` the check against the champion passes for models that err by log-normal noise."""
    passed = 0
    for seed in range(worlds):
        rng = np.random.default_rng(seed)
        rows, mean = bills(rng, customers)
        new, old = (mean * np.exp(rng.normal(0, noise, len(mean))) for noise in (new_noise, old_noise))
        passed += "against the champion" not in failed(verdict(rows, new, old, "value"))
    return passed


def excess(noise: float) -> float:
    """The expected loss to the true mean, as a share of perfect foresight's gain.

    A deviance is linear in the amount but for a term without the prediction, so that the mean loss of predicting m
    where the mean is mu is the deviance of mu itself from m.
    """
    rng = np.random.default_rng(9)
    rows, mean = bills(rng, 20_000)
    blurry = mean * np.exp(rng.normal(0, noise, len(mean)))
    foresight = paired.deviance_saved(rows.label.to_numpy(), mean, mean).foresight
    return -float(paired.deviance_saved(mean, blurry, mean).gain.mean()) / foresight


def test_one_that_is_as_good_is_not_refused_forever() -> None:
    """Two models of equal quality that err apart pass as soon as there are rows enough."""
    worlds = 40
    assert passes(worlds, 150, 0.2, 0.2) < passes(worlds, 3000, 0.2, 0.2)
    rng = np.random.default_rng(9)
    rows, mean = bills(rng, 3000)
    new, old = (mean * np.exp(rng.normal(0, 0.2, len(mean))) for _ in range(2))
    found = paired.deviance_saved(rows.label.to_numpy(), new, old)
    errors = GATE.tolerated_loss * found.foresight / paired.standard_error(found.gain, rows.customer_id)
    power = float(norm.cdf(errors - 1.96))  # the interval's lower end lies 1.96 standard errors below the gain
    assert passes(worlds, 3000, 0.2, 0.2) >= binom.ppf(0.001, worlds, power)


def test_one_that_is_worse_than_tolerated_passes_in_one_of_forty_at_most() -> None:
    """At a true loss of just the tolerated share the rate of error is 2.5%; this noise costs no less."""
    noise = next(noise for noise in np.arange(0.05, 1, 0.01) if excess(float(noise)) >= GATE.tolerated_loss)
    worlds = 150
    passed = passes(worlds, 400, float(noise), 0.0)
    assert passed <= binom.ppf(0.999, worlds, 0.04)  # percentile intervals of 400 customers err a little above 2.5%


def test_a_calibrated_model_of_few_rows_is_not_refused_for_chance() -> None:
    worlds, refused = 12, 0
    for seed in range(worlds):
        rows, truth = world(np.random.default_rng(seed), 40, 5)
        refused += "calibration" in failed(verdict(rows, truth, None))
    # Twenty rows a bin: the error of chance is 0.08 by itself, its standard deviation about 0.02.
    assert refused <= binom.ppf(0.999, worlds, 0.02)


def test_harm_to_one_slice_is_seen_though_the_whole_gains() -> None:
    rng = np.random.default_rng(7)
    rows, truth = world(rng, 3000)
    basic = (rows.plan == "basic").to_numpy()
    old = np.where(basic, truth, blurred(rng, truth, 3.0))
    new = np.where(basic, rng.permutation(truth), truth)
    found = verdict(rows.assign(size=1.0), new, old, "response", Gate(max_calibration_error=1))
    assert "slices" in failed(found)
    assert "plan = basic" in found.reasons[-1].said


@pytest.mark.parametrize(
    ("champion", "check", "said"),
    [
        (ROWS.assign(prediction=TRUTH).head(150), "same rows", "only 150 rows judged by both, 200 needed"),
        (ROWS.assign(prediction=TRUTH, label=1 - ROWS.label), "same labels", "the same rows have other labels now"),
    ],
)
def test_what_cannot_be_compared_is_refused(champion: pd.DataFrame, check: str, said: str) -> None:
    found = judge(ROWS.assign(prediction=TRUTH), champion, model="churn", gate=GATE)
    assert failed(found) == [check]
    assert found.reasons[-1].said.startswith(said)


def test_offers_are_compared_one_by_one() -> None:
    first, second = (ROWS.assign(offer_id=offer, prediction=TRUTH) for offer in ("o1", "o2"))
    both = pd.concat([first, second])
    found = judge(both, both, model="response", gate=GATE)
    assert f"on {len(both):,} shared rows" in found.reasons[3].said


def test_a_wide_interval_is_called_what_it_is() -> None:
    rng = np.random.default_rng(8)
    rows, truth = world(rng, 60)
    found = verdict(rows, blurred(rng, truth, 1.0), blurred(rng, truth, 1.0), "response", Gate(tolerated_loss=1e-4))
    [reason] = [reason for reason in found.reasons if reason.check == "against the champion"]
    assert (reason.passed, reason.said.endswith("more rows are needed to rule it out)")) == (False, True)
