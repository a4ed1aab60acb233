"""Twenty offers: what is documented of them holds in truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipelines.market.catalogue import KINDS, SIX
from pipelines.market.engine import Market
from pipelines.market.truth import Truth, expected
from pipelines.market.waves import wave
from pipelines.market.wide import WIDE

PAGE = Path(__file__).parents[3] / "docs" / "simulated-market.md"
POOR = ("discount_15", "free_delivery", "points_double")
DEAR = ("gift_event", "gift_hamper", "service_concierge")


@pytest.fixture(scope="module")
def truth(settled: Market) -> Truth:
    return expected(settled.traits, settled.since(16), catalogue=WIDE)


def test_there_are_twenty_offers_and_the_six_are_among_them() -> None:
    assert len({offer.offer_id for offer in WIDE.offers}) == len(WIDE.offers) == 20
    assert {offer.kind for offer in WIDE.offers} == set(KINDS)
    kept = {(offer.offer_id, offer.depth, offer.cost, offer.channels) for offer in WIDE.offers}
    assert {(offer.offer_id, offer.depth, offer.cost, offer.channels) for offer in SIX.offers} <= kept


def test_they_are_documented() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for offer in WIDE.offers:
        row = f"| {offer.offer_id} | {offer.kind} | {offer.depth:g} | {offer.cost:.2f} | {', '.join(offer.channels)} |"
        assert row in page


def test_an_offer_of_both_catalogues_does_the_same_in_both(settled: Market, truth: Truth) -> None:
    six = expected(settled.traits, settled.since(16))
    names = [action.name for action in WIDE.actions]
    for place, action in enumerate(SIX.actions):
        assert np.array_equal(six.profit[:, place], truth.profit[:, names.index(action.name)])


@pytest.mark.parametrize("offer_id", [*POOR, *DEAR])
def test_bad_value_is_bad_another_offer_earns_more_of_nearly_everybody(truth: Truth, offer_id: str) -> None:
    own = np.array([action.offer_id == offer_id for action in WIDE.actions])
    kind = next(offer.kind for offer in WIDE.offers if offer.offer_id == offer_id)
    of_kind = np.array([WIDE.offers[action.offer].kind == kind for action in WIDE.actions])
    better = truth.profit[:, of_kind & ~own].max(axis=1) >= truth.profit[:, own].max(axis=1)
    assert better.mean() > 0.95


def test_every_kind_is_best_for_some(truth: Truth) -> None:
    best = truth.profit.argmax(axis=1)[truth.profit.max(axis=1) > 1.0]
    kinds = [WIDE.offers[WIDE.actions[place].offer].kind for place in best]
    assert min(np.mean([kind == one for kind in kinds]) for one in KINDS) > 0.03


def test_a_wave_can_be_made_of_it() -> None:
    made = wave(300, 1, catalogue=WIDE)
    assert made.truth.profit.shape == (300, len(WIDE.actions))
    assert set(made.frame.offer_id) <= {"control", *(offer.offer_id for offer in WIDE.offers)}
    assert made.truth.of(np.arange(3)).catalogue is WIDE
