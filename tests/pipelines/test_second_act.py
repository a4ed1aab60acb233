from __future__ import annotations

import pytest

from pipelines.console import speaker
from pipelines.market import ACTIONS
from pipelines.second_act import BUDGET, SecondAct, compare
from pipelines.story import Story
from tests.pipelines.made_up import ADDS, COSTS, USEFUL, made_up

CUSTOMERS = 4_000
CONTACTS = 800


def test_the_same_contacts_are_told_side_by_side(capsys: pytest.CaptureFixture[str]) -> None:
    done = compare(Story(speaker(False)), made_up(CUSTOMERS), "EUR")
    assert done == SecondAct(CONTACTS, by_risk=CONTACTS * COSTS, by_effect=CONTACTS * ADDS, oracle=CONTACTS * ADDS)
    told = capsys.readouterr().out
    best = ACTIONS[USEFUL].name.replace(":", " by ")
    assert "800 contacts either way (20%), by models that have not seen the customer; true profit:" in told
    assert f"by risk: the likeliest to leave get {best}, the best on average" in told
    assert "-1,600 EUR" in told
    assert told.count(" 8,000 EUR") == 2
    assert f"in truth it is {BUDGET * (ADDS - COSTS):.2f}" in told


def test_where_the_log_cannot_tell_it_is_not_asked_to(capsys: pytest.CaptureFixture[str]) -> None:
    compare(Story(speaker(False)), made_up(120), "EUR")  # about four of 24 contacts were made as the policy would
    told = capsys.readouterr().out
    assert "true profit:" in told
    assert "the log alone" not in told
