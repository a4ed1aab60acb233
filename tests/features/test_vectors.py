from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from features.ledger import to_instant, to_text
from features.vectors import FeatureVector

AS_OF = datetime(2020, 6, 1, tzinfo=UTC)
VECTOR = FeatureVector("a", AS_OF, {"x": 1.0, "y": None}, by_kind={"gift": {"z": 2.0}})


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (FeatureVector("a", AS_OF, {"y": None, "x": 1.0}, by_kind={"gift": {"z": 2.0}}), True),
        (FeatureVector("b", AS_OF + timedelta(1), {"x": 1.0, "y": None}, ("v",), by_kind={"gift": {"z": 2.0}}), True),
        (FeatureVector("a", AS_OF, {"x": 1.0, "y": 0.0}, by_kind={"gift": {"z": 2.0}}), False),
        (FeatureVector("a", AS_OF, {"x": 1.0, "y": None}, by_kind={"gift": {"z": 2.5}}), False),
    ],
)
def test_the_hash_is_that_of_the_values_alone(other: FeatureVector, same: bool) -> None:
    assert len(VECTOR.hash()) == 16
    assert (VECTOR.hash() == other.hash()) is same


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (AS_OF, "2020-06-01T00:00:00.000000+00:00"),
        (datetime.fromisoformat("2020-06-01T02:00:00.5+02:00"), "2020-06-01T00:00:00.500000+00:00"),
    ],
)
def test_the_ledgers_instants_sort_as_text(instant: datetime, text: str) -> None:
    assert to_text(instant) == text
    assert to_instant(text) == instant
