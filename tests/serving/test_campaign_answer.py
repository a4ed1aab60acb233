"""What a campaign's row tells of its decision, and what it cannot."""

from __future__ import annotations

from typing import Any

import pytest

from serving.campaign_answer import campaign_answer, campaign_explanation
from serving.entries import CampaignEntry
from tests.serving.fakes import NOW
from tests.serving.test_explained import ALONE, ROW

HELD = CampaignEntry("camp", NOW, "1", "h", "c", "", "[]", 2, "camp.parquet")
EFFECT = {"effect_value": 2.4, "uplift": 0.02, "evidence": "randomised", "net_value": 6.3}


@pytest.mark.parametrize(
    ("changes", "ranked_by"),
    [({}, "acceptance"), (EFFECT, "uplift"), ({**EFFECT, "arm": "acceptance"}, "acceptance")],
)
def test_what_the_order_rested_on(changes: dict[str, Any], ranked_by: str) -> None:
    made = campaign_answer({**ROW, **changes}, HELD)
    assert (made.ranked_by, made.policy.prices_version, made.filtered, made.degraded) == (ranked_by, None, (), ())


@pytest.mark.parametrize(
    ("changes", "loses_by", "mostly"),
    [
        ({}, 3.9, "margin"),  # .5 x (10 - 2) - .1
        (EFFECT, 6.3, "margin"),
        ({**EFFECT, "effect_value": 7.4, "net_value": 6.3}, 6.3, "effect"),  # on margin: acceptances are in it
        ({"arm": "no_levers", "lever": 1.0, "net_value": 4.9}, 3.9, "margin"),
    ],
)
def test_what_was_chosen_against_nothing(changes: dict[str, Any], loses_by: float, mostly: str) -> None:
    [found] = campaign_explanation(campaign_answer({**ROW, **changes}, HELD)).why_not
    assert (found.offer_id, found.loses_by, found.mostly) == (None, pytest.approx(loses_by), mostly)
    assert sum(found.terms.values()) == pytest.approx(loses_by)
    assert ("lever" in found.terms) is (changes.get("arm") != "no_levers")


@pytest.mark.parametrize(
    "row", [ALONE, {**ROW, "arm": "random"}, {**ROW, "arm": "acceptance"}, {**ROW, "net_value": -1.0}]
)
def test_where_worth_did_not_choose_nothing_is_compared(row: dict[str, Any]) -> None:
    found = campaign_explanation(campaign_answer(row, HELD))
    assert (found.why, found.why_not, found.flips, found.how) == (None, (), (), "campaign")
    assert (found.no_flips or "").startswith("made in batch")
