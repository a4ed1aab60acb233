from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from configs.errors import DataError
from monitoring.performance.calibration import equal_count_bins, expected_calibration_error
from monitoring.performance.matured import attach, judge


def predictions(world, n: int, seed: int, *, odds: float = 1.0, repeats: int = 1) -> pd.DataFrame:
    """Matured predictions, right when `odds` is 1: the true odds of leaving are `odds` times the predicted ones.

    A repeated customer keeps prediction and fate.
    """
    rng = np.random.default_rng(seed)
    p = rng.beta(1, 4, n)
    true = odds * p / (1 - p + odds * p)
    frame = pd.DataFrame({"p_churn": p, "label": (rng.random(n) < true).astype(float)})
    frame["customer_id"] = [f"c{i}" for i in range(n)]
    frame["matures_at"] = pd.Timestamp(world.now) - pd.Timedelta(days=1)
    frame["at_risk"] = True
    return pd.concat([frame] * repeats, ignore_index=True).assign(as_of=pd.Timestamp(world.now) - pd.Timedelta(days=60))


@pytest.fixture
def fit(world, settings):
    def fit(frame: pd.DataFrame, seed: int = 0):
        return judge(frame, settings, now=world.now, rng=np.random.default_rng(seed)).fit

    return fit


def test_metrics_equal_scikit_learn(world, fit) -> None:
    frame = predictions(world, 600, 1)
    frame["p_churn"] = frame["p_churn"].round(2)  # ties
    found, truth = fit(frame), (frame["label"], frame["p_churn"].clip(1e-15, 1 - 1e-15))
    assert found.auc.value == pytest.approx(roc_auc_score(*truth))
    assert found.brier.value == pytest.approx(brier_score_loss(*truth))
    assert found.log_loss.value == pytest.approx(log_loss(*truth))
    assert found.auc.low < found.auc.value < found.auc.high


def test_calibration_by_hand() -> None:
    p = np.repeat([0.1, 0.5], 10)
    y = np.array([1.0] * 2 + [0] * 8 + [1] * 4 + [0] * 6)
    bins = equal_count_bins(p)
    assert len(set(bins.tolist())) == 2  # ties are not torn apart
    assert expected_calibration_error(p, y, bins) == pytest.approx((10 * 0.1 + 10 * 0.1) / 20)


@pytest.mark.parametrize(("p", "bins"), [(np.linspace(0, 1, 1000), 10), (np.full(50, 0.3), 1), (np.array([0.2]), 1)])
def test_bins_have_equal_counts_where_they_can(p: np.ndarray, bins: int) -> None:
    counts = np.unique(equal_count_bins(p), return_counts=True)[1]
    assert (len(counts), counts.max() - counts.min()) == (bins, 0)


def test_the_calibration_table_adds_up(world, fit) -> None:
    frame = predictions(world, 1000, 2)
    bins = fit(frame).bins
    assert [b.rows for b in bins] == [100] * 10
    assert sum(b.observed.value * b.rows for b in bins) == pytest.approx(frame["label"].sum())
    assert [b.predicted for b in bins] == sorted(b.predicted for b in bins)


def test_the_auc_interval_covers_the_truth(world, fit) -> None:
    """True AUC from two million draws (standard error .0004); intervals of width .09 at 400 customers."""
    rng = np.random.default_rng(0)
    p = rng.beta(1, 4, 2_000_000)
    truth = roc_auc_score(rng.random(len(p)) < p, p)
    runs = 200
    found = [fit(predictions(world, 400, seed), seed).auc for seed in range(runs)]
    covered = sum(auc.low <= truth <= auc.high for auc in found)
    # 100 resamples put the ends within 1.6 points of their 2.5%, hence nominal coverage 92 to 97
    assert binom.ppf(1e-3, runs, 0.92) <= covered <= binom.ppf(1 - 1e-3, runs, 0.97)


def test_repeated_predictions_of_one_customer_do_not_narrow_the_interval(world, fit) -> None:
    once, ten = fit(predictions(world, 400, 1)).auc, fit(predictions(world, 400, 1, repeats=10)).auc
    # both widths are of the same resampling distribution; a width from 100 resamples has a relative error of .12
    assert ten.high - ten.low == pytest.approx(once.high - once.low, rel=4 * 0.12 * np.sqrt(2))
    assert ten.value == pytest.approx(once.value)


