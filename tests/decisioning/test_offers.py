from datetime import UTC, datetime, timedelta

import pytest

from decisioning.offers import Offer

NOON = datetime(2017, 11, 6, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "expected"),
    [
        (None, None, True),
        (NOON, None, True),  # valid from its first instant
        (NOON + SECOND, None, False),
        (None, NOON, False),  # not at its last
        (None, NOON + SECOND, True),
        (NOON, NOON, False),  # an empty validity is never valid
        (NOON - SECOND, NOON + SECOND, True),
    ],
)
def test_validity_is_closed_below_and_open_above(
    valid_from: datetime | None, valid_to: datetime | None, expected: bool
) -> None:
    offer = Offer("o", "O", "k", 0.0, 1.0, ("email",), valid_from=valid_from, valid_to=valid_to)
    assert offer.valid_at(NOON) is expected


def test_an_attribute_does_not_hide_a_column() -> None:
    offer = Offer("o", "O", "k", 0.5, 1.0, ("email",), attributes={"theme": "spring", "cost": 99.0})
    assert offer.described == {"offer_id": "o", "name": "O", "kind": "k", "cost": 0.5, "value": 1.0, "theme": "spring"}
