"""A log as it is judged: what was done, what it brought, and what the policy would have been told at each row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from configs.errors import DataError
from decisioning.logs import Log
from decisioning.offers import Offer
from pipelines.evaluation.replay import Key, Moment

Reward = Literal["profit", "margin", "retention", "acceptance"]
Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]
NOTHING: Key = ("", "")
NO_HOLDOUT = "no holdout: the policy decides for every row"


@dataclass(frozen=True)
class Logged:
    """Rows that a policy can be judged on.

    `keys` name the actions, nothing first; `moments` can be gone through once; `notes` say what was left out.
    """

    keys: tuple[Key, ...]
    moments: Iterable[Moment]
    log: Log
    first: pd.Timestamp
    last: pd.Timestamp
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Prices:
    """What acceptances and contacts cost, in the dataset's currency."""

    accepted: Mapping[str, float]  # by offer
    contact: Mapping[str, float]  # by channel

    @staticmethod
    def of(offers: Sequence[Offer], contact_costs: Mapping[str, float]) -> Prices:
        """The prices of a catalogue under a policy."""
        return Prices({offer.offer_id: offer.cost for offer in offers}, contact_costs)

    def spent(self, actions: Sequence[Key], accepted: Vector) -> Vector:
        """What each action cost, given how surely it was accepted."""
        cost = np.array([self.accepted.get(offer_id, 0.0) for offer_id, _ in actions])
        contact = np.array([self.contact.get(channel, 0.0) for _, channel in actions])
        spent: Vector = cost * accepted + contact
        return spent


def rewards(reward: Reward, frame: pd.DataFrame, actions: Sequence[Key], prices: Prices) -> Vector:
    """The reward of each row of `frame` (retention, margin, accepted; one of `actions` each), NaN where unknown.

    Nothing is never accepted. Profit is margin less the cost of an accepted offer and of the contact.
    """
    nothing = np.array([action == NOTHING for action in actions])
    accepted = np.where(nothing, 0.0, frame.accepted.to_numpy(np.float64))
    if reward == "acceptance":
        return accepted
    found: Vector = frame["retention" if reward == "retention" else "margin"].to_numpy(np.float64)
    return found - prices.spent(actions, accepted) if reward == "profit" else found


def known_rewards(found: Vector, reward: Reward) -> NDArray[np.bool_]:
    """Which rows have a reward. Raises DataError where none has."""
    known = np.isfinite(found)
    if not known.any():
        others = "retention or acceptance" if reward in ("profit", "margin") else "another reward"
        raise DataError(f"no row of the log has a {reward}; ask for {others}")
    return known


def log_of(
    keys: Sequence[Key],
    *,
    chosen: NDArray[np.intp],
    reward: Vector,
    propensity: Vector | None,
    customers: pd.Series[str],
    expected: Matrix | None,
    possible: NDArray[np.bool_],
) -> Log:
    """The log as off-policy evaluation takes it. Raises DataError with every problem where it is none."""
    group = pd.factorize(customers)[0].astype(np.intp)
    try:
        return Log(tuple(map(name, keys)), chosen, reward, propensity, group, expected, possible)
    except ValueError as error:
        raise DataError(f"the log cannot be used: {error}") from error


def name(key: Key) -> str:
    """An action in words."""
    return f"{key[0]} by {key[1]}" if key[1] else key[0] or "nothing"


def left_out(count: int, why: str) -> tuple[str, ...]:
    """A note on rows that are not judged; none where there are none."""
    return (f"{count:,} rows left out: {why}",) if count else ()
