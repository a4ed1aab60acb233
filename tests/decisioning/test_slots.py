"""Slots: no offer twice, nothing only alone, and no cap or budget passed by what is made at once."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from math import sqrt

import numpy as np
import pytest

from decisioning.budgets import Budget
from decisioning.contact_policy import Cap
from decisioning.decide import decide
from decisioning.eligibility import Circumstances, Contact
from decisioning.exploration import Exploration, decision_rng
from decisioning.menu import Menu
from decisioning.shortlist import Shortlist, shortlist
from tests.decisioning.four_actions import COUPON, GIFT, GREEDY, P_ACCEPT, keys, on, rng
from tests.decisioning.worlds import DAY, NOW


@pytest.mark.parametrize(
    ("item_count", "expected"),
    [
        (1, [("coupon", "email")]),
        (2, [("coupon", "email"), ("gift", "email")]),  # the coupon only once
        (9, [("coupon", "email"), ("gift", "email")]),  # the loss leader ranks below nothing
    ],
)
def test_slots_hold_no_offer_twice_and_end_at_nothing(item_count: int, expected: list[tuple[str, str]]) -> None:
    assert keys(decide(on(GREEDY), P_ACCEPT, rng(), item_count=item_count)) == expected


class Draws(np.random.Generator):
    """A generator whose uniform number is given."""

    def __init__(self, uniform: float) -> None:
        super().__init__(np.random.PCG64(0))
        self.uniform = uniform

    def random(self, *_: object, **__: object) -> float:  # type: ignore[override]
        return self.uniform


@pytest.mark.parametrize(
    ("uniform", "expected"),
    [
        (0.1, [("coupon", "email"), ("gift", "email")]),
        (0.3, [("gift", "email"), ("coupon", "email")]),
        (0.5, [("coupon", "sms"), ("gift", "email")]),  # explored on its other channel, still once
        (0.7, [("", "")]),  # nothing explored is nothing at all
        (0.9, [("loss", "sms"), ("coupon", "email"), ("gift", "email")]),  # explored from below nothing
    ],
)
def test_exploration_fills_the_first_slot_only(uniform: float, expected: list[tuple[str, str]]) -> None:
    even = replace(GREEDY, exploration=Exploration(epsilon=1.0))
    assert keys(decide(on(even), P_ACCEPT, Draws(uniform), item_count=3)) == expected


CAPPED = Contact("other", "discount", "email", NOW - DAY)


@pytest.mark.parametrize(
    ("caps", "contacts", "expected"),
    [
        ((), [], ["coupon", "gift"]),
        ((Cap("any", 2, 7),), [], ["coupon", "gift"]),
        ((Cap("any", 2, 7),), [CAPPED], ["coupon"]),  # the coupon is the second contact of the week
        ((Cap("any", 1, 7),), [], ["coupon"]),
        ((Cap("channel", 1, 7),), [], ["coupon"]),  # both go by email
        ((Cap("channel", 2, 7),), [], ["coupon", "gift"]),
        ((Cap("channel", 1, 7, "sms"),), [], ["coupon", "gift"]),
        ((Cap("kind", 1, 7),), [], ["coupon", "gift"]),  # of two kinds
        ((Cap("any", 2, 0.5),), [CAPPED], ["coupon", "gift"]),  # long ago
    ],
)
def test_what_is_made_at_once_passes_no_cap(
    caps: tuple[Cap, ...], contacts: list[Contact], expected: list[str]
) -> None:
    menu = Menu.of([COUPON, GIFT], replace(GREEDY, caps=caps))
    listed = shortlist(menu, Circumstances("c1", NOW, contacts=contacts))
    decision = decide(listed, [0.5, 0.25, 0.75][: len(listed.index)], rng(), item_count=9)
    assert [slot.candidate.key[0] for slot in decision.chosen] == expected


def test_where_one_channel_is_full_another_takes_its_place() -> None:
    wide = replace(GIFT, channels=("email", "sms"))
    menu = Menu.of([COUPON, wide], replace(GREEDY, caps=(Cap("channel", 1, 7),)))
    decision = decide(shortlist(menu, Circumstances("c1", NOW)), [0.5, 0.25, 0.75, 0.6], rng(), item_count=9)
    assert keys(decision) == [("coupon", "email"), ("gift", "sms")]


def test_at_random_every_slot_is_drawn() -> None:
    # Three offers and nothing in an even order of 24, cut off at nothing: the second slot holds each of the three
    # with a chance of 2/4 x 1/3. Four standard errors, three offers: a correct draw fails once in 5,000 seeds.
    offers = [replace(GIFT, offer_id=name) for name in "abc"]
    listed = Shortlist(Menu.of(offers, GREEDY), "random", (0, 1, 2), (), {})
    count, seen = 4000, Counter[str]()
    for number in range(count):
        slots = keys(decide(listed, [0.9, 0.5, 0.1], decision_rng(1, f"d{number}"), item_count=2))
        seen.update(offer_id for offer_id, _ in slots[1:])
    for name in "abc":
        assert abs(seen[name] / count - 1 / 6) < 4 * sqrt(1 / 6 * 5 / 6 / count)


def test_by_acceptance_every_slot_is_ranked_so() -> None:
    decision = decide(on(GREEDY, "acceptance"), [0.5, 0.25, 0.75, 0.6], rng(), item_count=9)
    assert keys(decision) == [("gift", "email"), ("loss", "sms"), ("coupon", "email")]


def test_a_use_too_small_to_count_does_not_pass_an_overdrawn_budget_uncounted() -> None:
    rules = replace(GREEDY, budgets=(Budget("units", "units", 9.0, counts="expected", offer_id="coupon"),))
    decision = decide(on(rules, left={"units": -1.0}), [1e-10, 0.0, 0.0, 0.0], rng())
    assert keys(decision) == [("coupon", "email")]
    assert decision.uses == {"units": 1e-10}
