# ruff: noqa: E501 the rows of a table stay on one line
"""Every feature view against numbers worked out by hand, from a history small enough to read."""

from __future__ import annotations

import math

import pytest

from configs.dataset import Dataset
from features.catalogue import views
from features.compute import evaluate
from tests.features.companies import NOW, Cell, Company, Records, at, company, customer, offer, sale

SECONDS = NOW.timestamp()
DAY = 86_400.0


def _ago(days: float) -> float:
    return SECONDS - days * DAY


RECORDS: Records = {
    "customers": [customer("a", 100), customer("b", 0), customer("c", 50, age=None, city=None)],
    "transactions": [
        sale("a", 1, 10, discount=1, categories=["bread", "milk"]),
        sale("a", 1.25, 20, categories=["bread"]),
        sale("a", 29, 30, discount=0, categories=["wine"]),
        sale("a", 60, 40, categories=["bread"]),
        sale("a", 0, 99),
    ],
    "interactions": [
        {"customer_id": "a", "occurred_at": at(days), "channel": channel, "kind": kind}
        for days, channel, kind in ((7, "email", "open"), (8, "email", "click"), (85, "web", "unsubscribe"), (0, "web", "visit"))
    ],
    "feedback": [
        {"customer_id": "a", "occurred_at": at(days), "kind": kind, "score": score, "sentiment": sentiment}
        for days, kind, score, sentiment in ((9, "nps", 4, -0.5), (5, "nps", 8, None), (90, "complaint", None, 0.0), (3, "ticket", None, None))
    ],
    "subscriptions": [
        {"customer_id": "a", "started_at": at(90), "ended_at": at(30), "renews_at": None, "plan": "basic", "price": 5},
        {"customer_id": "a", "started_at": at(20), "ended_at": at(-5), "renews_at": at(-5), "plan": "plus", "price": 9},
    ],
    "loyalty": [
        {"customer_id": "a", "occurred_at": at(days), "points_delta": points, "tier": tier}
        for days, points, tier in ((90, 10, "tin"), (5, 20, "gold"), (4, -8, None))
    ],
    "offers": [
        offer("o1", "voucher", 40, 20, cost=1, value=5, categories=["bread"]),
        offer("o2", "voucher", 10, None, categories=["bread", "milk"]),
        offer("o3", "gift", -1, None),
    ],
    "treatments": [
        {"customer_id": "a", "occurred_at": at(days), "offer_id": offer_id}
        for days, offer_id in ((57, "o1"), (9, "o2"), (8, "control"))
    ],
    "outcomes": [
        {"customer_id": "a", "occurred_at": at(days), "offer_id": "o2", "kind": kind, "value": value}
        for days, kind, value in ((7, "accepted", 3), (6, "accepted", None), (5, "viewed", 9))
    ],
    "consents": [
        {"customer_id": "a", "channel": channel, "granted": granted, "changed_at": at(days)}
        for channel, granted, days in (("email", True, 9), ("email", False, 5), ("sms", True, 5), ("sms", False, 5), ("web", True, 0), ("push", True, 3))
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Company:
    made = company(tmp_path_factory.mktemp("shop"), RECORDS)
    made.ingest()
    return made


def _half(days: float) -> float:
    return float(2 ** (-days / 56))


EXPECTED: dict[str, dict[tuple[str, ...], dict[str, Cell]]] = {
    "profile": {
        ("a",): {"age": 30.0, "city": "Graz", "signed_up_at": _ago(100)},
        ("c",): {"age": None, "city": None, "signed_up_at": _ago(50)},
    },
    "purchases": {
        ("a",): {
            "count_28d": 2.0, "count_56d": 3.0, "count_91d": 4.0, "weeks_56d": 2.0, "spend_56d": 60.0,
            "amount_mean": 25.0, "discounted_91d": 1.0, "discounted_share": 1.1 / 9, "discounted_per_week": 1 / (60 / 7),
            "trend": 1.0, "first_at": _ago(60), "last_at": _ago(1), "observed_at": _ago(60), "computed_at": SECONDS,
            "weeks": 3.0, "gaps": 3.0, "gap_days": 59.0,
            "gap_logs": math.log(31) + math.log(27), "gap_logs_squared": math.log(31) ** 2 + math.log(27) ** 2,
            "weighted_visits": _half(1) + _half(1.25) + _half(29) + _half(60),
            "weighted_spend": sum(math.log(1 + amount) * _half(days) for days, amount in ((1, 10), (1.25, 20), (29, 30), (60, 40))),
        },
    },
    "engagement": {
        ("a",): {
            "count_7d": 1.0, "count_28d": 2.0, "count_84d": 2.0, "opens_84d": 1.0, "clicks_84d": 1.0,
            "unsubscribes": 1.0, "email_84d": 2.0, "web_84d": 0.0, "last_at": _ago(7),
        },
    },
    "experience": {
        ("a",): {
            "nps_mean": 6.0, "nps_last": 8.0, "csat_mean": None, "complaints": 1.0, "complaints_84d": 0.0,
            "tickets_84d": 1.0, "sentiment_mean": -0.25, "last_at": _ago(3),
        },
    },
    "subscription": {
        ("a",): {"plan": "plus", "price": 9.0, "subscriptions": 2.0, "ended": 0.0, "started_at": _ago(20), "renews_at": _ago(-5)},
    },
    "loyalty": {("a",): {"balance": 22.0, "earned_84d": 20.0, "burnt_84d": 8.0, "tier": "gold", "last_at": _ago(4)}},
    # of two changes in one second refusal holds; what changes at as_of is not known yet
    "consent": {("a",): {"email": 0.0, "sms": 0.0, "push": 1.0, "web": None}},
    "contact": {
        ("a",): {
            "offered": 2.0, "offered_56d": 1.0, "accepted": 1.0, "accepted_value": 4.0,
            "acceptance_rate": 1.4 / 6, "last_offered_at": _ago(9), "last_accepted_at": _ago(6),
        },
    },
    "affinity": {("a", "voucher"): {"offered": 2.0, "accepted": 1.0, "acceptance_rate": 1.4 / 6}},
    # three baskets in eight weeks; o2 alone is valid, about bread and milk: bread twice, milk once
    "taste": {("a", "voucher"): {"categories_bought": 2.0, "categories_share": 1.0, "bought_per_basket": 3 / 5}},
    # nothing was measured: no scores; the silence before the purchase of 1.25 days ago was 27.75 days, under 28
    "segments": {
        ("a",): {"monetary_score": None, "rfm": None, "value": None, "behaviour": None, "stage": "active", "reach": "one channel"},
        ("c",): {"stage": "prospect", "reach": None},
    },
    "offers": {
        ("o1",): {"cost": 1.0, "value": 5.0, "duration_days": 20.0, "categories": 1.0, "kind": "voucher", "size": "small"},
        ("o2",): {"cost": None, "value": None, "duration_days": None, "categories": 2.0, "kind": "voucher", "size": "small"},
    },
}  # fmt: skip


@pytest.mark.parametrize("name", EXPECTED)
def test_a_view_by_hand(shop: Company, name: str) -> None:
    [view] = [view for view in views(shop.dataset) if view.name == name]
    found = {tuple(row[key] for key in view.entities): row for row in evaluate(shop.open(), view, [NOW]).to_pylist()}
    assert set(found) == set(EXPECTED[name])
    for key, values in EXPECTED[name].items():
        assert {column: found[key][column] for column in values} == {
            column: pytest.approx(value, rel=1e-9) if isinstance(value, float) else value
            for column, value in values.items()
        }
        assert {*view.entities, "as_of", *view.stored} == set(found[key])


def test_every_view_is_worked_out(shop: Company) -> None:
    assert {view.name for view in views(shop.dataset)} == set(EXPECTED)


@pytest.mark.parametrize(
    ("tables", "present"),
    [
        (("transactions",), {"profile", "purchases", "segments"}),
        (("interactions", "feedback"), {"profile", "engagement", "experience", "segments"}),
        (("transactions", "offers"), {"profile", "purchases", "taste", "offers", "segments"}),
        (
            ("subscriptions", "offers", "treatments"),
            {"profile", "subscription", "contact", "affinity", "offers", "segments"},
        ),
    ],
)
def test_a_view_whose_tables_are_absent_does_not_exist(
    shop: Company, tables: tuple[str, ...], present: set[str]
) -> None:
    mapped = {name: select for name, select in shop.dataset.tables.items() if name in ("customers", *tables)}
    fewer = Dataset.model_validate(shop.dataset.model_dump() | {"tables": mapped})
    assert {view.name for view in views(fewer)} == present
