"""A simulated world whose customers are in arms, each with its rule: which intervals of lift hold the truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.coverage_policies import NAMES, policies
from benchmarks.coverage_worlds import expected_profit
from decisioning.arm_outcomes import ArmOutcomes
from decisioning.arms import MEASURING, Arms
from decisioning.lift import Lift, lifts
from pipelines.market import ACTIONS, HORIZON_WEEKS, Market, Truth, Week, nothing, wave
from pipelines.market.history import history
from pipelines.market.living import live
from pipelines.market.logs import KNOWN_WEEKS, Plan
from pipelines.market.observe import observables
from pipelines.market.traits import draw

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]
Index = NDArray[np.int64]
Outcome = Literal["retention", "profit"]
Values = Mapping[str, Mapping[str, float]]  # by outcome and arm, what customers have on average
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
ARMS = ("policy", *MEASURING)
RULES = {
    "policy": "by habit",
    "random": "any action to all",
    "no_levers": "a discount to the late",
    "holdout": "nothing to all",
}
SHARES = {"policy": 0.6, **dict.fromkeys(MEASURING, 0.1)}
WEEK = 24  # of the arms' one action; the weeks before are lived under earlier campaigns, all of them at random
YEAR = 52
BARGAINS = 0.3  # share of a customer's purchases at a discount
LEVEL = 0.9


@dataclass(frozen=True)
class Hit:
    """Whether an interval held its truth: `figure` is adjusted, plain or together, `error` its standard error."""

    world: int
    figure: str
    outcome: str
    pair: str
    held: bool
    error: float


@dataclass(frozen=True)
class Lived:
    """Customers of a world: their arms, positions in ARMS; outcomes by name; and their margin before, in currency."""

    arm: Index
    outcomes: Mapping[str, Vector]
    before: Vector


def rules(frame: pd.DataFrame) -> dict[str, Matrix]:
    """By arm, the probabilities (n, 1 + K) of nothing and of each action: simple rules, what matters is their truth."""
    found = policies(frame)
    hunts = frame.discounted_share.fillna(0.0).to_numpy() > BARGAINS
    readily = np.where(hunts, NAMES.index("discount_25:sms"), NAMES.index("points_1000:push"))
    return {**{arm: found[rule] for arm, rule in RULES.items()}, "acceptance": np.eye(len(NAMES))[readily]}


def true_means(customers: int, seed: int) -> dict[str, dict[str, float]]:
    """What `customers` of a seed are bound to have on average under each arm's rule."""
    made = wave(customers, seed, week=WEEK)
    expected = {"retention": _expected_retention(made.truth), "profit": expected_profit(made.truth)}
    arms = rules(made.frame)
    return {
        outcome: {arm: float((rule * values).sum(axis=1).mean()) for arm, rule in arms.items()}
        for outcome, values in expected.items()
    }


def world(seed: int, customers: int, values: Values) -> list[Hit]:
    """Which intervals of the world of `seed` hold the differences of the population's true `values`."""
    lived = live_in_arms(seed, customers)
    hits = []
    for outcome in OUTCOMES:
        for figure, before in (("adjusted", lived.before), ("plain", None)):
            found = lifts(ArmOutcomes(ARMS, lived.arm, lived.outcomes[outcome], before), SHARES, level=LEVEL)
            hits += [hit for lift in found.lifts for hit in _hits(seed, figure, outcome, lift, values[outcome])]
    return hits


def live_in_arms(seed: int, customers: int) -> Lived:
    """Draw customers, let each arm's rule act once on those who can be reached, and live the horizon."""
    rng = np.random.default_rng(seed)
    market = Market(draw(customers, rng, YEAR), rng)
    past = live(market, Plan(), WEEK, rng, last_campaign=WEEK - HORIZON_WEEKS).weeks
    frame = observables(market.traits, history(past, customers))
    part = (WEEK - market.traits.arrives >= KNOWN_WEEKS) & market.consents.all(axis=1)
    arm = _arms(seed, customers)
    action = np.where(part, _drawn(rules(frame), arm, rng) - 1, nothing(customers))
    after = [market.step(WEEK, action)]
    after += [market.step(WEEK + later, nothing(customers)) for later in range(1, HORIZON_WEEKS)]
    outcomes = {"retention": _retained(after), "profit": _margin(after) - _spent(after[0])}
    before = _margin(past[-HORIZON_WEEKS:])
    return Lived(arm[part], {name: values[part] for name, values in outcomes.items()}, before[part])


def _arms(seed: int, customers: int) -> Index:
    """As the service assigns them, by salted hash."""
    drawn = Arms(f"world {seed}", {arm: SHARES[arm] for arm in MEASURING})
    return np.array([ARMS.index(drawn.of(f"c{number:07d}")) for number in range(customers)], np.int64)


def _drawn(by_arm: Mapping[str, Matrix], arm: Index, rng: np.random.Generator) -> Index:
    """Each customer's action by the rule of the arm: 0 for nothing, then the place in ACTIONS and one more."""
    chance = np.stack([by_arm[name] for name in ARMS])[arm, np.arange(len(arm))]
    below = rng.random(len(arm))[:, None] >= np.cumsum(chance, axis=1)[:, :-1]
    return np.asarray(below.sum(axis=1), np.int64)


def _retained(weeks: list[Week]) -> Vector:
    """Whether there was any purchase or bill."""
    return np.any([(week.purchases > 0) | week.billed for week in weeks], axis=0).astype(np.float64)


def _margin(weeks: list[Week]) -> Vector:
    return np.asarray(np.sum([week.margin for week in weeks], axis=0), np.float64)


def _spent(week: Week) -> Vector:
    """What the contact of the week and its acceptance cost."""
    cost = np.array([*(action.cost for action in ACTIONS), 0.0])  # the last for nothing, which is -1
    contact = np.array([*(action.contact_cost for action in ACTIONS), 0.0])
    return np.asarray(contact[week.action] + cost[week.action] * week.accepted, np.float64)


def _expected_retention(truth: Truth) -> Matrix:
    return np.column_stack([truth.retention, truth.retention_under])


def _hits(seed: int, figure: str, outcome: str, lift: Lift, means: Mapping[str, float]) -> list[Hit]:
    """The intervals of one comparison; none where it was refused."""
    if lift.difference is None or lift.simultaneous is None:
        return []
    pair, true = f"{lift.arm.arm} - {lift.against.arm}", means[lift.arm.arm] - means[lift.against.arm]
    ends = {figure: lift.difference, f"{figure} together": lift.simultaneous}
    error = lift.difference.standard_error
    hits = [Hit(seed, name, outcome, pair, one.low <= true <= one.high, error) for name, one in ends.items()]
    if lift.relative is not None:
        held = lift.relative.low <= true / means[lift.against.arm] <= lift.relative.high
        hits.append(Hit(seed, f"{figure} relative", outcome, pair, held, error))
    return hits
