"""A company: deterministic, forked with the same luck, and whom it may contact."""

from __future__ import annotations

import numpy as np

from pipelines.loop.company import CAP_WEEKS, Company, begin
from pipelines.market.catalogue import NOTHING
from pipelines.market.engine import nothing
from pipelines.market.setting import Setting
from tests.pipelines.loop.conftest import SETTING


def test_a_company_begins_after_its_history(company: Company) -> None:
    assert company.week == 24
    assert company.customers == SETTING.customers
    assert [made.week for made in company.campaigns] == [8, 16]


def test_the_same_setting_gives_the_same_company() -> None:
    setting = Setting(customers=80, weeks=12, seed=9)
    one, other = begin(setting, 10), begin(setting, 10)
    assert np.array_equal(one.weeks[-1].margin, other.weeks[-1].margin)
    assert not np.array_equal(begin(Setting(80, 12, 10), 10).weeks[-1].margin, one.weeks[-1].margin)


def test_forks_of_a_seed_have_the_same_luck_and_leave_the_company_alone(company: Company) -> None:
    one, other, unlike = company.fork(1), company.fork(1), company.fork(2)
    idle = nothing(company.customers)
    weeks = [fork.live(idle) for fork in (one, other, unlike)]
    assert np.array_equal(weeks[0].margin, weeks[1].margin)
    assert not np.array_equal(weeks[0].margin, weeks[2].margin)
    assert (company.week, one.week) == (24, 25)


def test_what_is_done_to_some_changes_nothing_for_the_others(company: Company) -> None:
    one, other = company.fork(1), company.fork(1)
    some = nothing(company.customers)
    some[:50] = 0
    for week in range(4):
        still, treated = one.live(nothing(company.customers)), other.live(some if week == 0 else nothing(1_200))
        assert np.array_equal(still.margin[50:], treated.margin[50:])


def test_only_the_known_and_consenting_are_allowed(company: Company) -> None:
    allowed = company.allowed()
    assert allowed.shape == (company.customers, len(company.catalogue.actions))
    assert not allowed[~company.known()].any()
    assert 0 < (~company.known()).sum() < company.customers
    for place, action in enumerate(company.catalogue.actions):
        assert np.array_equal(allowed[company.known(), place], company.market.consents[company.known(), action.channel])


def test_who_was_contacted_rests(company: Company) -> None:
    twin = company.fork(1)
    action = np.where(twin.allowed()[:, 0], 0, NOTHING)
    contacted = action != NOTHING
    twin.live(action)
    for _ in range(CAP_WEEKS - 1):
        assert not twin.allowed()[contacted].any()
        twin.live(nothing(twin.customers))
    assert twin.allowed()[contacted].any(axis=1).mean() > 0.9


def test_what_is_seen_is_of_the_past_alone(company: Company) -> None:
    one, other = company.fork(1), company.fork(2)
    assert one.seen().equals(other.seen())
    one.live(nothing(one.customers))
    assert not one.seen().equals(other.seen())
