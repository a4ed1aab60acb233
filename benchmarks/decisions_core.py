"""Decisions a second in process: the whole core on one thread, 20 offers on 3 channels, features given."""

from __future__ import annotations

import argparse
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from benchmarks.results import FILE, record
from decisioning.arbitration import Effect
from decisioning.arms import Arms
from decisioning.budgets import Budget, Prices
from decisioning.contact_policy import Cap, Rest
from decisioning.decide import decide
from decisioning.eligibility import Circumstances, Contact
from decisioning.exploration import Exploration, decision_rng
from decisioning.menu import Menu
from decisioning.offers import Offer
from decisioning.policy import PolicyRules
from decisioning.shortlist import shortlist
from serving.catalogue import compiled

NOW = datetime(2024, 1, 1, 12, tzinfo=UTC)
CHANNELS = ("email", "sms", "push")
EXPRESSION = "customer.age >= 25.0"
DECISIONS, ROUNDS = 3000, 5


def menu() -> Menu:
    """20 offers on 3 channels, every fourth for some only, under caps, rests, two budgets with prices, and arms."""
    offers = [
        Offer(
            f"o{number:02d}",
            f"Offer {number}",
            f"k{number % 4}",
            1.0,
            10.0,
            CHANNELS,
            eligibility="" if number % 4 else EXPRESSION,
            eligible=None if number % 4 else compiled(EXPRESSION),
        )
        for number in range(20)
    ]
    rules = PolicyRules(
        arms=Arms("s", {"holdout": 0.05, "random": 0.01, "acceptance": 0.01, "no_levers": 0.01}),
        exploration=Exploration(epsilon=0.05, floor=0.0005),
        contact_costs={"sms": 0.05},
        caps=(Cap("any", 3, 7), Cap("offer", 1, 28)),
        rests=(Rest("offer", 90),),
        budgets=(Budget("money", "money", 1000, 7), Budget("sms", "contacts", 100, 7, channel="sms")),
        do_not_disturb="certain",
    )
    return Menu.of(offers, rules, Prices("1", {"money": 0.3, "sms": 0.1}))


def per_second(made: Menu, count: int) -> float:
    """Decisions a second, each of a customer of their own with a contact of late."""
    rng = np.random.default_rng(0)
    p_accept = rng.random(60).tolist()
    uplift = rng.normal(0.02, 0.05, 60)
    effects = [Effect(float(one), float(one) - 0.04, float(one) + 0.04, "randomised") for one in uplift]
    contacts = (Contact("o01", "k1", "email", NOW - timedelta(days=3)),)
    begun = time.process_time()
    for number in range(count):
        given = Circumstances(
            f"c{number}",
            NOW,
            {"age": 40.0},
            {},
            {"email": True, "sms": True},
            contacts,
            left={"money": 100.0, "sms": 9.0},
        )
        listed = shortlist(made, given)
        size = len(listed.index)
        made_ = decide(
            listed, p_accept[:size], decision_rng(1, f"d{number}"), value_at_stake=50.0, effects=effects[:size]
        )
        if not made_.chosen:
            raise AssertionError("a decision chooses something, if only nothing")
    return count / (time.process_time() - begun)


def main() -> None:
    """Decide and keep the median rate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=FILE)
    asked = parser.parse_args()
    made = menu()
    per_second(made, 200)
    rates = sorted(per_second(made, DECISIONS) for _ in range(ROUNDS))
    note = (
        f"median of {ROUNDS} rounds of {DECISIONS:,} on one thread, by processor time (least {rates[0]:,.0f}, most "
        f"{rates[-1]:,.0f}): arms, 60 actions, 5 expressions, consents, caps, rests, two budgets with prices, "
        "do-not-disturb, exploration and the draw; features, acceptances and effects given"
    )
    value = round(rates[len(rates) // 2])
    record(
        "decisions.core_per_second",
        value,
        reach=">= 2000",
        note=note,
        command="make benchmark-decisions",
        path=asked.results,
    )
    print(f"decisions.core_per_second {value:,}: {note}")


if __name__ == "__main__":
    main()
