"""The catalogue: what is read, what is refused, and the rows the response model sees."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from configs.errors import DataError
from decisioning.candidates import NOTHING, candidates
from features.vectors import FeatureVector
from serving.catalogue import Catalogue, compiled, read_catalogue
from tests.serving.fakes import NOW, offer

START, END = datetime(2017, 11, 1, tzinfo=UTC), datetime(2017, 12, 1, tzinfo=UTC)
OFFER = {
    "offer_id": "o1",
    "name": None,
    "kind": "A",
    "cost": None,
    "value": 10.0,
    "channels": ["email", "sms"],
    "valid_from": START,
    "valid_to": END,
    "capacity": 50,
    "categories": ["x", "y", "z"],
    "eligibility": 'customer.plan == "gold"',
    "theme": "spring",
}
OPEN = {**OFFER, "offer_id": "o2", "valid_from": None, "valid_to": None, "categories": None, "eligibility": None}


def write(path: Path, *rows: dict[str, Any]) -> Path:
    pq.write_table(pa.Table.from_pylist(list(rows)), path)
    return path


def test_offers_are_read_with_their_attributes(tmp_path: Path) -> None:
    one, other = read_catalogue(write(tmp_path / "records.parquet", OFFER, OPEN)).offers
    assert (one.offer_id, one.name, one.cost, one.channels) == ("o1", "o1", 0.0, ("email", "sms"))
    assert (one.valid_from, one.valid_to, one.capacity) == (START, END, 50)
    assert one.attributes == {"theme": "spring", "categories": 3.0}
    assert (other.valid_from, other.eligible, other.eligibility) == (None, None, "")


def test_no_file_is_an_empty_catalogue(tmp_path: Path) -> None:
    assert read_catalogue(tmp_path / "records.parquet").offers == ()


def test_every_eligibility_that_does_not_compile_is_named(tmp_path: Path) -> None:
    path = write(
        tmp_path / "records.parquet",
        {**OFFER, "eligibility": "customer.plan =="},
        {**OPEN, "eligibility": "client.plan == 1"},
    )
    with pytest.raises(DataError, match="2 offers cannot be used") as raised:
        read_catalogue(path)
    assert raised.value.details[0].startswith("offer o1: eligibility 'customer.plan ==': Failed to parse")
    assert raised.value.details[1].endswith("client is unknown; customer, offer and context are allowed")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('customer.plan == "gold"', True),
        ("customer . age < 18", False),
        ('customer["plan"] == "gold"', True),
        ("size(customer) == 3", True),
        ("has(customer.phone)", False),
        ("!has(customer.phone) || customer.phone == 1.0", True),
        ('offer.kind == "A" && context.page == null', True),
        ("customer.vip", True),
    ],
)
def test_eligibility_sees_all_that_it_names(text: str, expected: bool) -> None:
    facts = {"customer": {"plan": "gold", "age": 30.0, "vip": True}, "offer": {"kind": "A"}, "context": {"page": None}}
    assert compiled(text)(facts) is expected


@pytest.mark.parametrize("text", ["customer.phone == 1.0", 'customer.plan > "a" && customer.age > customer.plan'])
def test_eligibility_that_cannot_be_decided_raises(text: str) -> None:
    with pytest.raises((LookupError, TypeError)):
        compiled(text)({"customer": {"plan": "gold", "age": None}, "offer": {}, "context": {}})


def test_rows_hold_customer_affinity_offer_and_channel(tmp_path: Path) -> None:
    catalogue = read_catalogue(write(tmp_path / "records.parquet", OFFER, OPEN))
    vector = FeatureVector("c", NOW, {"profile__age": 30.0}, by_kind={"A": {"affinity__accepted": 2.0}})
    rows = catalogue.rows(candidates(catalogue.offers)[:-1], vector)
    assert rows[1] == {
        "profile__age": 30.0,
        "affinity__accepted": 2.0,
        "offers__theme": "spring",
        "offers__categories": 3.0,
        "offers__kind": "A",
        "offers__cost": 0.0,
        "offers__value": 10.0,
        "offers__duration_days": 30.0,
        "channel": "sms",
    }
    assert (rows[2]["offers__duration_days"], rows[2]["offers__categories"]) == (None, None)


def test_nothing_has_no_row() -> None:
    with pytest.raises(ValueError, match="nothing has no row"):
        Catalogue(()).rows([NOTHING], FeatureVector("c", NOW, {}))


def test_kinds_are_those_of_offers_valid_at_the_instant(tmp_path: Path) -> None:
    catalogue = read_catalogue(write(tmp_path / "records.parquet", OFFER, {**OPEN, "kind": "B"}))
    assert (catalogue.kinds_at(NOW), catalogue.kinds_at(END)) == (("A", "B"), ("B",))
    assert (catalogue.kind("o2"), catalogue.kind("gone")) == ("B", "")


def test_two_offers_of_a_kind_share_it() -> None:
    assert Catalogue((offer("o1"), offer("o2"))).kinds_at(NOW) == ("A",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("person.age > 3.0", "person is unknown; customer, offer and context are allowed"),
        ("lookup(customer.age)", r"lookup\(\) is unknown; contains, double, endsWith, int, matches, size"),
        ("customer.tags.map(t, t + 1.0) == []", r"map\(\) is not allowed: an expression compares values"),
        ("customer.tags . exists ( t, t > 1.0)", r"exists\(\) is not allowed"),
        ("customer.age >", "Failed to parse"),
        ("(" * 33 + "true" + ")" * 33, "nested 33 levels deep; at most 32 are allowed"),
        ("!" * 40 + "true", "nested 40 levels deep; at most 32 are allowed"),
        ("true ? " * 33 + "true" + " : false" * 33, "nested 33 levels deep"),
        ("(" * 100_000, "100,000 characters; at most 2,000 are allowed"),
    ],
)
def test_what_no_expression_may_do_is_named(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        compiled(text)


def test_a_deep_expression_that_is_allowed_is_evaluated() -> None:
    assert compiled("(" * 32 + "customer.age > 1.0" + ")" * 32)({"customer": {"age": 2.0}, "offer": {}, "context": {}})


def test_what_was_said_of_the_same_attributes_is_said_again_and_not_of_others() -> None:
    expression = compiled("customer.age > 30.0 && offer.kind == 'A'")
    facts = {"customer": {"age": 40.0, "name": "x"}, "offer": {"offer_id": "o1", "kind": "A"}, "context": {}}
    other = {**facts, "offer": {"offer_id": "o2", "kind": "B"}}
    younger = {**facts, "customer": {"age": 20.0}}
    assert [expression(given) for given in (facts, facts, other, younger, facts)] == [True, True, False, False, True]


def test_a_context_is_asked_about_each_time() -> None:
    expression = compiled("customer.age > 30.0 && context.page == 'cart'")
    facts = {"customer": {"age": 40.0}, "offer": {"offer_id": "o1"}, "context": {"page": "cart"}}
    assert [expression(facts), expression({**facts, "context": {"page": "home"}})] == [True, False]


def test_an_error_is_raised_each_time() -> None:
    expression = compiled("customer.age > 30.0")
    for _ in range(2):
        with pytest.raises(Exception, match="age"):
            expression({"customer": {}, "offer": {}, "context": {}})
