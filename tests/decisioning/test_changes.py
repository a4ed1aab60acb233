"""Changed inputs are those of a catalogue or policy that says so."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given

from decisioning.arbitration import Lever
from decisioning.candidates import NOTHING
from decisioning.changes import NOTHING_AT, Change, Inputs, changed, first, with_cost
from decisioning.menu import Menu
from tests.decisioning.asked import COUPON, GIFT, PENCE, asked, inputs


def same(one: Menu, other: Menu) -> bool:
    """Bit for bit."""
    pairs = [(getattr(one, field.name), getattr(other, field.name)) for field in fields(Menu)]
    return all(np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b for a, b in pairs)


@given(asked(), PENCE)
def test_another_cost_is_the_menu_of_the_catalogue_with_it(made: Inputs, cost: float) -> None:
    menu = made.shortlist.menu
    for offer in menu.offers:
        catalogue = [replace(one, cost=cost) if one is offer else one for one in menu.offers]
        assert same(with_cost(menu, offer.offer_id, cost), Menu.of(catalogue, menu.rules, menu.prices))


@given(asked(), PENCE)
def test_another_lever_is_the_menu_of_the_policy_with_it(made: Inputs, amount: float) -> None:
    menu = made.shortlist.menu
    for at, action in enumerate(menu.actions):
        offer_id, channel = action.key
        levers = (*menu.rules.levers, Lever(amount, offer_id, channel=channel))
        expected = Menu.of(menu.offers, replace(menu.rules, levers=levers), menu.prices).lever
        assert np.array_equal(changed(made, Change("lever", at, amount)).shortlist.menu.lever, expected)


def test_a_lever_on_nothing_is_one_on_every_offer_the_other_way_round() -> None:
    assert changed(inputs(), Change("lever", NOTHING_AT, -0.5)).shortlist.menu.lever.tolist() == [-0.5, -0.5]


@pytest.mark.parametrize(("amount", "becomes"), [(0.25, 0.5), (-0.125, 0.125), (0.9, 1.0), (-0.9, 0.0)])
def test_a_probability_stays_one(amount: float, becomes: float) -> None:
    after = changed(inputs(), Change("p_accept", 1, amount))
    assert after.p_accept == [0.5, becomes]


def test_what_stays_the_same() -> None:
    before = inputs()
    changed(before, Change("cost", 0, 1.0))
    assert before.shortlist.menu.cost.tolist() == [1.0, 2.0]


def test_nothing_has_no_cost() -> None:
    listed = inputs().shortlist
    only = replace(inputs(), shortlist=replace(listed, menu=replace(listed.menu, actions=(NOTHING,))))
    with pytest.raises(ValueError, match="nothing has no cost to change"):
        changed(only, Change("cost", 0, 1.0))


def test_what_comes_first() -> None:
    assert first(inputs(p_accept=[0.5, 0.2]).decided()) == 0
    assert first(inputs(p_accept=[0.5, 0.5]).decided()) == 1
    assert first(inputs(p_accept=[0.0, 0.0]).decided()) == NOTHING_AT
    assert first(inputs([COUPON], [0.0], fallback=True).decided()) == 0


def test_a_cost_is_that_of_the_offer_on_every_channel() -> None:
    wide = replace(GIFT, channels=("email", "sms"))
    after = changed(inputs([COUPON, wide], [0.5, 0.2, 0.2]), Change("cost", 2, -0.79)).shortlist.menu
    assert after.cost.tolist() == [1.0, 1.21, 1.21]
    assert [action.key for action in after.actions] == [("coupon", "email"), ("gift", "email"), ("gift", "sms")]
