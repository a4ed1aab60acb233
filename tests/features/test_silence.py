from __future__ import annotations

import math

import numpy as np
import pytest

from features import silence

DAY = 86_400.0
ASKED = 1000 * DAY
# A customer seen for 56 days, with visits 1, 7 and 10 days ago: two gaps, of 6 and of 3 days.
ONE = {
    "last_at": ASKED - 1 * DAY,
    "observed_at": ASKED - 56 * DAY,
    "computed_at": ASKED,
    "weeks": 2.0,
    "weighted_visits": 2.5,
    "weighted_spend": 6.0,
    "gaps": 2.0,
    "gap_days": 9.0,
    "gap_logs": math.log(6) + math.log(3),
    "gap_logs_squared": math.log(6) ** 2 + math.log(3) ** 2,
}


def _at(asked: float = ASKED, **changes: float) -> dict[str, float]:
    stored = {name: np.array([value]) for name, value in (ONE | changes).items()}
    return {name: float(values[0]) for name, values in silence.silence(stored, np.array([asked])).items()}


def _normal(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2))


def test_every_feature_against_the_formula_by_hand() -> None:
    found = _at()
    exposure = 56 / math.log(2) * (1 - 0.5)  # one half-life
    assert tuple(found) == silence.FEATURES
    assert found["week_share"] == 2 / 8
    assert found["spend_rate"] == pytest.approx(6.0 / exposure)
    assert found["silence_ratio"] == pytest.approx(1 * (2 + 2) / (9 + 20))
    mean = (math.log(6) + math.log(3) + 2 * 1.2) / 4
    around = math.log(6) ** 2 + math.log(3) ** 2 - math.log(18) ** 2 / 2
    spread = math.sqrt((around + 2 * 0.81) / 4)
    assert found["silence_log_survival"] == pytest.approx(math.log(_normal(-(math.log(1) - mean) / spread)))
    silent = 56 / math.log(2) * (1 - 2 ** (-1 / 56))
    for name, (shape, rate, dropout), count in (
        ("quiet_odds_visits", silence.VISITS, 2.5),
        ("quiet_odds_spend", silence.SPEND, 2.0),
    ):
        exposed = rate + exposure
        still = (exposed / (exposed + 56)) ** (shape + count)
        gone = 1 / (1 + math.exp(-dropout) * ((exposed - silent) / exposed) ** (shape + count))
        quiet = gone + (1 - gone) * still
        assert found[name] == pytest.approx(math.log(quiet / (1 - quiet)))


def test_silence_goes_on_while_the_store_stands_still() -> None:
    now, later = _at(), _at(ASKED + 28 * DAY)
    assert later["silence_ratio"] == pytest.approx(29 * 4 / 29)
    assert later["silence_log_survival"] < now["silence_log_survival"]
    assert later["quiet_odds_visits"] > now["quiet_odds_visits"]
    recomputed = _at(
        ASKED + 28 * DAY, computed_at=ASKED + 28 * DAY, weighted_visits=2.5 / 2**0.5, weighted_spend=6 / 2**0.5
    )
    assert later == pytest.approx(recomputed)


@pytest.mark.parametrize(
    "odd",
    [
        {"gaps": 0.0, "gap_days": math.nan, "gap_logs": math.nan, "gap_logs_squared": math.nan},  # one visit
        {"observed_at": ASKED - 0.5 * DAY},  # signed up today
        {"observed_at": ASKED - 1 * DAY, "last_at": ASKED - 300 * DAY},  # a purchase older than the sign-up
        {"last_at": ASKED},
        {"weighted_visits": 0.0, "weighted_spend": 0.0, "last_at": ASKED - 900 * DAY, "observed_at": 0.0},
        {"weighted_visits": 500.0},
    ],
)
def test_odd_customers_have_numbers_all_the_same(odd: dict[str, float]) -> None:
    assert all(math.isfinite(value) for value in _at(**odd).values())


def test_nobodys_silence_is_null() -> None:
    stored = {name: np.array([math.nan]) for name in silence.INPUTS}
    assert all(np.isnan(values).all() for values in silence.silence(stored, np.array([ASKED])).values())
