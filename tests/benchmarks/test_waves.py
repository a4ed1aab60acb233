from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmarks.waves import Rows, arms, profit, rows_of, stack
from pipelines.market import ACTIONS, Wave, wave
from training.effects.contrast import fold_of

CUSTOMERS, COPIES, FOLDS = 1_500, 3, 4


@pytest.fixture(scope="module")
def made() -> Wave:
    return wave(CUSTOMERS, 5)


@pytest.fixture(scope="module")
def rows(made: Wave) -> Rows:
    return rows_of(made, np.arange(CUSTOMERS))


def test_profit_is_margin_less_what_was_paid() -> None:
    frame = pd.DataFrame(
        {
            "margin": [10.0, 10.0, 10.0],
            "cost": [3.0, 3.0, 0.0],
            "accepted": [1.0, 0.0, np.nan],  # the last is control
            "contact_cost": [0.5, 0.5, 0.0],
        }
    )
    assert profit(frame).tolist() == [6.5, 9.5, 10.0]


def test_arms_are_numbered_as_actions_are() -> None:
    given = pd.DataFrame(
        {
            "offer_id": ["control", ACTIONS[0].offer_id, ACTIONS[-1].offer_id],
            "channel": [None, ACTIONS[0].channel_name, ACTIONS[-1].channel_name],
        }
    )
    assert arms(given).tolist() == [0, 1, len(ACTIONS)]


def test_every_arm_has_its_share(rows: Rows) -> None:
    assert rows.share.sum() == pytest.approx(1.0)
    assert rows.share[0] == pytest.approx(np.mean(rows.action == 0))
    assert (rows.share > 0).all()


def test_actions_differ_in_their_columns(rows: Rows) -> None:
    assert len(np.unique(rows.of_action.round(9), axis=0)) == len(ACTIONS)
    pair = rows.paired(np.array([7]), np.array([2]))[0]
    assert pair.tolist() == [*rows.z[7], *rows.of_action[2]]


def test_what_is_learned_from_is_encoded_and_nothing_else(made: Wave) -> None:
    half = rows_of(made, np.arange(CUSTOMERS // 2))
    seen = half.z[: CUSTOMERS // 2]
    assert np.abs(seen.mean(axis=0)).max() < 0.05  # standardised, but for wild values that are clipped
    assert np.abs(half.z[CUSTOMERS // 2 :].mean(axis=0)).max() > 1e-6


def test_control_rows_stand_for_different_actions(made: Wave, rows: Rows) -> None:
    outcome = profit(made.frame)
    found = stack(rows, outcome, "margin", folds=FOLDS, copies=COPIES, seed=1)
    contrast, treated = found.contrast, found.contrast.treated == 1
    control = int((rows.action == 0).sum())
    assert treated.sum() == CUSTOMERS - control
    assert (~treated).sum() == COPIES * control
    assert contrast.weight[~treated].sum() == pytest.approx(control)
    assert (found.action[treated] == rows.action[found.row[treated]] - 1).all()
    pairs = np.column_stack([found.row, found.action])[~treated]
    assert len(np.unique(pairs, axis=0)) == COPIES * control
    assert (contrast.outcome == outcome[found.row]).all()
    assert (contrast.z == rows.paired(found.row, found.action)).all()


def test_shares_balance_the_arms(rows: Rows) -> None:
    found = stack(rows, np.ones(CUSTOMERS), "margin", folds=FOLDS, copies=COPIES, seed=1).contrast
    made = float(found.weight @ (found.treated / found.share))
    left = float(found.weight @ ((1 - found.treated) / (1 - found.share)))
    assert made == pytest.approx(CUSTOMERS)
    assert left == pytest.approx(CUSTOMERS)


def test_a_customer_keeps_to_one_fold(made: Wave, rows: Rows) -> None:
    found = stack(rows, np.ones(CUSTOMERS), "margin", folds=FOLDS, copies=COPIES, seed=1)
    assert (found.contrast.fold == fold_of(made.frame.customer_id, FOLDS)[found.row]).all()
    assert (found.contrast.group == found.row).all()


def test_control_rows_stand_for_actions_as_often_as_they_were_made(rows: Rows) -> None:
    found = stack(rows, np.ones(CUSTOMERS), "margin", folds=FOLDS, copies=1, seed=3)
    drawn = np.bincount(found.action[found.contrast.treated == 0], minlength=len(ACTIONS))
    share = rows.share[1:] / rows.share[1:].sum()
    error = np.sqrt(drawn.sum() * share * (1 - share))
    assert (np.abs(drawn - drawn.sum() * share) < 4 * error).all()
