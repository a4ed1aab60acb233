"""Everybody decided for at once: arms, budgets, and probabilities that are true."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt

import numpy as np
import pytest

from decisioning.allocation import NOTHING
from decisioning.arbitration import Effect, Lever
from decisioning.arms import Arms
from decisioning.audience import ARMS, Audience
from decisioning.budgets import Budget, Prices
from decisioning.campaign import Decided, run, terms_of
from decisioning.decide import decide
from decisioning.exploration import Exploration
from decisioning.menu import Menu
from decisioning.offers import Offer
from decisioning.policy import PolicyRules
from decisioning.shortlist import Shortlist

OFFERS = tuple(
    Offer(f"o{k}", f"O{k}", f"k{k % 2}", cost=1.0 + k, value=10.0, channels=(("email", "sms")[k % 2],))
    for k in range(5)
)
SHARES = {"holdout": 0.1, "random": 0.1, "acceptance": 0.1, "no_levers": 0.1}
RULES = PolicyRules(
    arms=Arms("s", SHARES),
    exploration=Exploration(epsilon=0.1, floor=0.001),
    contact_costs={"email": 0.01, "sms": 0.05},
    levers=(Lever(3.0, kind="k1"),),
    effect_on="margin",
)
MONEY = Budget("money", "money", 200.0, counts="expected")
SMS = Budget("sms", "contacts", 150.0, channel="sms")


def audience(customers: int, seed: int = 0) -> Audience:
    rng = np.random.default_rng(seed)
    base = rng.normal(size=(customers, 1))
    shares = [1 - sum(SHARES.values()), *SHARES.values()]
    return Audience(
        arm=rng.choice(len(ARMS), customers, p=shares),
        possible=rng.random((customers, len(OFFERS))) > 0.2,
        disturbs=rng.random((customers, len(OFFERS))) < 0.1,
        p_accept=rng.beta(1, 4, (customers, len(OFFERS))).astype(np.float32),
        effect_value=(2 * base + rng.normal(size=(customers, len(OFFERS)))).astype(np.float32),
    )


def decided(menu: Menu, asked: Audience, left: dict[str, float], seed: int = 1) -> Decided:
    return run(asked, menu, left, np.random.default_rng(seed))


def test_everything_promised_holds() -> None:
    asked, menu = audience(3000), Menu.of(OFFERS, replace(RULES, budgets=(MONEY, SMS)))
    found = decided(menu, asked, {"money": 200.0, "sms": 150.0})
    rows = np.flatnonzero(found.choice != NOTHING)
    actions = found.choice[rows]
    assert asked.possible[rows, actions].all()
    assert not (asked.arm[rows] == ARMS.index("holdout")).any()
    careful = np.isin(asked.arm[found_free(found, asked)], [ARMS.index("policy"), ARMS.index("no_levers")])
    assert careful.all()
    p_accept = asked.p_accept[rows, actions].astype(float)
    spent = (menu.fixed[:, actions] + menu.per_acceptance[:, actions] * p_accept).sum(axis=1)
    assert spent[0] <= 200.0 + 1e-9
    assert spent[1] <= 150.0
    assert found.left == pytest.approx({"money": 200.0 - spent[0], "sms": 150.0 - spent[1]}, abs=1e-6)
    assert found.allocation.gap < 0.005
    assert ((found.selection_probability > 0) & (found.selection_probability <= 1)).all()
    assert ((found.propensity > 0) & (found.propensity <= 1)).all()


def found_free(found: Decided, asked: Audience) -> np.ndarray:
    """The customers whom the rules that look at worth decided for, and to whom they gave something."""
    careful = np.isin(asked.arm, [ARMS.index("policy"), ARMS.index("no_levers")])
    return np.flatnonzero(careful & (found.choice != NOTHING))


def test_propensities_are_how_often_things_happen() -> None:
    """Over many drawings of arms and explorers, action by action: made / propensity averages 1."""
    menu = Menu.of(OFFERS, replace(RULES, budgets=(MONEY, SMS)))
    rng = np.random.default_rng(7)
    inverse = np.zeros((60, len(OFFERS) + 1))
    for number in range(60):
        asked = audience(2000, seed=3)
        shares = [1 - sum(SHARES.values()), *SHARES.values()]
        asked = replace(asked, arm=rng.choice(len(ARMS), 2000, p=shares))
        found = decided(menu, asked, {"money": 400.0, "sms": 300.0}, seed=number)
        possible = np.column_stack([asked.possible, np.ones(2000, bool)])
        for action in range(len(OFFERS) + 1):
            made = found.choice == (action if action < len(OFFERS) else NOTHING)
            inverse[number, action] = (made / found.propensity).sum() / possible[:, action].sum()
    # Drawings are independent: within four standard errors of the mean, and a per cent for what repairs of the
    # allocation change.
    error = inverse.std(axis=0, ddof=1) / sqrt(len(inverse))
    assert (np.abs(inverse.mean(axis=0) - 1) < 4 * error + 0.01).all()


def test_without_budgets_everybody_gets_what_a_single_decision_gives() -> None:
    rules = replace(RULES, exploration=Exploration(), arms=Arms("s"))
    asked, menu = audience(300), Menu.of(OFFERS, rules)
    asked = replace(asked, arm=np.zeros(300, np.intp), disturbs=np.zeros_like(asked.disturbs))
    found = decided(menu, asked, {})
    for row in range(300):
        index = tuple(np.flatnonzero(asked.possible[row]).tolist())
        listed = Shortlist(menu, "policy", index, (), {})
        effects = [Effect(None, None, None, "randomised", float(asked.effect_value[row, at]), 0.0, 0.0) for at in index]
        alone = decide(listed, asked.p_accept[row, list(index)], np.random.default_rng(0), effects=effects)
        assert alone.chosen[0].candidate.key == (
            menu.actions[found.choice[row]].key if found.choice[row] >= 0 else ("", "")
        )
    assert (found.selection_probability == 1.0).all()


def test_the_arms_differ_as_their_rules_do() -> None:
    asked, menu = audience(6000), Menu.of(OFFERS, RULES)
    found = decided(menu, asked, {})
    kinds = np.array([offer.kind == "k1" for offer in OFFERS])
    share = {
        arm: float(kinds[found.choice[(asked.arm == at) & (found.choice >= 0)]].mean())
        for at, arm in enumerate(ARMS)
        if arm != "holdout"
    }
    assert share["policy"] > share["no_levers"] + 0.05  # the lever is on kind k1
    value = {arm: float(found.value[asked.arm == at].mean()) for at, arm in enumerate(ARMS)}
    assert value["policy"] > value["acceptance"]
    assert value["policy"] > value["random"]
    assert value["holdout"] == 0.0


@pytest.mark.parametrize("left", [{"money": 0.0}, {"money": -5.0}])
def test_an_empty_budget_contacts_nobody(left: dict[str, float]) -> None:
    menu = Menu.of(OFFERS, replace(RULES, budgets=(MONEY,)))
    assert (decided(menu, audience(500), left).choice == NOTHING).all()


def test_the_same_seed_decides_the_same() -> None:
    menu = Menu.of(OFFERS, replace(RULES, budgets=(MONEY, SMS)))
    one, other = (decided(menu, audience(800), {"money": 50.0, "sms": 40.0}, seed=5) for _ in range(2))
    assert (one.choice == other.choice).all()


def test_terms_are_those_of_the_chosen_action_at_the_prices_found() -> None:
    menu, asked = Menu.of(OFFERS, replace(RULES, budgets=(MONEY,))), audience(20)
    terms = terms_of(asked, menu, np.array([3, 4]), np.array([1, 0]), Prices(by_budget={"money": 2.0}))
    p = asked.p_accept[[3, 4], [1, 0]].astype(float)
    assert terms.shadow_cost == pytest.approx(2.0 * (np.array([0.05, 0.01]) + np.array([2.0, 1.0]) * p))
    assert terms.lever.tolist() == [3.0, 0.0]
