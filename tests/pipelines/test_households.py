"""Which answers the demo shows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

import pytest

from pipelines.households import telling
from serving.answers import DecideAnswer, FactorsAnswer, FeaturesRef, OfferAnswer, PolicyRef

FACTORS = FactorsAnswer(0.1, None, None, None, None, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def made(customer_id: str, offer_id: str | None, net_value: float, arm: Literal["policy", "holdout"]) -> DecideAnswer:
    slot = OfferAnswer(offer_id, "mail" if offer_id else None, 1, net_value, FACTORS, "none", 1.0, ())
    instant = datetime(2017, 11, 6, tzinfo=UTC)
    return DecideAnswer(
        decision_id=customer_id,
        customer_id=customer_id,
        decided_at=instant,
        arm=arm,
        policy=PolicyRef("1"),
        models=(),
        ranked_by="acceptance",
        cold_start=False,
        fallback=False,
        offers=(slot,),
        considered=None,
        filtered=(),
        features=FeaturesRef("0", ()),
        degraded=(),
    )


OFFERED = [made(f"o{value}", "18", float(value), "policy") for value in (1, 3, 2, 4)]
ALONE = [made(f"a{number}", None, 0.0, "policy") for number in range(3)]
HELD = [made("h0", None, 0.0, "holdout")]


@pytest.mark.parametrize(
    ("answers", "shown"),
    [
        ([*HELD, *ALONE, *OFFERED], ["o4", "o3", "o2", "a0", "h0"]),
        ([*OFFERED, *ALONE], ["o4", "o3", "o2", "a0"]),
        (ALONE, ["a0"]),
        ([], []),
    ],
)
def test_it_shows_the_best_offers_somebody_left_alone_and_somebody_held_out(
    answers: list[DecideAnswer], shown: list[str]
) -> None:
    assert [answer.customer_id for answer in telling(answers, 5)] == shown
