"""Two ways of choosing whom to contact in a simulated market: by risk, and by effect. What each truly earns is known.

Works on the log and pairs of a version of the effects (`training.effects.evaluation`), made by models that have not
seen the customer, and on the market's truth about the same treatments.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from decisioning.estimates import Estimate
from decisioning.off_policy import Log, compare
from features.contract import CONTROL
from pipelines.market import ACTIONS

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]
Index = NDArray[np.intp]
NAMES = tuple(action.name for action in ACTIONS)
COST = np.array([action.cost for action in ACTIONS])
CONTACT_COST = np.array([action.contact_cost for action in ACTIONS])
LEVEL = 0.9


@dataclass(frozen=True)
class Campaigns:
    """n treatments and controls. `made` (n,) is what was done: 0 nothing, then the place in ACTIONS and one more.

    `risk` (n,) is the chance of leaving untreated, `gain` (n, K) the profit each action adds, `expected` (n, 1 + K) the
    profit of nothing and of each action: all as models say that have not seen the customer. `earned` (n,) is the profit
    seen. `true` (n, K) is what each action adds in truth, and `kind` (n,) what the customer is: nobody's models know.
    """

    customers: Index
    made: Index
    propensity: Vector
    earned: Vector
    risk: Vector
    gain: Matrix
    expected: Matrix
    true: Matrix


@dataclass(frozen=True)
class Targeting:
    """Who is contacted (n,), with which of ACTIONS, and what that truly earns in all, in currency."""

    contacted: NDArray[np.bool_]
    action: Index
    profit: float


def campaigns(log: pd.DataFrame, pairs: pd.DataFrame, truth: pd.DataFrame) -> Campaigns:
    """The treatments of `log` with what the models and the market's `truth` say of them."""
    rows = log.merge(truth, left_on=["customer_id", "as_of"], right_on=["customer_id", "occurred_at"], validate="1:1")
    place = {name: number for number, name in enumerate(NAMES)}
    offered = pairs[pairs.offer_id != CONTROL]
    at = pd.Index(rows.row).get_indexer(pd.Index(offered.row)), _names(offered).map(place).to_numpy(np.intp)
    gain = np.full((len(rows), len(NAMES)), np.nan)
    gain[at] = offered.margin_uplift - offered.p_accept * COST[at[1]] - CONTACT_COST[at[1]]
    untreated = pairs[pairs.offer_id == CONTROL].set_index("row").loc[rows.row]
    made = np.asarray(_names(rows).map(place).fillna(-1) + 1, dtype=np.intp)
    paid = np.append(0.0, COST)[made] * rows.accepted.fillna(0.0) + np.append(0.0, CONTACT_COST)[made]
    without = untreated.expected_margin.to_numpy(np.float64)[:, None]
    return Campaigns(
        customers=pd.factorize(rows.customer_id)[0].astype(np.intp),
        made=made,
        propensity=rows.propensity.to_numpy(np.float64),
        earned=(rows.margin_x - paid).to_numpy(np.float64),
        risk=1.0 - untreated.expected_retention.to_numpy(np.float64),
        gain=gain,
        expected=without + np.column_stack([np.zeros(len(rows)), gain]),
        true=rows[[f"profit|{name}" for name in NAMES]].to_numpy(np.float64),
    )


def by_risk(found: Campaigns, share: float) -> Targeting:
    """The riskiest `share` of customers, each with the action that earned most on average in the log."""
    means = [found.earned[found.made == arm].mean() for arm in range(1, len(NAMES) + 1)]
    return _targeting(found, found.risk, np.full(len(found.made), int(np.argmax(means)), np.intp), share)


def by_effect(found: Campaigns, share: float) -> Targeting:
    """The `share` of customers whom their own best action moves most, by estimated profit."""
    return _targeting(found, found.gain.max(axis=1), found.gain.argmax(axis=1), share)


def by_truth(found: Campaigns, share: float) -> Targeting:
    """What nobody can do: the best `share` of customers and actions, knowing the truth."""
    return _targeting(found, found.true.max(axis=1), found.true.argmax(axis=1), share)


def more_by_the_log(found: Campaigns, one: Targeting, other: Targeting) -> Estimate | None:
    """What the log alone says `one` earns more than `other` per customer, doubly robust; None where it cannot say."""
    log = Log(
        actions=("nothing", *NAMES),
        chosen=found.made,
        reward=found.earned,
        propensity=found.propensity,
        group=found.customers,
        expected=found.expected,
    )
    return compare(log, _policy(one), _policy(other), level=LEVEL).dr


def _names(frame: pd.DataFrame) -> pd.Series[str]:
    return frame.offer_id.astype(str) + ":" + frame.channel.astype(str)


def _targeting(found: Campaigns, score: Vector, action: Index, share: float) -> Targeting:
    contacted = np.zeros(len(score), bool)
    contacted[np.argsort(-score, kind="stable")[: int(share * len(score))]] = True
    profit = found.true[contacted, action[contacted]].sum()
    return Targeting(contacted, action, float(profit))


def _policy(targeting: Targeting) -> Matrix:
    policy = np.zeros((len(targeting.action), 1 + len(NAMES)))
    policy[np.arange(len(policy)), np.where(targeting.contacted, targeting.action + 1, 0)] = 1.0
    return policy
