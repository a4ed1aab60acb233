from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from decisioning.eligibility import (
    Circumstances,
    ConsentDefault,
    consent,
    eligibility,
    excluded,
    offer_refusal,
    validity,
)
from decisioning.offers import Attribute, Offer

NOW = datetime(2017, 11, 6, tzinfo=UTC)
DAY = timedelta(days=1)
Facts = Mapping[str, Mapping[str, Attribute]]


def offer(
    eligible: Callable[[Facts], bool] | None = None, start: datetime | None = None, end: datetime | None = None
) -> Offer:
    return Offer(
        "coupon",
        "Coupon",
        "discount",
        1.0,
        3.0,
        ("email",),
        start,
        end,
        None,
        {"cost": 99.0, "size": 4.0},
        "rule",
        eligible,
    )


def circumstances(**customer: Attribute) -> Circumstances:
    return Circumstances("c1", NOW, customer, {"page": "home"}, {"email": True, "sms": False, "push": None})


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (None, None, None),
        (NOW, NOW + DAY, None),
        (NOW + DAY, None, "valid from 2017-11-07 00:00:00+00:00 to any time"),
        (None, NOW, "valid from any time to 2017-11-06 00:00:00+00:00"),
    ],
)
def test_validity(start: datetime | None, end: datetime | None, expected: str | None) -> None:
    assert validity(offer(start=start, end=end), circumstances()) == expected


@pytest.mark.parametrize(
    ("asked", "expected"), [(frozenset(), None), ({"gift"}, None), ({"gift", "coupon"}, "excluded by the request")]
)
def test_excluded(asked: frozenset[str], expected: str | None) -> None:
    assert excluded(offer(), Circumstances("c1", NOW, excluded_offers=frozenset(asked))) == expected


def older_than_30(facts: Facts) -> bool:
    return facts["customer"]["age"] > 30  # type: ignore[operator]


def fails(error: Exception) -> Callable[[Facts], bool]:
    def eligible(facts: Facts) -> bool:
        raise error

    return eligible


@pytest.mark.parametrize(
    ("eligible", "age", "expected"),
    [
        (None, None, None),
        (older_than_30, 31.0, None),
        (older_than_30, 30.0, "rule: false"),
        (
            older_than_30,
            None,
            "rule: cannot be decided: TypeError: '>' not supported between instances of 'NoneType' and 'int'",
        ),
        (lambda facts: facts["customer"]["plan"] == "gold", 31.0, "rule: cannot be decided: KeyError: 'plan'"),
        (
            fails(RuntimeError("No such name. A long lesson follows")),
            31.0,
            "rule: cannot be decided: RuntimeError: No such name",
        ),
        (fails(ZeroDivisionError("by zero")), 31.0, "rule: cannot be decided: ZeroDivisionError: by zero"),
        (lambda facts: 1.0, 31.0, "rule: gives 1.0, neither true nor false"),
        (lambda facts: None, 31.0, "rule: gives None, neither true nor false"),
    ],
)
def test_only_an_expression_that_is_true_lets_pass(
    eligible: Callable[[Facts], bool] | None, age: float | None, expected: str | None
) -> None:
    assert eligibility(offer(eligible), circumstances(age=age)) == expected


def test_an_expression_sees_the_customer_the_context_and_the_offer_whose_columns_win_over_its_attributes() -> None:
    seen: list[Facts] = []

    def spy(facts: Facts) -> bool:
        seen.append(facts)
        return True

    assert eligibility(offer(spy), circumstances(age=31.0)) is None
    columns = {"offer_id": "coupon", "name": "Coupon", "kind": "discount", "cost": 1.0, "value": 3.0}
    assert seen == [{"customer": {"age": 31.0}, "offer": {"size": 4.0, **columns}, "context": {"page": "home"}}]


def test_a_bug_in_an_expression_is_not_hidden() -> None:
    with pytest.raises(AttributeError, match="typo"):
        eligibility(offer(fails(AttributeError("typo"))), circumstances())


@pytest.mark.parametrize(
    ("channel", "default", "expected"),
    [
        ("email", "refused", None),
        ("sms", "granted", "the customer refuses sms"),
        ("sms", "refused", "the customer refuses sms"),
        ("push", "granted", None),
        ("push", "refused", "no consent to push on record, which the policy takes as refused"),
        ("store", "granted", None),
        ("store", "refused", "no consent to store on record, which the policy takes as refused"),
    ],
)
def test_consent(channel: str, default: ConsentDefault, expected: str | None) -> None:
    assert consent(channel, circumstances(), default) == expected


def test_the_first_stage_that_refuses_is_named_and_a_later_one_not_asked() -> None:
    unasked = fails(AttributeError("asked"))
    late = offer(unasked, start=NOW + DAY)
    shunned = Circumstances("c1", NOW, excluded_offers=frozenset({"coupon"}))
    assert offer_refusal(late, shunned) == ("validity", "valid from 2017-11-07 00:00:00+00:00 to any time")
    assert offer_refusal(offer(unasked), shunned) == ("excluded", "excluded by the request")
    assert offer_refusal(offer(older_than_30), circumstances(age=3.0)) == ("eligibility", "rule: false")
    assert offer_refusal(offer(older_than_30), circumstances(age=33.0)) is None
