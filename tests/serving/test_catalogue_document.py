"""A catalogue as a document: what is read back decides as the one that was written."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from configs.channels import CHANNELS
from decisioning.offers import Offer
from serving.catalogue import Catalogue, compiled
from serving.catalogue_document import of_document, to_document

TEXT = 'customer.plan == "gold" && offer.value > 5.0'
OFFER = Offer(
    offer_id="o1",
    name="Größe",
    kind="A",
    cost=0.1,
    value=1e-17,
    channels=("email", "sms"),
    valid_from=datetime(2017, 11, 1, tzinfo=UTC),
    valid_to=datetime(2017, 12, 1, 12, 30, 0, 1, tzinfo=UTC),
    capacity=3,
    attributes={"theme": "spring", "share": 0.3, "new": True, "code": None},
    eligibility=TEXT,
    eligible=compiled(TEXT),
)
CATALOGUE = Catalogue((OFFER, Offer("o2", "o2", "B", 0.0, -4.0, ("web",))), {"gone": "C"})


def test_it_is_one_line_of_json_that_people_can_read() -> None:
    [line] = to_document(Catalogue((OFFER,), {"gone": "C"})).splitlines()
    assert line == (
        '{"offers": [{"attributes": {"code": null, "new": true, "share": 0.3, "theme": "spring"}, "capacity": 3, '
        '"channels": ["email", "sms"], "cost": 0.1, "eligibility": "customer.plan == \\"gold\\" && offer.value > 5.0", '
        '"kind": "A", "name": "Größe", "offer_id": "o1", "valid_from": "2017-11-01T00:00:00+00:00", '
        '"valid_to": "2017-12-01T12:30:00.000001+00:00", "value": 1e-17}], "retired": {"gone": "C"}}'
    )


def test_a_catalogue_reads_back_as_it_was() -> None:
    read = of_document(to_document(CATALOGUE))
    assert to_document(read) == to_document(CATALOGUE)
    assert (read.kind("o2"), read.kind("gone"), read.kind("never")) == ("B", "C", "")
    one, other = read.offers
    assert (one.channels, one.valid_to, one.attributes, other) == (
        OFFER.channels,
        OFFER.valid_to,
        OFFER.attributes,
        CATALOGUE.offers[1],
    )


def test_eligibility_reads_back_as_it_was() -> None:
    [one, _] = of_document(to_document(CATALOGUE)).offers
    facts = [{"customer": {"plan": plan}, "offer": {"value": 6.0}, "context": {}} for plan in ("gold", "silver")]
    assert list(map(one.eligible, facts)) == [True, False]


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
INSTANTS = st.none() | st.datetimes(timezones=st.just(UTC))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
OFFERS = st.builds(
    Offer,
    offer_id=TEXTS,
    name=TEXTS,
    kind=TEXTS,
    cost=NUMBERS,
    value=NUMBERS,
    channels=st.lists(st.sampled_from(CHANNELS), unique=True).map(tuple),
    valid_from=INSTANTS,
    valid_to=INSTANTS,
    capacity=st.none() | st.integers(0, 10**12),
    attributes=st.none() | st.dictionaries(TEXTS, st.none() | st.booleans() | NUMBERS | TEXTS),
)


@given(offers=st.lists(OFFERS, max_size=3).map(tuple), retired=st.dictionaries(TEXTS, TEXTS))
def test_every_catalogue_reads_back_equal(offers: tuple[Offer, ...], retired: dict[str, str]) -> None:
    read = of_document(to_document(Catalogue(offers, retired)))
    assert (read.offers, read.retired) == (offers, retired)
