from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from configs.dataset import Acceptance, Churn
from configs.errors import DataError
from features.trials import AT_ONCE, EARLY, UNKNOWN, Trials, bystanders, trials
from tests.features.companies import LAPSE, NOW, Cell, Company, Records, at, company, customer, offer, sale

PEOPLE = [customer(name) for name in "abcd"]
SENT = 40.0  # days ago; the window of 28 days has closed


def sent(name: str, offer_id: str = "o1", days: float = SENT, **more: Cell) -> dict[str, Cell]:
    own: dict[str, Cell] = {"customer_id": name, "occurred_at": at(days), "offer_id": offer_id, "channel": "email"}
    return {**own, **more}


def outcome(name: str, days: float, offer_id: str | None = "o1", **more: Cell) -> dict[str, Cell]:
    return {"customer_id": name, "occurred_at": at(days), "kind": "accepted", "offer_id": offer_id, **more}


def made(folder: Path, records: Records, churn: Churn = LAPSE) -> Company:
    every: Records = {"customers": PEOPLE, "offers": [offer("o1"), offer("o2", "gift")], **records}
    found = company(folder, every, churn=churn, acceptance=Acceptance(within_days=10))
    found.ingest()
    return found


def run(folder: Path, records: Records, churn: Churn = LAPSE) -> Trials:
    found = made(folder, {"transactions": [sale("d", 1)], **records}, churn)
    return trials(found.open(), found.dataset, NOW)


def by_customer(found: Trials, column: str) -> dict[str, object]:
    values = found.rows[column].astype(object).where(found.rows[column].notna(), None)
    return dict(zip(found.rows.customer_id, values, strict=True))


def test_a_row_is_a_treatment_with_its_window(tmp_path: Path) -> None:
    treatments = [sent("a", propensity=0.5), sent("b", "control", channel="sms", propensity=0.25), sent("c", "o2")]
    rows = run(tmp_path, {"treatments": treatments}).rows
    assert rows.columns.tolist() == [
        "customer_id", "as_of", "closes_at", "offer_id", "offer_kind", "channel", "propensity", "retention", "margin",
        "accepted",
    ]  # fmt: skip
    texts = rows[["customer_id", "offer_id", "offer_kind", "channel"]].astype(object).where(rows.notna(), None)
    assert texts.to_numpy().tolist() == [
        ["a", "o1", "voucher", "email"],
        ["b", "control", None, None],  # nothing was sent, whatever channel the records name
        ["c", "o2", "gift", "email"],
    ]
    assert rows.propensity.tolist()[:2] == [0.5, 0.25]
    assert pd.isna(rows.propensity.iloc[2])
    assert set(rows.as_of) == {pd.Timestamp(NOW - timedelta(days=40))}
    assert set(rows.closes_at) == {pd.Timestamp(NOW - timedelta(days=12))}


RETENTION = [  # days before the treatment (negative: after) of a purchase -> stayed, margin (a half of 10)
    (5.0, 0.0, 0.0),
    (300.0, 0.0, 0.0),  # lapsed long ago, and asked all the same
    (-1.0, 1.0, 5.0),
    (-28.0, 1.0, 5.0),
    (-28.1, 0.0, 0.0),
    (0.0, 0.0, 0.0),  # at the instant of treatment
]


@pytest.mark.parametrize(("days", "stayed", "margin"), RETENTION)
def test_retention_is_activity_in_the_window(tmp_path: Path, days: float, stayed: float, margin: float) -> None:
    found = run(tmp_path, {"transactions": [sale("a", SENT + days), sale("d", 1)], "treatments": [sent("a")]})
    assert (by_customer(found, "retention"), by_customer(found, "margin")) == ({"a": stayed}, {"a": margin})


def test_a_lead_moves_the_window(tmp_path: Path) -> None:
    late = LAPSE.model_copy(update={"lead_days": 7})
    sales = [sale("a", SENT - 3), sale("b", SENT - 30)]
    found = run(tmp_path, {"transactions": sales, "treatments": [sent("a"), sent("b")]}, late)
    assert by_customer(found, "retention") == {"a": 0.0, "b": 1.0}
    assert set(found.rows.closes_at) == {pd.Timestamp(NOW - timedelta(days=5))}


