"""The fallback in a campaign: for whom nothing else is left, within what budgets have left, with true chances."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt

import numpy as np
import pytest

from decisioning.allocation import NOTHING
from decisioning.arbitration import Effect
from decisioning.arms import Arms
from decisioning.audience import ARMS, Audience
from decisioning.budgets import Budget
from decisioning.campaign import run
from decisioning.decide import decide
from decisioning.exploration import Exploration
from decisioning.fallback import stand_in
from decisioning.menu import Menu
from decisioning.offers import Offer
from decisioning.policy import PolicyRules
from decisioning.shortlist import Shortlist

OFFERS = (Offer("gift", "Gift", "gift", 4.0, 9.0, ("email",)), Offer("tips", "Tips", "tips", 0.0, 0.0, ("sms",)))
GIFT, TIPS = 0, 1
RULES = PolicyRules(fallback=("tips", "sms"), contact_costs={"sms": 1.0}, effect_on="margin")
MONEY = Budget("money", "money", 100.0)


def audience(
    possible: list[tuple[bool, bool]], disturbs: bool = False, arm: str = "policy", p: float = 0.5
) -> Audience:
    """Customers by what may be made to them: (the gift, the tips)."""
    shape = (len(possible), 2)
    return Audience(
        arm=np.full(shape[0], ARMS.index(arm)),  # type: ignore[arg-type]
        possible=np.array(possible, dtype=bool).reshape(shape),
        disturbs=np.tile([disturbs, False], (shape[0], 1)),
        p_accept=np.full(shape, p, dtype=np.float32),
        effect_value=np.full(shape, np.nan, dtype=np.float32),
    )


@pytest.mark.parametrize(
    ("asked", "left", "expected"),
    [
        (audience([(False, True)]), {}, TIPS),  # though it costs 1 and brings nothing
        (audience([(True, True)]), {}, GIFT),
        (audience([(True, True)], p=0.0), {}, NOTHING),  # the gift may be made, and is worth nothing
        (audience([(False, False)]), {}, NOTHING),
        (audience([(True, True)], disturbs=True), {}, TIPS),
        (audience([(True, False)], disturbs=True), {}, NOTHING),
        (audience([(True, True)]), {"money": 3.5}, TIPS),  # the gift costs 4
        (audience([(True, True)]), {"money": 0.5}, NOTHING),
        (audience([(False, True)], arm="holdout"), {}, NOTHING),
        (audience([(False, True)], arm="no_levers"), {}, TIPS),
    ],
)
def test_by_hand(asked: Audience, left: dict[str, float], expected: int) -> None:
    menu = Menu.of(OFFERS, replace(RULES, budgets=(MONEY,) if left else ()))
    found = run(asked, menu, left, np.random.default_rng(0))
    assert (found.choice.tolist(), found.selection_probability.tolist()) == ([expected], [1.0])
    assert found.fallback.given.tolist() == ([0] if expected == TIPS else [])


def test_whoever_cannot_be_given_it_gets_nothing_and_chances_say_so() -> None:
    menu = Menu.of(OFFERS, replace(RULES, budgets=(replace(MONEY, channel="sms"),)))
    found = run(audience([(False, True)] * 40), menu, {"money": 10.0}, np.random.default_rng(0))
    assert (len(found.fallback.given), found.fallback.share, found.left) == (10, 0.25, {"money": 0.0})
    assert set(found.selection_probability[found.choice == TIPS].tolist()) == {0.25}
    assert set(found.selection_probability[found.choice == NOTHING].tolist()) == {0.75}
    other = run(audience([(False, True)] * 40), menu, {"money": 10.0}, np.random.default_rng(1))
    assert found.fallback.given.tolist() != other.fallback.given.tolist()  # chance settles who


def test_without_a_fallback_nothing_is_drawn() -> None:
    rng = np.random.default_rng(0)
    found = stand_in(audience([(False, True)]), Menu.of(OFFERS, PolicyRules()), np.array([0]), {"money": 1.0}, rng)
    assert (found.at, found.given.tolist(), found.left) == (NOTHING, [], {"money": 1.0})
    assert rng.random() == np.random.default_rng(0).random()


MANY = tuple(Offer(f"o{k}", f"O{k}", "k", 1.0 + k, 10.0, (("email", "sms")[k % 2],)) for k in range(3))
SHARES = {"holdout": 0.1, "random": 0.1, "no_levers": 0.2}
SPARSE = replace(RULES, fallback=("o0", "email"), contact_costs={"email": 3.0})


def crowd(customers: int, arms: tuple[float, ...], seed: int) -> Audience:
    rng = np.random.default_rng(3)
    shape = (customers, 3)
    return Audience(
        arm=np.random.default_rng(1000 + seed).choice(len(ARMS), customers, p=arms),
        possible=rng.random(shape) > 0.5,
        disturbs=np.zeros(shape, dtype=bool),
        p_accept=rng.beta(1, 4, shape).astype(np.float32),
        effect_value=rng.normal(size=shape).astype(np.float32),
    )


def test_without_budgets_everybody_gets_what_a_single_decision_gives() -> None:
    menu = Menu.of(MANY, replace(SPARSE, arms=Arms("s"), do_not_disturb="certain"))
    asked = crowd(300, (1.0, 0.0, 0.0, 0.0, 0.0), 0)
    harmful = np.random.default_rng(4).random((300, 3)) < 0.3
    found = run(replace(asked, disturbs=harmful), menu, {}, np.random.default_rng(0))
    fallbacks = 0
    for row in range(300):
        index = tuple(np.flatnonzero(asked.possible[row]).tolist())
        effects = [
            Effect(
                None,
                None,
                None,
                "randomised",
                float(asked.effect_value[row, at]),
                -9.0,
                -1.0 if harmful[row, at] else 9.0,
            )
            for at in index
        ]
        listed = Shortlist(menu, "policy", index, (), {})
        alone = decide(listed, asked.p_accept[row, list(index)], np.random.default_rng(0), effects=effects)
        at = found.choice[row]
        assert alone.chosen[0].candidate.key == (menu.actions[at].key if at >= 0 else ("", ""))
        assert alone.fallback is bool(row in found.fallback.given)
        fallbacks += alone.fallback
    assert fallbacks > 20


def test_propensities_are_how_often_things_happen() -> None:
    """Over many drawings of arms, explorers and who is served, action by action: made / propensity averages 1."""
    rules = replace(
        SPARSE, arms=Arms("s", SHARES), exploration=Exploration(epsilon=0.1),
        budgets=(Budget("mails", "contacts", 200.0, channel="email"),),
    )  # fmt: skip
    menu, inverse, shares = Menu.of(MANY, rules), np.zeros((60, 2)), list[float]()
    for number in range(60):
        asked = crowd(2000, (0.6, 0.1, 0.1, 0.0, 0.2), number)
        found = run(asked, menu, {"mails": 200.0}, np.random.default_rng(number))
        shares.append(found.fallback.share)
        for action in (0, NOTHING):
            possible = 2000 if action == NOTHING else int(asked.possible[:, 0].sum())
            inverse[number, action] = ((found.choice == action) / found.propensity).sum() / possible
    assert 0.2 < np.mean(shares) < 0.9
    error = inverse.std(axis=0, ddof=1) / sqrt(len(inverse))
    assert (np.abs(inverse.mean(axis=0) - 1) < 4 * error + 0.01).all()
