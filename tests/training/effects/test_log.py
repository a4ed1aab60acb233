"""The propensity of every treatment that takes part."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import logit

from features.contract import CONTROL
from tests.training.effects import campaigns
from training.effects.log import resolved
from training.effects.stack import stack


def stacked(log: pd.DataFrame, *, logged: bool) -> pd.DataFrame:
    rows = stack(log, 3.0, seed=0)
    return rows.assign(log_odds=0.0, logged=logged, part=rows.weight)


def test_logged_propensities_stay() -> None:
    log = campaigns.numbered(campaigns.log(900, targeting=1.0))
    rows, kept = resolved(stacked(log, logged=True), log)
    assert kept.propensity.to_numpy() == pytest.approx(log.propensity.to_numpy())
    assert kept.customer_id.tolist() == log.customer_id.tolist()
    assert not {"log_odds", "logged", "part", "propensity", "made_share"} & set(rows)


def test_recovered_propensities_are_frequencies() -> None:
    log = campaigns.numbered(campaigns.log(900, logged=False, waves=2))
    _, kept = resolved(stacked(log, logged=False), log)
    assert kept.propensity.to_numpy() == pytest.approx(log.made_share.to_numpy())


@pytest.mark.parametrize("logged", [True, False])
def test_what_takes_no_part_leaves_the_others_conditional_on_taking_part(logged: bool) -> None:
    log = campaigns.numbered(campaigns.log(3000, offers=("mail", "call", "visit"), logged=logged))
    rows = stacked(log, logged=logged)
    rows["weight"] = rows.weight.where(rows.offer_id != "visit", 0.0)
    kept_rows, kept = resolved(rows, log)
    assert set(kept.offer_id) == {CONTROL, "mail", "call"}
    assert set(kept_rows.offer_id) == {"mail", "call"}
    assert kept.drop_duplicates("offer_id").propensity.sum() == pytest.approx(1.0, abs=0.05)
    ratio = 1 / kept.propensity  # of each arm, its rows divided by their propensities count everybody
    assert ratio.groupby(kept.offer_id).sum().to_numpy() == pytest.approx(len(kept), rel=0.1)
    assert (kept.customer_id.iloc[kept_rows.log_row].to_numpy() == kept_rows.customer_id.to_numpy()).all()
    assert sorted(kept_rows.log_row.unique()) == list(range(len(kept)))


def test_estimated_odds_give_the_true_propensities() -> None:
    """With one offer the true log-odds give the propensity itself; with two, what is not known of a treatment's
    alternatives counts as at the average."""
    one = campaigns.numbered(campaigns.log(4000, offers=("mail",), targeting=1.0))
    rows = stacked(one, logged=False)
    need = campaigns.customers(4000).set_index("customer_id").profile__need
    base = logit((one.offer_id != CONTROL).mean())
    rows["log_odds"] = rows.customer_id.map(need) * 1.0 - base  # the truth: odds of exp(need)
    _, kept = resolved(rows, one)
    assert kept.propensity.to_numpy() == pytest.approx(one.propensity.to_numpy(), abs=1e-6)


def test_estimated_odds_of_several_offers_come_near() -> None:
    log = campaigns.numbered(campaigns.log(4000, targeting=1.0))
    rows = stacked(log, logged=False)
    need = campaigns.customers(4000).set_index("customer_id").profile__need
    ratio = log.offer_id.value_counts()
    rows["log_odds"] = rows.customer_id.map(need) - np.log(rows.offer_id.map(ratio).astype(float) / ratio[CONTROL])
    _, kept = resolved(rows, log)
    control = (log.offer_id == CONTROL).to_numpy()
    truth = log.propensity.to_numpy()
    assert kept.propensity[control].to_numpy() == pytest.approx(truth[control], abs=1e-6)  # all its odds are known
    assert np.corrcoef(kept.propensity[~control], truth[~control])[0, 1] > 0.95
    assert kept.propensity.between(0, 1, inclusive="neither").all()
