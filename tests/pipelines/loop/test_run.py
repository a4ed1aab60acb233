"""What all that was lived comes to: shares, regret and lead, with intervals over markets."""

from __future__ import annotations

from math import isnan, sqrt

import numpy as np
import pytest
from scipy.stats import t

from pipelines.loop.company import CAP_WEEKS
from pipelines.loop.run import Lived, Loop, judged, policy

LOOP = Loop(customers=100, seeds=(0, 1), weeks=4, judged_from=2)


def lived(name: str, seed: int, *profit: float) -> Lived:
    return Lived(name, seed, np.array(profit), np.full(4, 5.0), np.full(4, 7.0), 0.5)


BOTH = [
    lived("nothing", 0, 99.0, 99.0, 10.0, 10.0),
    lived("risk", 0, 0.0, 0.0, 15.0, 10.0),
    lived("oracle", 0, 0.0, 0.0, 20.0, 20.0),
    lived("tenure", 0, 0.0, 0.0, 15.0, 15.0),
    lived("nothing", 1, 99.0, 99.0, 10.0, 10.0),
    lived("risk", 1, 0.0, 0.0, 10.0, 10.0),
    lived("oracle", 1, 0.0, 0.0, 20.0, 20.0),
    lived("tenure", 1, 0.0, 0.0, 20.0, 14.0),
]


def test_only_the_weeks_judged_count() -> None:
    found = {one.policy: one for one in judged(LOOP, BOTH).summaries}
    assert found["nothing"].profit == 20.0
    assert found["tenure"].profit == 32.0
    assert (found["risk"].spent, found["risk"].contacts, found["risk"].retention) == (10.0, 14.0, 0.5)


def test_shares_and_gains_are_of_the_oracles() -> None:
    found = {one.policy: one for one in judged(LOOP, BOTH).summaries}
    assert found["oracle"].share == 1.0
    assert found["tenure"].share == pytest.approx((0.75 + 0.85) / 2)
    assert (found["nothing"].gain, found["oracle"].gain) == (0.0, 1.0)
    assert found["tenure"].gain == pytest.approx(12.0 / 20.0)


def test_regret_and_the_lead_over_the_best_of_the_others() -> None:
    found = judged(LOOP, BOTH)
    leads = np.array([(30.0 - 25.0) / 25.0, (34.0 - 20.0) / 20.0])
    half = t.ppf(0.95, 1) * leads.std(ddof=1) / sqrt(2)
    assert found.best_other == "risk"  # neither Tenure nor the oracle is one of the others
    assert found.regret == pytest.approx(0.2)
    assert found.lead == pytest.approx(leads.mean())
    assert (found.lead_low, found.lead_high) == pytest.approx((leads.mean() - half, leads.mean() + half))


def test_one_market_has_no_interval() -> None:
    found = judged(LOOP, BOTH[:4])
    assert isnan(found.lead_low)
    assert isnan(found.summaries[0].share_low)
    assert found.lead == pytest.approx(0.2)


def test_tenure_keeps_the_contact_rule_that_all_keep() -> None:
    made = policy()
    (cap,) = made.caps
    assert (cap.scope, cap.max_contacts, cap.window_days) == ("any", 1, 7.0 * CAP_WEEKS)
    assert made.rests == ()