def test_a_subscription_that_runs_on_is_retained(tmp_path: Path) -> None:
    held: list[dict[str, Cell]] = [
        {"customer_id": "a", "started_at": at(90), "ended_at": at(20)},
        {"customer_id": "b", "started_at": at(90), "ended_at": at(5)},
        {"customer_id": "c", "started_at": at(90), "ended_at": at(50)},  # over before the treatment: no question
    ]
    records: Records = {"subscriptions": held, "treatments": [sent(name) for name in "abc"]}
    found = made(tmp_path, records, Churn(kind="subscription_end", horizon_days=28))
    got = trials(found.open(), found.dataset, NOW)
    assert by_customer(got, "retention") == {"a": 0.0, "b": 1.0, "c": None}
    assert got.rows.margin.isna().all()  # the records hold no sales


ACCEPTED = [  # days after the treatment -> accepted
    (3.0, 1.0),
    (10.0, 1.0),
    (11.0, 0.0),
    (-1.0, 0.0),
]


@pytest.mark.parametrize(("days", "accepted"), ACCEPTED)
def test_acceptance_follows_its_treatment(tmp_path: Path, days: float, accepted: float) -> None:
    records: Records = {
        "treatments": [sent("a"), sent("b", "control")],
        "outcomes": [outcome("a", SENT - days)],
    }
    found = run(tmp_path, records)
    assert by_customer(found, "accepted") == {"a": accepted, "b": None}
    assert found.set_aside == ({EARLY: 1} if days < 0 else {})


def test_without_outcomes_acceptance_is_not_known(tmp_path: Path) -> None:
    assert by_customer(run(tmp_path, {"treatments": [sent("a")]}), "accepted") == {"a": None}


def test_windows_still_open_are_counted_and_left_out(tmp_path: Path) -> None:
    found = run(tmp_path, {"treatments": [sent("a"), sent("b", days=28), sent("c", days=27.99), sent("d", days=1)]})
    assert (found.rows.customer_id.tolist(), found.censored) == (["a", "b"], 2)


def test_contradictions_at_one_instant_are_set_aside(tmp_path: Path) -> None:
    treatments = [sent("a"), sent("a", "o2"), sent("b"), sent("b", channel="sms"), sent("c"), sent("c", days=41)]
    found = run(tmp_path, {"treatments": treatments})
    assert (found.rows.customer_id.tolist(), found.set_aside) == (["c", "c"], {AT_ONCE: 4})


def test_stray_outcomes_are_counted(tmp_path: Path) -> None:
    records: Records = {
        "treatments": [sent("a"), sent("b", decision_id="d1"), sent("c", "control")],
        "outcomes": [
            outcome("a", 41),  # before
            outcome("a", 41, kind="viewed"),  # no acceptance
            outcome("b", 39, None, decision_id="d1"),
            outcome("b", 39, None, decision_id="nosuch"),
            outcome("c", 39, "o2"),
            outcome("c", 39, "control"),
        ],
    }
    assert run(tmp_path, records).set_aside == {EARLY: 1, UNKNOWN: 2}


IMPOSSIBLE = [
    (("offers",), LAPSE, "effects: needs the tables offers, which are not mapped"),
    (("offers", "treatments"), LAPSE, "effects: needs the tables offers, treatments, which are not mapped"),
    ((), Churn(kind="label", labels="SELECT * FROM labels"), "a label known for one snapshot only cannot follow"),
]


@pytest.mark.parametrize(("absent", "churn", "message"), IMPOSSIBLE)
def test_records_that_cannot_have_effects_are_refused(
    tmp_path: Path, absent: tuple[str, ...], churn: Churn, message: str
) -> None:
    records: Records = {
        "customers": PEOPLE,
        "offers": [offer("o1")],
        "transactions": [sale("a", 1)],
        "treatments": [sent("a")],
        "labels": [{"customer_id": "a", "churned": True}],
    }
    found = company(tmp_path, {name: rows for name, rows in records.items() if name not in absent}, churn=churn)
    found.ingest()
    with pytest.raises(DataError, match=message):
        trials(found.open(), found.dataset, NOW)


def test_bystanders_are_who_was_known_and_got_nothing(tmp_path: Path) -> None:
    people = [customer("a"), customer("b"), customer("c", days=40), customer("d", days=39)]
    found = made(tmp_path, {"customers": people, "transactions": [sale("a", 1)], "treatments": [sent("a")]})
    waves = [pd.Timestamp(NOW - timedelta(days=days)) for days in (40, 10)]
    treated = pd.DataFrame({"customer_id": ["a", "b"], "wave": waves})
    rows = bystanders(found.open(), treated, most=100, seed=0)
    got = {wave: sorted(rows.customer_id[rows.as_of == wave]) for wave in waves}
    assert got == {waves[0]: ["b"], waves[1]: ["a", "c", "d"]}  # c and d had not signed up before the first
    assert len(bystanders(found.open(), treated, most=2, seed=0)) == 3  # one of the first wave, two of the second
