"""An audience by hand: what models would say of customers, before a menu of four offers under budgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from configs.policy import BudgetSettings, Policy
from decisioning.audience import ARMS, Audience
from decisioning.budgets import Budget
from decisioning.menu import Menu
from decisioning.offers import Offer
from pipelines.audience import Gathered
from serving.answers import ModelRef
from serving.catalogue import Catalogue
from serving.everyone import Everyone
from serving.ledger import Ledger, open_ledger
from tests.serving.fakes import arms, rules

NOW = datetime(2024, 1, 3, tzinfo=UTC)
OFFERS = tuple(
    Offer(f"o{at}", f"Offer {at}", f"k{at % 2}", cost=1.0 + at, value=5.0, channels=(channel,))
    for at, channel in enumerate(("email", "sms", "email", "sms"))
)
MONEY = BudgetSettings(name="money", of="money", limit=60.0, period_days=7, counts="expected")


def policy(**changes: object) -> Policy:
    given = {"arms": arms(holdout=0.1), "effect_on": "margin", "budgets": [MONEY.model_dump()], **changes}
    return rules(**given)


def gathered(path: Path, asked: Policy, customers: int = 400, offers: Sequence[Offer] = OFFERS) -> Gathered:
    """The same customers for the same number of them, whatever the policy."""
    rng = np.random.default_rng(5)
    menu = Menu.of(offers, asked.rules())
    shape = (customers, len(menu.actions))
    ids = [f"c{number:04d}" for number in range(customers)]
    effect = rng.normal(1.0, 3.0, shape).astype(np.float32)
    audience = Audience(
        arm=np.array([ARMS.index(menu.rules.arms.of(one)) for one in ids], dtype=np.intp),
        possible=rng.random(shape) > 0.1,
        disturbs=np.zeros(shape, dtype=bool),
        p_accept=rng.beta(1, 4, shape).astype(np.float32),
        effect_value=effect,
    )
    unknown = np.full(customers, np.nan)
    everyone = Everyone(
        pa.array(ids), np.full(customers, 0.2), unknown, audience, effect * np.nan, effect, ("randomised",) * shape[1]
    )
    ledger = Ledger(open_ledger(f"sqlite:///{path}"))
    models = (ModelRef("tenure-response", "3"),)
    return Gathered(asked, Catalogue(tuple(offers)), menu, everyone, NOW, models, ledger)


def within(made: Gathered, further: Budget) -> Gathered:
    """The same under one more budget."""
    rules = made.menu.rules
    menu = Menu.of(made.catalogue.offers, replace(rules, budgets=(*rules.budgets, further)))
    return replace(made, menu=menu)


def barring(made: Gathered, customers: Sequence[int], but: str) -> Gathered:
    """The same, but `customers` may be made one offer only."""
    audience = made.everyone.audience
    possible = audience.possible.copy()
    possible[customers] = [one.key[0] == but for one in made.menu.actions]
    return replace(made, everyone=replace(made.everyone, audience=replace(audience, possible=possible)))


def at(made: Gathered, now: datetime) -> Gathered:
    """The same at another instant."""
    return replace(made, now=now)
