"""Generated companies: a few customers, every canonical table, rows on both sides of the snapshots."""

from __future__ import annotations

from hypothesis import strategies as st

from features.contract import FEEDBACK_KINDS, INTERACTION_KINDS
from tests.features.companies import Cell, at

CUSTOMERS = ("a", "b", "c", "d", "e", "f")
OFFERS = (("o1", "voucher"), ("o2", "voucher"), ("o3", "gift"))
CATEGORIES = ("bread", "milk", "wine")
SNAPSHOT_DAYS = (7, 0)  # before NOW

Rows = list[dict[str, Cell]]
# Whole days meet the edges of windows and of snapshots; the rest falls anywhere.
_DAYS = st.one_of(st.integers(0, 120), st.floats(0.001, 120))
_WHO = st.sampled_from(CUSTOMERS)
_AMOUNTS = st.one_of(st.integers(-5, 50), st.floats(-5, 50)).map(lambda amount: round(amount, 2))
_CHANNELS = st.sampled_from(("email", "web", "phone"))


def _rows(most: int = 15, **columns: st.SearchStrategy[Cell]) -> st.SearchStrategy[Rows]:
    return st.lists(st.fixed_dictionaries(columns), min_size=1, max_size=most)


def _maybe(values: st.SearchStrategy[Cell]) -> st.SearchStrategy[Cell]:
    return st.one_of(st.none(), values)


_WHEN = _DAYS.map(at)
_EVENT = {"customer_id": _WHO, "occurred_at": _WHEN}


@st.composite
def _customers(draw: st.DrawFn) -> Rows:
    ages, cities = _maybe(st.integers(18, 90)), _maybe(st.sampled_from(("Graz", "Linz")))
    return [
        {"customer_id": who, "signed_up_at": at(draw(st.integers(10, 200))), "age": draw(ages), "city": draw(cities)}
        for who in CUSTOMERS
    ]


@st.composite
def _offers(draw: st.DrawFn) -> Rows:
    return [
        {
            "offer_id": offer_id,
            "kind": kind,
            "channels": ["email"],
            "cost": draw(_maybe(st.integers(0, 5))),
            "value": draw(_maybe(st.integers(0, 9))),
            "size": draw(_maybe(st.sampled_from(("small", "large")))),
            "valid_from": draw(_maybe(st.integers(5, 90).map(at))),
            "valid_to": draw(_maybe(st.integers(-9, 30).map(at))),
            "categories": draw(st.lists(st.sampled_from(CATEGORIES), max_size=2, unique=True)),
        }
        for offer_id, kind in OFFERS
    ]


_OFFER_IDS = st.sampled_from([offer_id for offer_id, _ in OFFERS])
TABLES: dict[str, st.SearchStrategy[Rows]] = {
    "customers": _customers(),
    "transactions": _rows(
        30,
        **_EVENT,
        amount=_AMOUNTS,
        margin=_maybe(_AMOUNTS),
        discount=_maybe(st.integers(0, 2)),
        categories=_maybe(st.lists(st.sampled_from(CATEGORIES), min_size=1, max_size=3, unique=True)),
    ),
    "interactions": _rows(**_EVENT, channel=_CHANNELS, kind=st.sampled_from(INTERACTION_KINDS)),
    "feedback": _rows(
        **_EVENT,
        kind=st.sampled_from(FEEDBACK_KINDS),
        score=_maybe(st.integers(0, 10)),
        sentiment=_maybe(st.sampled_from((-1.0, 0.0, 0.5))),
    ),
    "subscriptions": _rows(
        customer_id=_WHO,
        started_at=_WHEN,
        ended_at=_maybe(st.integers(-30, 60).map(at)),
        renews_at=_maybe(st.integers(-30, 30).map(at)),
        plan=_maybe(st.sampled_from(("basic", "plus"))),
        price=_maybe(st.integers(0, 50)),
    ),
    "loyalty": _rows(**_EVENT, points_delta=_maybe(st.integers(-9, 9)), tier=_maybe(st.sampled_from(("gold", "tin")))),
    "offers": _offers(),
    "treatments": _rows(**_EVENT, offer_id=st.one_of(st.just("control"), _OFFER_IDS), channel=_maybe(_CHANNELS)),
    "outcomes": _rows(
        **_EVENT, kind=st.sampled_from(("accepted", "converted", "viewed")), offer_id=_OFFER_IDS, value=_maybe(_AMOUNTS)
    ),
    "consents": _rows(customer_id=_WHO, channel=_CHANNELS, granted=st.booleans(), changed_at=_WHEN),
}
HISTORIES: st.SearchStrategy[dict[str, Rows]] = st.fixed_dictionaries(TABLES)
INSTANTS = {"customers": "signed_up_at", "subscriptions": "started_at", "consents": "changed_at"}
# An event may arrive for each of these; it happened within the last day, after the last snapshot.
EVENTS = {
    table: st.tuples(rows.map(lambda found: found[0]), st.integers(1, 86_000))
    for table, rows in TABLES.items()
    if table not in ("offers", "customers")
}
