"""A decision as a retention manager reads it."""

from __future__ import annotations

from datetime import UTC, datetime

from rich.text import Text

from pipelines.words import decision_lines
from serving.answers import DecideAnswer, FactorsAnswer, FeaturesRef, FilteredAnswer, OfferAnswer, PolicyRef

FACTORS = FactorsAnswer(0.325, None, None, None, 100.0, 5.0, 0.0, 0.6, 0.0, 0.0, 0.0)
OFFER = OfferAnswer("23 [spring]", "mail", 1, 1.152, FACTORS, "none", 0.95, ("Buys at the usual rhythm",))
NOTHING = OfferAnswer(None, None, 2, 0.0, FACTORS, "none", 0.05, ())
FILTERED = tuple(FilteredAnswer("1", None, stage, "why") for stage in ("validity", "consent", "validity"))


EFFECTIVE = FactorsAnswer(
    0.325, 0.031, 0.008, 0.0541, 100.0, 5.0, 0.0, 0.6, 0.0, 0.0, 0.0, 3.1, margin_uplift=1234.5,
    margin_uplift_low=-2.0, margin_uplift_high=2471.0,
)  # fmt: skip
MOVING = OfferAnswer("23", "mail", 1, 4.252, EFFECTIVE, "randomised", 0.95, ())


def lines(**changes: object) -> list[str]:
    content: dict[str, object] = {
        "decision_id": "d1", "customer_id": "[7]", "decided_at": datetime(2024, 1, 1, tzinfo=UTC), "arm": "policy",
        "policy": PolicyRef("1"), "models": (), "ranked_by": "acceptance", "cold_start": False, "fallback": False,
        "offers": (OFFER,), "considered": None, "filtered": FILTERED, "features": FeaturesRef("h", ()), "degraded": (),
    }  # fmt: skip
    made = DecideAnswer(**{**content, **changes})  # type: ignore[arg-type]
    return [Text.from_markup(line).plain for line in decision_lines(made, "EUR")]


def test_an_offer_its_worth_its_reasons_and_what_was_not_allowed() -> None:
    assert lines() == [
        "Customer [7], decision d1, arm policy",
        "  offer 23 [spring] by mail: 32.5% likely to be accepted, worth +1.15 EUR net; evidence of effect: none; "
        "chosen with probability 0.95",
        "    because Buys at the usual rhythm",
        "  3 offers or channels were not allowed (consent, validity)",
    ]


def test_nothing_a_cold_start_and_a_part_that_is_away() -> None:
    assert lines(offers=(NOTHING,), cold_start=True, filtered=(), degraded=("features",), arm="holdout") == [
        "Customer [7] (not in the records: a cold start), decision d1, arm holdout",
        "  do nothing; chosen with probability 0.05",
        "  degraded: features",
    ]


def test_an_offer_whose_effect_is_known() -> None:
    assert lines(offers=(MOVING,), filtered=())[1] == (
        "  offer 23 by mail: 32.5% likely to be accepted, worth +4.25 EUR net; effect +3.1 points of retention (+0.8 "
        "to +5.4); effect +1,234.50 EUR of margin (-2.00 to +2,471.00); evidence of effect: randomised; chosen with "
        "probability 0.95"
    )
