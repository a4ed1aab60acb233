from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from configs.errors import ConfigError
from configs.loading import parse
from configs.offers import OfferSettings

LEAST = {"offer_id": "tips", "kind": "service", "cost": 0, "channels": ["email"]}
WHOLE = {
    "offer_id": "coupon",
    "name": "A tenth off",
    "kind": "discount",
    "cost": 2.5,
    "value": 9.0,
    "channels": ["email", "sms"],
    "valid_from": "2017-11-01T00:00:00Z",
    "valid_to": "2017-12-01T00:00:00+01:00",
    "capacity": 0,
    "eligibility": "customer.age >= 25.0",
    "attributes": {"percent": 10, "new": True, "season": None, "colour": "red"},
}


def test_an_offer_needs_an_id_a_kind_a_cost_and_a_channel() -> None:
    offer = parse(LEAST, OfferSettings, "offer")
    assert (offer.name, offer.value, offer.capacity, offer.eligibility) == ("", 0.0, None, "")
    assert (offer.valid_from, offer.valid_to, dict(offer.attributes)) == (None, None, {})


def test_all_that_an_offer_may_say() -> None:
    offer = parse(WHOLE, OfferSettings, "offer")
    assert (offer.valid_from, offer.valid_to) == (
        datetime(2017, 11, 1, tzinfo=UTC),
        datetime(2017, 11, 30, 23, tzinfo=UTC),
    )
    assert (offer.channels, offer.capacity) == (("email", "sms"), 0)
    assert dict(offer.attributes) == {"percent": 10.0, "new": True, "season": None, "colour": "red"}


@pytest.mark.parametrize(
    ("name", "given", "problem"),
    [
        ("offer_id", "", "offer_id: String should have at least 1 character (given '')"),
        ("offer_id", "x" * 201, "offer_id: String should have at most 200 characters (given 'xxx"),
        ("kind", 3, "kind: Input should be a valid string (given 3)"),
        ("cost", None, "cost: Input should be a valid number (given None)"),
        ("cost", -1, "cost: Input should be greater than or equal to 0 (given -1)"),
        ("cost", float("nan"), "cost: Input should be a finite number (given nan)"),
        ("value", float("inf"), "value: Input should be a finite number (given inf)"),
        ("channels", [], "channels: Tuple should have at least 1 item after validation, not 0 (given [])"),
        ("channels", ["fax", "email"], "channels.0: Input should be 'email', 'sms', 'push', 'app', 'web', 'phone'"),
        ("channels", ["sms", "email", "sms"], "channels: Value error, sms given twice; each channel is allowed once"),
        ("eligibility", "customer.plan ==", "eligibility: Value error, line 1, character 17: mismatched input"),
        ("eligibility", "client.age > 1", "eligibility: Value error, client is unknown; customer, offer and context"),
        ("eligibility", " ", "eligibility: Value error, line 1, character 2: mismatched input"),
        ("valid_from", "2017-11-01T00:00:00", "valid_from: Input should have timezone info"),
        ("valid_to", "2017-11-01T00:00:00Z", "(top level): Value error, valid_from 2017-11-01 00:00:00+00:00 is not"),
        ("capacity", -1, "capacity: Input should be greater than or equal to 0 (given -1)"),
        ("capacity", 1.5, "capacity: Input should be a valid integer, got a number with a fractional part (given 1.5)"),
        ("price", 1, "price: Extra inputs are not permitted"),
    ],
)
def test_a_broken_offer_names_its_field(name: str, given: object, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse({**WHOLE, name: given}, OfferSettings, "offer")
    assert [detail.startswith(problem) for detail in caught.value.details] == [True]


def test_an_offer_without_a_cost_is_refused_by_name() -> None:
    with pytest.raises(ConfigError) as caught:
        parse({name: value for name, value in LEAST.items() if name != "cost"}, OfferSettings, "offer")
    assert caught.value.details == ("cost: Field required",)


def test_an_offer_is_frozen() -> None:
    offer = parse(LEAST, OfferSettings, "offer")
    with pytest.raises(ValidationError, match="frozen"):
        offer.cost = 1.0  # type: ignore[misc]
