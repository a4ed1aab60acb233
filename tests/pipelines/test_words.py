"""A decision as a retention manager reads it."""

from __future__ import annotations

from datetime import UTC, datetime

from rich.text import Text

from pipelines.words import decision_lines
from serving.answers import DecideAnswer, FactorsAnswer, FeaturesRef, FilteredAnswer, OfferAnswer, PolicyRef

FACTORS = FactorsAnswer(0.325, None, None, None, 100.0, 5.0, 0.0, 0.6, 0.0)
OFFER = OfferAnswer("23 [spring]", "mail", 1, 1.152, FACTORS, "none", 0.95, ("Buys at the usual rhythm",))
NOTHING = OfferAnswer(None, None, 2, 0.0, FACTORS, "none", 0.05, ())
FILTERED = tuple(FilteredAnswer("1", None, stage, "why") for stage in ("validity", "consent", "validity"))


def lines(**changes: object) -> list[str]:
    content: dict[str, object] = {
        "decision_id": "d1", "customer_id": "[7]", "decided_at": datetime(2024, 1, 1, tzinfo=UTC), "arm": "policy",
        "policy": PolicyRef("1"), "models": (), "ranked_by": "acceptance", "cold_start": False, "offers": (OFFER,),
        "considered": None, "filtered": FILTERED, "features": FeaturesRef("h", ()), "degraded": (),
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