def test_a_perfect_model_is_called_miscalibrated_at_most_at_the_stated_rate(world, fit, settings) -> None:
    runs = 200
    fits = [fit(predictions(world, 300, seed), seed) for seed in range(runs)]
    alarms = sum(found.ece > found.ece_by_chance for found in fits)
    # a 95% quantile of 100 resamples is between the true 92% and 97%
    assert binom.ppf(1e-3, runs, 0.03) <= alarms <= binom.ppf(1 - 1e-3, runs, 0.08)


def test_a_model_off_by_half_the_odds_is_called_miscalibrated(world, fit, settings) -> None:
    found = fit(predictions(world, 2000, 3, odds=2.0))
    assert found.ece > max(found.ece_by_chance, settings.max_ece)


def test_only_matured_labels_count(world, settings) -> None:
    frame = predictions(world, 600, 4)
    soon, later = pd.Timestamp(world.now) + pd.Timedelta(days=3), pd.Timestamp(world.now) + pd.Timedelta(days=40)
    frame.loc[:99, "matures_at"] = soon
    frame.loc[100:199, "matures_at"] = later
    frame.loc[:199, "label"] = 1.0  # early leavers: known already, but their window is open
    frame.loc[200:209, "label"] = None
    frame.loc[210:219, "p_churn"] = None
    found = judge(frame, settings, now=world.now, rng=np.random.default_rng(0))
    assert (found.matured, found.waiting, found.outside) == (380, 200, 10)
    assert found.events == int(frame["label"][220:].sum())
    assert (found.next_matures_at, found.all_mature_at) == (soon, later)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.head(0), "0 outcomes known, 200 needed"),
        (lambda f: f.head(1), "1 outcome known, 200 needed"),
        (lambda f: f.assign(label=0.0), "0 customers with the rarer outcome, 20 needed"),
        (lambda f: f.assign(label=[1.0] * 5 + [0.0] * 295),
         "5 customers with the rarer outcome, 20 needed"),
        (lambda f: f.assign(label=None), "0 outcomes known, 200 needed"),
        (lambda f: f.assign(p_churn=np.nan), "0 outcomes known, 200 needed"),
    ],
)  # fmt: skip
def test_too_little_is_said_to_be_too_little(world, settings, change, message: str) -> None:
    found = judge(change(predictions(world, 300, 1)), settings, now=world.now, rng=np.random.default_rng(0))
    assert (found.fit, found.missing, found.next_matures_at) == (None, message, None)


@pytest.mark.parametrize("kind", ["Int64", "boolean", "object"])
def test_labels_may_be_of_any_type_that_means_0_or_1(world, fit, kind: str) -> None:
    frame = predictions(world, 300, 1)
    assert fit(frame.assign(label=frame["label"].astype(kind))) == fit(frame)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.drop(columns="label"), "column label is missing"),
        (lambda f: f.drop(columns=["matures_at", "label"]), "column matures_at is missing"),
        (lambda f: f.assign(label=2.0), r"a label must be 0, 1 or null, given \['2.0'\]"),
        (lambda f: f.assign(label="yes"), r"a label must be 0, 1 or null, given \['yes'\]"),
        (
            lambda f: f.assign(as_of=f["as_of"].dt.tz_localize(None)),
            "as_of must be aware UTC instants, given datetime64",
        ),
        (lambda f: f.assign(matures_at="soon"), "matures_at must be aware UTC instants, given object"),
        (lambda f: pd.concat([f, f]), "more than one label for the same"),
        (lambda f: f.head(7), "labels answered 7 of 10 predictions"),
    ],
)
def test_labels_of_another_shape_are_refused(world, change, message: str) -> None:
    frame = predictions(world, 10, 1)
    predicted, labels = frame[["customer_id", "as_of", "p_churn"]], frame.drop(columns="p_churn")
    with pytest.raises(DataError) as raised:
        attach(predicted, change(labels))
    assert raised.match(message)


def test_labels_join_their_own_prediction(world) -> None:
    frame = predictions(world, 10, 1)
    predicted = frame[["customer_id", "as_of", "p_churn"]]
    joined = attach(predicted, frame.drop(columns="p_churn").sample(frac=1, random_state=0))
    pd.testing.assert_frame_equal(joined[frame.columns], frame)


def test_an_early_label_changes_nothing_later(world, settings) -> None:
    """The day the window closes, and not before, the prediction counts."""
    frame = predictions(world, 1, 1)
    closes = frame["matures_at"][0].to_pydatetime()
    counted = [judge(frame, settings, now=now, rng=np.random.default_rng(0)).matured for now in
               (closes - timedelta(microseconds=1), closes)]  # fmt: skip
    assert counted == [0, 1]
