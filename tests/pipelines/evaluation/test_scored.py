from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pytest

from configs.errors import WorkspaceError
from decisioning.arbitration import UNKNOWN_EFFECT, Effect
from decisioning.offers import Offer
from features.vectors import FeatureVector
from pipelines.evaluation.logged import Prices, Reward
from pipelines.evaluation.scored import BATCH, expected, learned, score
from serving.catalogue import Catalogue
from serving.models import Champions
from tests.pipelines.evaluation.decided import CHAMPIONS, EFFECTS, Served
from tests.serving.fakes import FakeModel, offer

NOW = datetime(2024, 5, 1, tzinfo=UTC)
CATALOGUE = Catalogue(
    (offer("o1", channels=("email", "sms")), Offer("o2", "O2", "B", 2.0, 9.0, ("sms",), valid_from=NOW))
)
PRICES = Prices.of(CATALOGUE.offers, {"email": 0.1})
KEYS = (("", ""), ("o1", "email"), ("o1", "sms"), ("o2", "sms"))


def vector(age: float, day: int = 1) -> FeatureVector:
    return FeatureVector("c1", NOW.replace(day=day), {"profile__age": age})


def before(age: float) -> FeatureVector:
    return FeatureVector("c1", datetime(2024, 4, 30, tzinfo=UTC), {"profile__age": age})


def test_every_action_of_an_offer_valid_then_is_scored() -> None:
    early, late = score([before(30.0), vector(40.0)], CATALOGUE, CHAMPIONS)
    assert early.p_accept == dict.fromkeys(KEYS[1:3], 0.4)
    assert late.p_accept == dict.fromkeys(KEYS[1:], 0.4)
    assert late.effects == {KEYS[1]: EFFECTS.by_offer["o1"], KEYS[2]: EFFECTS.by_offer["o1"], KEYS[3]: UNKNOWN_EFFECT}
    assert (early.stays, early.stake, late.stake) == (0.7, 30.0, 40.0)


def test_rows_stay_in_order_over_batches() -> None:
    found = score([vector(float(at)) for at in range(BATCH + 5)], CATALOGUE, CHAMPIONS)
    assert [one.stake for one in found] == [float(at) for at in range(BATCH + 5)]


def test_champions_that_are_away_say_nothing() -> None:
    [alone] = score([vector(1.0)], CATALOGUE, Champions(response=FakeModel("tenure-response", 0.2)))
    assert alone.p_accept == dict.fromkeys(KEYS[1:], 0.2)
    assert set(alone.effects.values()) == {UNKNOWN_EFFECT}
    assert np.isnan([alone.stays, alone.stake]).all()


@pytest.mark.parametrize(
    ("reward", "row"),
    [
        ("retention", [0.7, 0.75, 0.75, 0.7]),
        ("margin", [40, 43, 43, 40]),
        ("acceptance", [0, 0.4, 0.4, 0.4]),
        ("profit", [40, 43 - 0.8 - 0.1, 43 - 0.8, 40 - 0.8]),
    ],
)
def test_expected_rewards(reward: Reward, row: list[float]) -> None:
    scored = score([before(30.0), vector(40.0)], CATALOGUE, CHAMPIONS)
    found = expected(reward, scored, KEYS, PRICES)
    assert found is not None
    assert found[1] == pytest.approx(row)
    assert found[0, 3] == found[0, 0]  # o2 was no candidate yet


def test_an_effect_never_makes_more_than_certain() -> None:
    sure = Champions(FakeModel("tenure-churn", 0.01), CHAMPIONS.value, CHAMPIONS.response, EFFECTS)
    found = expected("retention", score([vector(1.0)], CATALOGUE, sure), KEYS, PRICES)
    assert found is not None
    assert found[0, 1] == 1.0


@pytest.mark.parametrize("reward", ["retention", "margin", "profit"])
def test_without_a_model_nothing_is_expected(reward: Reward) -> None:
    scored = score([vector(1.0)], CATALOGUE, Champions(response=CHAMPIONS.response))
    assert expected(reward, scored, KEYS, PRICES) is None
    assert expected("acceptance", scored, KEYS, PRICES) is not None


def test_without_a_champion_of_acceptance_the_way_to_one_is_told(opened: Callable[[str], Served]) -> None:
    with pytest.raises(WorkspaceError, match="response: no champion yet; run `tenure train response`"):
        learned(opened("untrained").session)


def test_effects_on_margin_alone_leave_retention_as_it_was() -> None:
    only = Champions(
        CHAMPIONS.churn,
        CHAMPIONS.value,
        CHAMPIONS.response,
        type(EFFECTS)({"o1": Effect(None, None, None, "randomised", 2.0, 1.0, 3.0)}),
    )
    scored = score([vector(40.0)], CATALOGUE, only)
    assert expected("retention", scored, KEYS, PRICES)[0, 1] == pytest.approx(0.7)  # type: ignore[index]
    assert expected("margin", scored, KEYS, PRICES)[0, 1] == pytest.approx(42.0)  # type: ignore[index]
