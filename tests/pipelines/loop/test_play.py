"""Weeks under a policy: the purse, the rules, and what was earned."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.loop.baselines import nothing
from pipelines.loop.company import Company
from pipelines.loop.play import earned, play, spend
from pipelines.loop.situation import Situation
from pipelines.market.arrays import Index
from pipelines.market.catalogue import NOTHING, SIX

DEAR = [action.name for action in SIX.actions].index("discount_25:sms")


def first_allowed(now: Situation, count: int) -> Index:
    made = np.full(len(now.seen), NOTHING)
    made[np.flatnonzero(now.allowed[:, DEAR])[:count]] = DEAR
    return made


def test_who_does_nothing_earns_all_margin_and_spends_nothing(company: Company) -> None:
    twin = company.fork(1)
    played = play(twin, nothing, weeks=3, budget=100.0)
    assert played.profit == pytest.approx([week.margin.sum() for week in twin.weeks[-3:]])
    assert played.spent.tolist() == [0.0] * 3
    assert played.contacts.tolist() == [0] * 3
    assert twin.week == 27


def test_offers_cost_where_they_are_accepted_and_contacts_always(company: Company) -> None:
    twin = company.fork(1)
    week = twin.live(first_allowed(Situation(24, twin.seen(), twin.allowed(), 0.0), 200))
    action = twin.catalogue.actions[DEAR]
    paid = spend(week, twin.catalogue)
    contacted = week.action != NOTHING
    assert week.accepted.any()
    assert paid[week.accepted] == pytest.approx(action.cost + action.contact_cost)
    assert paid[contacted & ~week.accepted] == pytest.approx(action.contact_cost)
    assert not paid[~contacted].any()
    assert earned(week, twin.catalogue) == pytest.approx(week.margin - paid)


def test_the_purse_keeps_what_was_not_spent_and_owes_what_was_spent_beyond(company: Company) -> None:
    purses = []

    def spendthrift(now: Situation) -> Index:
        purses.append(now.money)
        return first_allowed(now, 0 if now.week < 26 else 150)

    played = play(company.fork(1), spendthrift, weeks=5, budget=30.0)
    assert purses[:3] == [30.0, 60.0, 90.0]
    assert played.spent[2] > 120.0
    assert purses[3] == pytest.approx(max(0.0, 120.0 - played.spent[2]))
    assert purses[4] == pytest.approx(max(0.0, 150.0 - played.spent[:4].sum()))


def test_what_is_not_allowed_ends_the_loop(company: Company) -> None:
    with pytest.raises(ValueError, match=r"week 24: \d+ customers get what is not allowed, first customer \d+"):
        play(company.fork(1), lambda now: np.zeros(len(now.seen), dtype=np.int64), weeks=1, budget=1.0)


def test_it_says_how_far_it_is(company: Company) -> None:
    told: list[tuple[int, int]] = []
    play(company.fork(1), nothing, weeks=2, budget=1.0, progress=lambda done, of: told.append((done, of)))
    assert told == [(0, 2), (1, 2)]
