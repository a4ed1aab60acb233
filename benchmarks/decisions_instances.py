"""Instances of allocation: heavy-tailed values that go together over offers, and limits that bind."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from decisioning.arms import Arms
from decisioning.audience import ARMS, Audience
from decisioning.budgets import Budget
from decisioning.exploration import Exploration
from decisioning.menu import Menu
from decisioning.offers import Offer
from decisioning.policy import PolicyRules

CHANNELS = ("email", "push", "sms", "mail")
CONTACT_COSTS = {"email": 0.01, "push": 0.0, "sms": 0.05, "mail": 0.6}
SHARES = {"holdout": 0.05, "random": 0.01, "acceptance": 0.01, "no_levers": 0.01}


def menu(customers: int, offers: int, seed: int) -> Menu:
    """`offers` on one channel each; limits on money, on contacts of three channels and on units of four offers."""
    rng = np.random.default_rng(seed)
    made = [
        Offer(
            offer_id=f"offer_{number:02d}",
            name=f"Offer {number}",
            kind=f"kind {number % 4}",
            cost=float(rng.uniform(0.5, 6.0)),
            value=0.0,
            channels=(CHANNELS[number % len(CHANNELS)],),
            capacity=int(0.002 * customers) if number < 4 else None,
        )
        for number in range(offers)
    ]
    budgets = (
        Budget("money", "money", 0.2 * customers, 7, counts="expected"),
        *(Budget(channel, "contacts", 0.05 * customers, 7, channel=channel) for channel in ("email", "sms", "mail")),
    )
    rules = PolicyRules(
        arms=Arms("s", SHARES),
        exploration=Exploration(epsilon=0.02),
        contact_costs=CONTACT_COSTS,
        effect_on="margin",
        budgets=budgets,
    )
    return Menu.of(made, rules)


def audience(customers: int, actions: int, seed: int) -> Audience:
    """Margin uplifts with a common and an own part, a fifth of the actions not possible, acceptances of 14%."""
    rng = np.random.default_rng(seed + 1)
    shape = (customers, actions)
    effect: NDArray[np.float32] = np.exp(
        0.8 * rng.standard_normal((customers, 1), dtype=np.float32) + 0.6 * rng.standard_normal(shape, dtype=np.float32)
    )
    return Audience(
        arm=rng.choice(len(ARMS), customers, p=[1 - sum(SHARES.values()), *SHARES.values()]),
        possible=rng.random(shape, dtype=np.float32) > 0.2,
        disturbs=rng.random(shape, dtype=np.float32) < 0.02,
        p_accept=rng.random(shape, dtype=np.float32) ** 6,
        effect_value=5 * (effect - 1),
    )
