"""Who gets what in the company's campaigns: at random, or as a manager who targets by risk sees fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd

from pipelines.market.arrays import Flags, Index, Texts, Vector, logistic
from pipelines.market.catalogue import NOTHING, SIX, Catalogue
from pipelines.market.traits import Traits

LogKind = Literal["randomised", "observational"]
LOGS: tuple[LogKind, ...] = get_args(LogKind)
CONTROL_SHARE = 0.4
KNOWN_WEEKS = 4  # a customer is in a campaign once signed up for this long


@dataclass(frozen=True, slots=True)
class Plan:
    """How a log's campaigns are run: the actions made (positions in the catalogue's; None: all), and control's share.

    The share is kept where actions are made at random.
    """

    kind: LogKind = "randomised"
    actions: tuple[int, ...] | None = None
    control_share: float = CONTROL_SHARE
    catalogue: Catalogue = SIX

    @property
    def made(self) -> Index:
        """The actions made."""
        return np.arange(len(self.catalogue.actions)) if self.actions is None else np.array(self.actions)


@dataclass(frozen=True, slots=True)
class Campaign:
    """A wave of treatments: who takes part, each one's action, and the probability with which it was chosen.

    `action` is NOTHING for control. `propensity` is the true one; a manager does not write his down. `decision_ids`
    are those of the service that decided, where one did.
    """

    taking_part: Flags
    action: Index
    propensity: Vector
    decision_ids: Texts | None = None


def campaign(
    plan: Plan, seen: pd.DataFrame, traits: Traits, consents: Flags, week: int, rng: np.random.Generator
) -> Campaign:
    """Assign one wave. `seen` holds the observables; everybody takes part who allows every channel.

    So nobody gets what they refused, and the propensities are the same for all in a randomised wave.
    """
    part = (week - traits.arrives >= KNOWN_WEEKS) & consents.all(axis=1)
    chance = _even(len(seen), plan) if plan.kind == "randomised" else _by_risk(seen, plan)
    cumulative = np.cumsum(chance, axis=1)
    drawn = (rng.random(len(seen))[:, None] >= cumulative[:, :-1]).sum(axis=1)
    propensity = chance[np.arange(len(seen)), drawn]
    action = np.where(part & (drawn > 0), drawn - 1, NOTHING)
    return Campaign(part, action, np.where(part, propensity, np.nan))


def _even(rows: int, plan: Plan) -> Vector:
    """(rows, 1 + actions): control, then every action of the plan alike."""
    shares = np.zeros(1 + len(plan.catalogue.actions))
    shares[0] = plan.control_share
    shares[1 + plan.made] = (1.0 - plan.control_share) / len(plan.made)
    return np.tile(shares, (rows, 1))


def _by_risk(seen: pd.DataFrame, plan: Plan) -> Vector:
    """(rows, 1 + actions): who has been away for long is treated more often, big spenders get the dearer offers.

    Every probability rests on the records alone and stays away from 0 and 1, so that effects can be estimated.
    """
    overdue, spend = seen["overdue"].fillna(2.0).to_numpy(), seen["spend_26w"].to_numpy()
    complained = seen["complaints_8w"].to_numpy() > 0
    treated = 0.1 + 0.75 * logistic(1.1 * (overdue - 1.8) + 1.0 * complained)
    dear = 2.0 * logistic((spend - 250.0) / 100.0) - 1.0
    cost = plan.catalogue.cost
    care = np.array([offer.kind == "service" for offer in plan.catalogue.offers])[plan.catalogue.offer]
    liking = np.exp(0.8 * np.outer(dear, (cost - cost.mean()) / cost.std()) + 1.2 * np.outer(complained, care))
    liking *= np.isin(np.arange(len(cost)), plan.made)
    return np.column_stack([1.0 - treated, treated[:, None] * liking / liking.sum(axis=1, keepdims=True)])
