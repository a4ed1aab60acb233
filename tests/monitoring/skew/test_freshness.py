from __future__ import annotations

from datetime import UTC, datetime, timedelta

from features.vectors import FeatureVector, Value
from monitoring.skew.freshness import Ages, freshness

NOW = datetime(2017, 11, 6, tzinfo=UTC)
KINDS: dict[str, dict[str, Value]] = {"gift": {"affinity__offered": None}, "voucher": {"affinity__offered": 1.0}}


def vector(customer: str, stale: tuple[str, ...] = (), *, known: bool = True, **values: Value) -> FeatureVector:
    return FeatureVector(customer, NOW, values, stale, known, KINDS if known else {})


SERVED = [
    vector("c1", purchases__spend=1.0, recency__purchase_days=3.0, profile__age=None),
    vector("c2", ("purchases",), purchases__spend=None, recency__purchase_days=None, profile__age=30.0),
    vector("c3", ("loyalty",), purchases__spend=2.0, recency__purchase_days=5.0, profile__age=None),
    vector("c4", purchases__spend=None, recency__purchase_days=None, profile__age=None, known=False),
]


def test_shares_are_counted_by_hand() -> None:
    rows_at = [NOW - timedelta(hours=hours) for hours in (1, 5, 30)]
    found = freshness(SERVED, [*rows_at, None], {"profile__age": 0.5})
    assert (found.vectors, found.stale.value, found.unknown.value) == (4, 0.5, 0.25)
    assert found.ages == Ages(3, 5.0, 30.0)
    told = {one.name: (one.vectors, one.stale.value, one.null.value, one.trained_null) for one in found.features}
    assert told == {
        "purchases__spend": (4, 0.25, 0.5, None),
        "recency__purchase_days": (4, 0.25, 0.5, None),  # as old as what it is computed from
        "profile__age": (4, 0.0, 0.75, 0.5),
        "affinity__offered": (3, 0.0, 0.0, None),  # not null for vouchers
    }
    assert [one.name for one in found.features][:3] == ["purchases__spend", "recency__purchase_days", "profile__age"]


def test_rows_that_do_not_tell_have_no_age() -> None:
    assert freshness(SERVED, [None] * 4, {}).ages is None
    assert freshness(SERVED, [], {}).ages is None


def test_nothing_served_is_neither_old_nor_empty() -> None:
    assert freshness([], [], {}) is None
