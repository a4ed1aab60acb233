from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipelines.market import ACTIONS
from pipelines.targeting import (
    CONTACT_COST,
    COST,
    NAMES,
    by_effect,
    by_risk,
    by_truth,
    campaigns,
    more_by_the_log,
)
from tests.pipelines.made_up import ADDS, COSTS, USEFUL, K, made_up

AT = pd.Timestamp("2024-02-26", tz="UTC")
FIRST, LAST = ACTIONS[0], ACTIONS[-1]


def frames() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    log = pd.DataFrame(
        {
            "row": [3, 5],
            "customer_id": ["b", "a"],
            "as_of": [AT, AT],
            "offer_id": [LAST.offer_id, "control"],
            "channel": [LAST.channel_name, None],
            "propensity": [0.05, 0.4],
            "margin": [20.0, 7.0],
            "accepted": [1.0, np.nan],
        }
    )
    offered = pd.DataFrame(
        [(row, action.offer_id, action.channel_name, 0.5, 10.0 * row) for row in (3, 5) for action in ACTIONS],
        columns=["row", "offer_id", "channel", "p_accept", "margin_uplift"],
    )
    untreated = pd.DataFrame(
        {"row": [5, 3], "offer_id": "control", "expected_retention": [0.9, 0.4], "expected_margin": [8.0, 6.0]}
    )
    truth = pd.DataFrame({"customer_id": ["a", "b"], "occurred_at": [AT, AT], "margin": [1.0, 1.0]})
    return log, pd.concat([offered, untreated]), truth.assign(**{f"profit|{name}": [1.0, 2.0] for name in NAMES})


def test_rows_are_brought_together_by_customer_and_campaign() -> None:
    found = campaigns(*frames())
    assert found.made.tolist() == [K, 0]
    assert found.earned.tolist() == pytest.approx([20.0 - LAST.cost - LAST.contact_cost, 7.0])
    assert found.risk.tolist() == pytest.approx([0.6, 0.1])
    assert found.gain[0] == pytest.approx(30.0 - 0.5 * COST - CONTACT_COST)
    assert found.expected[:, 0].tolist() == [6.0, 8.0]
    assert found.expected[1, 1:] == pytest.approx(8.0 + found.gain[1])
    assert found.true[:, 0].tolist() == [2.0, 1.0]


def test_a_treatment_without_its_truth_is_no_match() -> None:
    log, pairs, truth = frames()
    assert len(campaigns(log, pairs, truth.head(1)).made) == 1


def test_effect_finds_whom_an_offer_moves_and_risk_does_not() -> None:
    found = made_up(4_000)
    risk, effect, truth = (choose(found, 0.2) for choose in (by_risk, by_effect, by_truth))
    assert risk.contacted.sum() == effect.contacted.sum() == 800
    assert set(risk.action) == {USEFUL}  # the best on average in the log
    assert risk.profit == 800 * COSTS
    assert effect.profit == pytest.approx(truth.profit)
    assert truth.profit == 800 * ADDS


def test_the_log_alone_tells_the_difference() -> None:
    found = made_up(4_000)
    more = more_by_the_log(found, by_effect(found, 0.2), by_risk(found, 0.2))
    true = (by_effect(found, 0.2).profit - by_risk(found, 0.2).profit) / 4_000
    assert more is not None
    assert abs(more.value - true) < 4 * more.standard_error
    assert more.low > 0
