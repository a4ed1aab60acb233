from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from configs.errors import DataError
from features.contract import CONTROL
from tests.training.effects import campaigns
from training.effects.logged import of_actions, promise, refuse_impossible

FIT = 0.01


def known(**changes: object) -> pd.DataFrame:
    return campaigns.numbered(campaigns.log(1200, **changes))  # type: ignore[arg-type]


def promised(rows: pd.DataFrame, given: dict[str, float]) -> pd.DataFrame:
    return rows.assign(propensity=rows.offer_id.map(given))


SUMS = [  # propensities -> what is wrong
    ({CONTROL: 1 / 3, "mail": 1 / 3, "call": 1 / 3}, None),
    ({CONTROL: 0.33, "mail": 0.33, "call": 0.33}, None),  # rounded
    ({CONTROL: 0.3, "mail": 0.33, "call": 0.33}, "sum to 0.96"),
    ({CONTROL: 0.4, "mail": 0.4, "call": 0.4}, "sum to 1.2"),
    ({CONTROL: 1.0, "mail": 0.0, "call": 0.5}, r"mail.*outside \(0, 1\]: 0"),
    ({CONTROL: -0.1, "mail": 0.5, "call": 0.5}, r"control.*outside \(0, 1\]: -0.1"),
]


@pytest.mark.parametrize(("given", "wrong"), SUMS)
def test_propensities_are_probabilities(given: dict[str, float], wrong: str | None) -> None:
    rows = promised(known(), given)
    if wrong is None:
        refuse_impossible(rows)
    else:
        with pytest.raises(DataError, match=wrong):
            refuse_impossible(rows)


def test_an_arm_that_chance_left_out_is_no_contradiction() -> None:
    """Of 12 customers with a chance of .1 each, nobody gets the third arm in 28% of logs; of 1,200, never."""
    rows = promised(known(), {CONTROL: 0.4, "mail": 0.5, "call": 0.1})
    without = rows[rows.offer_id != "call"]
    refuse_impossible(without.head(12))
    with pytest.raises(DataError, match=r"sum to 0.9, not to 1.*is an arm missing\?"):
        refuse_impossible(without)


def test_propensities_that_differ_between_customers_need_not_sum() -> None:
    refuse_impossible(known(targeting=1.0))


def test_propensities_that_are_not_known_are_not_judged() -> None:
    refuse_impossible(known(logged=False))


def by_channel(rows: pd.DataFrame, *, action: bool) -> pd.DataFrame:
    """Each offer on two channels alike; the log has the probability of the offer, or of offer and channel."""
    sms = (np.arange(len(rows)) % 2 == 0) & (rows.offer_id != CONTROL)
    rows = rows.assign(channel=rows.channel.where(~sms, "sms"))
    halved = (rows.offer_id != CONTROL) & action
    return rows.assign(propensity=rows.propensity.where(~halved, rows.propensity / 2))


@pytest.mark.parametrize("action", [True, False])
def test_channels_share_the_propensity_of_their_offer(action: bool) -> None:
    rows = by_channel(known(), action=action)
    refuse_impossible(rows)
    made = of_actions(rows)
    treated = rows.offer_id != CONTROL
    assert made[~treated] == pytest.approx(1 / 3)
    assert made[treated] == pytest.approx(1 / 6, abs=0 if action else 3 * np.sqrt(0.25 / 350) / 3)
    sums = rows.assign(p=made).drop_duplicates(["offer_id", "channel"]).p.sum()
    assert sums == pytest.approx(1.0)


def test_one_channel_leaves_propensities_alone() -> None:
    rows = known(targeting=1.0)
    assert of_actions(rows).tolist() == rows.propensity.tolist()


PROMISES = [  # targeting, what the log says instead of the truth -> constant, fits
    (0.0, None, True, True),
    (0.0, {CONTROL: 0.2, "mail": 0.4, "call": 0.4}, True, False),
    (1.0, None, False, True),
    (1.0, {CONTROL: 0.2, "mail": 0.4, "call": 0.4}, True, False),
]


@pytest.mark.parametrize(("targeting", "given", "constant", "fits"), PROMISES)
def test_a_promise_is_held_against_what_was_done(
    targeting: float, given: dict[str, float] | None, constant: bool, fits: bool
) -> None:
    rows = known(targeting=targeting)
    found = promise(rows if given is None else promised(rows, given), "mail")
    assert (found.constant, found.p_value > FIT) == (constant, fits)
    assert "in the arm that fits worst they promise" in found.said


def test_a_true_promise_is_doubted_at_the_stated_rate() -> None:
    doubted = sum(promise(known(seed=seed, waves=2), "mail").p_value < 0.05 for seed in range(80))
    assert doubted <= binom.ppf(0.999, 80, 0.05)


def test_customers_who_always_get_the_same_are_not_taken_for_many() -> None:
    """A sticky holdout over ten waves: an imbalance of one draw is seen ten times."""
    doubted = 0
    for seed in range(60):
        once = campaigns.log(300, seed=seed)
        rows = [once.assign(as_of=once.as_of + wave * campaigns.WINDOW) for wave in range(10)]
        doubted += promise(campaigns.numbered(pd.concat(rows, ignore_index=True)), "mail").p_value < 0.05
    assert doubted <= binom.ppf(0.999, 60, 0.05)
