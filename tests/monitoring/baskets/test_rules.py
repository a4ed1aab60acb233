from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from mlxtend.frequent_patterns import association_rules, fpgrowth
from scipy import sparse

from monitoring.baskets.items import ACCEPTED, BOUGHT, Baskets
from monitoring.baskets.rules import LEAST, Rule, Rules, alongside, together

FEW = 10


def baskets(held: np.ndarray, customers: np.ndarray | None = None, offers: int = 0) -> Baskets:
    """The first `offers` items are accepted, the others bought; each basket is its own customer's by default."""
    own = np.arange(len(held)) if customers is None else customers
    names = tuple(f"i{at:02d}" for at in range(held.shape[1]))
    verbs = (ACCEPTED,) * offers + (BOUGHT,) * (len(names) - offers)
    return Baskets(sparse.csc_array(held.astype(float)), own, names, verbs, len(held))


def shoppers(customers: int, shares: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(baskets, their customers): some five each, that hold items at a customer's own rates, no item tied to another.

    Rates are of a beta distribution around `shares`: some customers buy an item nearly always, others nearly never.
    """
    own = np.repeat(np.arange(customers), rng.geometric(0.2, customers))
    rates = rng.beta(2 * shares, 2 * (1 - shares), (customers, len(shares)))[own]
    return rng.random(rates.shape) < rates, own


def pairs(found: Rules) -> set[tuple[str, str]]:
    return {(rule.given, rule.then) for rule in found.told}


def test_a_rule_by_eye() -> None:
    """Of 400 customers 40 hold i00, 100 hold i01 and 30 both: 30/40 against 100/400 is a lift of 3."""
    held = np.zeros((400, 2))
    held[:40, 0] = held[10:110, 1] = 1
    found = together(baskets(held), FEW)
    assert (found.baskets, found.customers, found.several, found.pairs, found.found) == (400, 400, 30, 1, 1)
    (rule,) = found.told
    assert (rule.given, rule.verb, rule.then, rule.customers) == ("i00", BOUGHT, "i01", 30)
    assert [one.value for one in (rule.support, rule.confidence, rule.lift)] == pytest.approx([30 / 400, 30 / 40, 3.0])
    assert all(one.low < one.value < one.high for one in (rule.support, rule.confidence, rule.lift))
    assert rule.lift.low > 1


def test_the_error_of_a_lift_is_that_of_four_counts() -> None:
    """By the delta method its logarithm has variance 1/30 - 1/40 - 1/100 - 1/400 + 2 * 30 / (40 * 100)."""
    held = np.zeros((400, 2))
    held[:40, 0] = held[10:110, 1] = 1
    (rule,) = together(baskets(held), FEW).told
    error = np.sqrt(400 / 399 * (1 / 30 - 1 / 40 - 1 / 100 - 1 / 400 + 2 * 30 / (40 * 100)))
    assert np.log(rule.lift.high / rule.lift.low) / 2 == pytest.approx(2.04523 * error, rel=1e-4)  # Student's, of 29


def test_supports_confidences_and_lifts_are_those_of_mlxtend() -> None:
    rng = np.random.default_rng(1)
    held = rng.random((3000, 8)) < 0.1
    held[:, 1] |= held[:, 0] & (rng.random(3000) < 0.5)
    held[:, 3] |= held[:, 2] & (rng.random(3000) < 0.3)
    found = together(baskets(held), FEW)
    frequent = fpgrowth(pd.DataFrame(held), min_support=LEAST, max_len=2)
    rules = association_rules(frequent, metric="lift", min_threshold=1.0)
    theirs = {
        (f"i{min(given):02d}", f"i{min(then):02d}"): values
        for given, then, *values in zip(
            rules.antecedents, rules.consequents, rules.support, rules.confidence, rules.lift, strict=True
        )
    }
    assert {("i00", "i01"), ("i02", "i03")} <= pairs(found)
    for rule in found.told:
        ours = [rule.support.value, rule.confidence.value, rule.lift.value]
        assert ours == pytest.approx(theirs[rule.given, rule.then])


def told(worlds: Sequence[Rules]) -> int:
    """In how many of them any rule was told."""
    return sum(one.found > 0 for one in worlds)


def test_independent_baskets_make_hardly_any_rule() -> None:
    """100 worlds, 190 pairs each. Rules in 5 are allowed; 12 are more than three standard errors beyond.

    As if each basket were a customer of its own, half of the worlds would make rules.
    """
    rng = np.random.default_rng(2)
    made = [baskets(*shoppers(300, rng.uniform(0.02, 0.4, 20), rng)) for _ in range(100)]
    assert told([together(one, FEW) for one in made]) < 12
    assert told([together(replace(one, customers=np.arange(len(one.customers))), FEW) for one in made]) > 25


def test_offers_without_a_bearing_on_anything_make_hardly_any_rule() -> None:
    """100 worlds, 8 offers that 1% to 5% of 1,500 customers accept and 30 categories that 5% to 90% buy."""
    rng = np.random.default_rng(3)
    worlds = []
    for _ in range(100):
        rates = np.concatenate([rng.uniform(0.01, 0.05, 8), rng.uniform(0.05, 0.9, 30)])
        worlds.append(alongside(baskets(rng.random((1500, 38)) < rates, offers=8), FEW))
    assert told(worlds) < 12
    assert min(world.pairs for world in worlds) > 50


def test_what_belongs_together_is_told_and_its_interval_holds_the_lift() -> None:
    """40 worlds, in each six items that bring another one with them in half of the baskets, beyond its 5%.

    Of 240 intervals 12 may miss; 23 are more than three standard errors beyond.
    """
    rng, held, found = np.random.default_rng(4), 0, 0
    for _ in range(40):
        shares = rng.uniform(0.05, 0.2, 6)
        first, own = shoppers(400, shares, rng)
        second = rng.random(first.shape) < np.where(first, 0.5, 0.05)
        lift = dict(zip("012345", 0.5 / (0.5 * shares + 0.05 * (1 - shares)), strict=True))
        rules = together(baskets(np.hstack([first, second]), own), FEW).told
        truths = [(rule.lift, lift[min(rule.given, rule.then)[-1]]) for rule in rules if tied(rule)]
        found += len(truths)
        held += sum(one.low <= truth <= one.high for one, truth in truths)
    assert found == 240
    assert held > 240 - 23


def tied(rule: Rule) -> bool:
    """Whether the second of the two is the one that the first brings."""
    first, second = sorted((int(rule.given[1:]), int(rule.then[1:])))
    return second == first + 6


def test_what_most_baskets_hold_and_what_too_few_customers_hold_is_not_told() -> None:
    """i00 goes with i01, but nine customers hold both; i02 goes with i03, which is in most baskets."""
    held = np.zeros((400, 4))
    held[:9, :2] = 1
    held[20:120, 2] = held[20:320, 3] = 1
    assert together(baskets(held), FEW).told == ()
    assert pairs(together(baskets(held), 9)) == {("i00", "i01")}


def test_one_customer_who_had_both_a_hundred_times_is_one_witness() -> None:
    held = np.zeros((1000, 2))
    held[:100] = 1
    own = np.where(np.arange(1000) < 100, 0, np.arange(1000) - 99)
    assert together(baskets(held, own), FEW).told == ()
    assert together(baskets(held), FEW).found == 1


def test_offers_lead_and_categories_do_not() -> None:
    """Who accepts i00 accepts i01 and buys i02, which goes with i03: a rule of two categories is none of an offer."""
    held = np.zeros((1000, 4))
    held[:40, 0] = held[:60, 1] = held[:80, 2] = 1
    held[60:160, 3] = 1
    found = alongside(baskets(held, offers=2), FEW)
    assert pairs(found) == {("i00", "i01"), ("i00", "i02"), ("i01", "i02")}
    assert found.pairs == 1 + 2 * 2
    assert {rule.then: rule.verb for rule in found.told} == {"i01": ACCEPTED, "i02": BOUGHT}


def test_without_frequent_items_there_are_no_rules() -> None:
    for rules in (together(baskets(np.ones((50, 1))), FEW), alongside(baskets(np.ones((5, 2)), offers=1), FEW)):
        assert (rules.pairs, rules.told) == (0, ())
