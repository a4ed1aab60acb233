"""Policy health beside the decision mix: exploration, budgets, arms, lift."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
from sqlalchemy import Engine

from configs.monitoring import Monitoring
from monitoring import inputs
from monitoring.health.arms import ArmCheck, Assigned, check_arms
from monitoring.health.budgets import BudgetUse, budget_use
from monitoring.health.exploration import Exploration, exploration
from monitoring.health.lift import Compared, withheld
from monitoring.health.rules import ruled


@dataclass(frozen=True)
class Experiment:
    """Customers by arm, and what the arms brought, on one outcome after the other."""

    assigned: Assigned
    lifts: tuple[Compared, ...]


@dataclass(frozen=True)
class Health:
    """`later` counts decisions dated after the report; they are in no other figure. `arms` is None where not asked."""

    later: int
    exploration: Exploration | None
    budgets: tuple[BudgetUse, ...]
    arms: ArmCheck | None
    lifts: tuple[Compared, ...]


def examine(
    ledger: Engine,
    decisions: pd.DataFrame,
    settings: Monitoring,
    experiment: Experiment | None,
    *,
    after: datetime,
    now: datetime,
) -> Health:
    """Look at the window (after, now], whose `decisions` are given; exploration is of at most `max_rows` of them."""
    rules = ruled(inputs.read_rules(ledger, after=after, until=now))
    policy = decisions[decisions["arm"] == "policy"]
    drawn = np.random.default_rng(settings.seed).permutation(len(policy))[: settings.max_rows]
    made = policy.iloc[np.sort(drawn)]
    return Health(
        later=inputs.count_later(ledger, than=now),
        exploration=exploration(made, inputs.read_best(ledger, made["decision_id"].tolist()), rules),
        budgets=budget_use(rules, inputs.read_budget_use(ledger), after=after, now=now),
        arms=None if experiment is None else check_arms(experiment.assigned),
        lifts=tuple(
            withheld(one, fewest=settings.min_group) for one in (() if experiment is None else experiment.lifts)
        ),
    )
