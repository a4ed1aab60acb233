"""Four actions of three offers, whose worth can be told by eye."""

from __future__ import annotations

import numpy as np

from decisioning.arbitration import Effect
from decisioning.arms import Arm
from decisioning.budgets import Prices
from decisioning.decision import Decision
from decisioning.menu import Menu
from decisioning.offers import Offer
from decisioning.policy import PolicyRules
from decisioning.shortlist import Filtered, Shortlist

COUPON = Offer("coupon", "Coupon", "discount", cost=1.0, value=5.0, channels=("email", "sms"))
GIFT = Offer("gift", "Gift", "gift", cost=2.0, value=4.0, channels=("email",))
LOSS = Offer("loss", "Loss leader", "gift", cost=3.0, value=1.0, channels=("sms",))
LATE = Filtered("late", None, "validity", "over")
HARMS = Effect(-0.1, -0.2, -0.05, "randomised", -1.0, -2.0, 0.5)
GREEDY = PolicyRules()
P_ACCEPT = [0.5, 0.25, 0.75, 0.5]  # net values 2, 1, 1.5, -1 and 0 for nothing


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def keys(decision: Decision) -> list[tuple[str, str]]:
    return [slot.candidate.key for slot in decision.chosen]


def on(rules: PolicyRules, arm: Arm = "policy", prices: Prices = Prices(), **given: object) -> Shortlist:  # noqa: B008
    """Everything may be made: coupon by email, coupon by sms, gift by email, loss by sms."""
    menu = Menu.of([COUPON, GIFT, LOSS], rules, prices)
    index = () if arm == "holdout" else (0, 1, 2, 3)
    return Shortlist(menu, arm, index, (LATE,), **{"left": {}, **given})  # type: ignore[arg-type]
