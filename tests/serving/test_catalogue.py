"""The catalogue: what is read, what is refused, and the rows the response model sees."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from configs.errors import DataError
from configs.expressions import compiled
from decisioning.candidates import NOTHING, candidates
from features.vectors import FeatureVector
from serving.catalogue import Catalogue, read_catalogue
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
    assert one.eligible == compiled(one.eligibility)
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
    assert raised.value.details[0].startswith("offer o1: eligibility 'customer.plan ==': line 1, character")
    assert raised.value.details[1].endswith("client is unknown; customer, offer and context are allowed")


def test_a_long_expression_is_not_repeated_by_its_error(tmp_path: Path) -> None:
    long = " || ".join(f"customer.a{number} > 1.0" for number in range(40))
    path = write(
        tmp_path / "records.parquet", {**OFFER, "eligibility": f"{long} ||"}, {**OPEN, "eligibility": "x" * 1900}
    )
    with pytest.raises(DataError) as raised:
        read_catalogue(path)
    assert raised.value.details[0].startswith("offer o1: eligibility 'customer.a0 > 1.0 || customer.a1 > 1.0 || ")
    assert [detail.count("customer.a1 ") + detail.count("x" * 1900) for detail in raised.value.details] == [1, 1]


def test_a_channel_that_records_name_twice_is_one(tmp_path: Path) -> None:
    [one] = read_catalogue(write(tmp_path / "records.parquet", {**OFFER, "channels": ["sms", "email", "sms"]})).offers
    assert one.channels == ("sms", "email")


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
