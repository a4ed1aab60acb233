from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from configs.dataset import Acceptance, Churn
from features import labels
from features.snapshots import closes_at
from tests.features.companies import LAPSE, NOW, Cell, Company, Records, at, company, customer, offer, sale

DAY = timedelta(days=1)
# Snapshots 40 and 28 days before NOW: with 28 days of horizon the second has just closed.
FIRST, LAST = NOW - 40 * DAY, NOW - 28 * DAY
PEOPLE = [customer(name) for name in "abc"]


def _company(folder: Path, records: Records, churn: Churn = LAPSE, acceptance: Acceptance = Acceptance()) -> Company:  # noqa: B008
    made = company(folder, {"customers": PEOPLE, **records}, churn=churn, acceptance=acceptance)
    made.ingest()
    return made


def _labels(frame: pd.DataFrame) -> dict[str, float]:
    return dict(zip(frame.customer_id, frame.label, strict=True))


SECOND = 1 / 86_400
LAPSES = [  # days before `as_of` (negative: after), lead -> label, None where not at risk
    ((5.0,), 0, 1.0),
    ((), 0, None),
    ((28.0,), 0, 1.0),  # the earliest activity that counts
    ((28.0 + SECOND,), 0, None),
    ((0.0,), 0, None),  # at as_of itself: not known yet, nor in the window
    ((SECOND,), 0, 1.0),
    ((5.0, 0.0), 0, 1.0),  # the window opens after as_of
    ((5.0, -SECOND), 0, 0.0),
    ((5.0, -28.0), 0, 0.0),  # and ends with its last instant
    ((5.0, -28.0 - SECOND), 0, 1.0),
    ((5.0, -7.0), 7, 1.0),
    ((5.0, -7.0 - SECOND), 7, 0.0),
    ((5.0, -35.0), 7, 0.0),
    ((5.0, -35.0 - SECOND), 7, 1.0),
]


@pytest.mark.parametrize(("days", "lead", "label"), LAPSES)
def test_lapse(tmp_path: Path, days: tuple[float, ...], lead: int, label: float | None) -> None:
    sales = [sale("a", 40 + day) for day in days] + [sale("b", 390)]
    made = _company(tmp_path, {"transactions": sales}, LAPSE.model_copy(update={"lead_days": lead}))
    found = labels.churn(made.open(), made.dataset, [FIRST], NOW)
    assert _labels(found) == ({} if label is None else {"a": label})
    assert list(found.columns) == ["customer_id", "as_of", "label"]


SUBSCRIPTIONS = [  # (started, ended) in days before as_of -> label
    ((5.0, None), 0.0),
    ((5.0, -28.0), 1.0),
    ((5.0, -28.0 - SECOND), 0.0),
    ((5.0, -SECOND), 1.0),
    ((5.0, 0.0), None),  # ended at as_of: no longer at risk
    ((0.0, None), None),  # starts at as_of: not known yet
    ((SECOND, -3.0), 1.0),
]


@pytest.mark.parametrize(("span", "label"), SUBSCRIPTIONS)
def test_subscription_end(tmp_path: Path, span: tuple[float, float | None], label: float | None) -> None:
    ended = None if span[1] is None else at(40 + span[1])
    held: list[dict[str, Cell]] = [{"customer_id": "a", "started_at": at(40 + span[0]), "ended_at": ended}]
    made = _company(tmp_path, {"subscriptions": held}, Churn(kind="subscription_end", horizon_days=28))
    assert _labels(labels.churn(made.open(), made.dataset, [FIRST], NOW)) == ({} if label is None else {"a": label})


def test_a_subscription_begun_later_is_not_the_one_at_risk(tmp_path: Path) -> None:
    held = [
        {"customer_id": "a", "started_at": at(90), "ended_at": None},
        {"customer_id": "a", "started_at": at(39), "ended_at": at(30)},
    ]
    made = _company(tmp_path, {"subscriptions": held}, Churn(kind="subscription_end", horizon_days=28))
    assert _labels(labels.churn(made.open(), made.dataset, [FIRST], NOW)) == {"a": 0.0}


def test_given_labels_are_of_the_one_instant(tmp_path: Path) -> None:
    given = Churn(kind="label", labels="SELECT * FROM labels", horizon_days=28)
    rows = [{"customer_id": "a", "churned": "Yes"}, {"customer_id": "b", "churned": False}]
    made = _company(tmp_path, {"transactions": [sale("a", 1)], "labels": rows}, given)
    found = labels.churn(made.open(), made.dataset, [NOW], NOW)
    assert _labels(found) == {"a": 1.0, "b": 0.0}
    assert set(found.as_of) == {pd.Timestamp(NOW)}
    spine = pd.DataFrame({"customer_id": ["b", "c"], "as_of": pd.Timestamp(NOW)}, index=[7, 9])
    asked = labels.churn_of(made.open(), made.dataset, spine, NOW)
    assert asked.label.tolist()[0] == 0.0
    assert (asked.label.isna().tolist(), asked.index.tolist()) == ([False, True], [7, 9])


@pytest.mark.parametrize(
    ("now", "matured"), [(NOW, {FIRST, LAST}), (NOW - timedelta(seconds=1), {FIRST}), (NOW - 20 * DAY, set())]
)
def test_what_has_not_matured_is_left_out(tmp_path: Path, now: datetime, matured: set[datetime]) -> None:
    made = _company(tmp_path, {"transactions": [sale("a", 41)]})
    found = labels.churn(made.open(), made.dataset, [FIRST, LAST], now)
    assert {instant.to_pydatetime() for instant in found.as_of} == matured
    assert closes_at(LAST, made.dataset) == NOW


def test_churn_of_answers_pairs_in_their_order(tmp_path: Path) -> None:
    made = _company(tmp_path, {"transactions": [sale("a", 45), sale("a", 39), sale("b", 45), sale("c", 200)]})
    spine = pd.DataFrame(
        [("c", FIRST), ("b", FIRST), ("a", FIRST), ("a", NOW), ("b", FIRST)],
        columns=["customer_id", "as_of"],
        index=[5, 4, 3, 2, 1],
    )
    found = labels.churn_of(made.open(), made.dataset, spine, NOW)
    assert found.index.tolist() == [5, 4, 3, 2, 1]
    assert [None if pd.isna(label) else label for label in found.label] == [None, 1.0, 0.0, None, 1.0]


def test_churn_of_where_nothing_has_matured(tmp_path: Path) -> None:
    made = _company(tmp_path, {"transactions": [sale("a", 2)]})
    spine = pd.DataFrame({"customer_id": ["a"], "as_of": [pd.Timestamp(NOW)]})
    assert labels.churn_of(made.open(), made.dataset, spine, NOW).label.isna().tolist() == [True]


def test_at_risk_is_who_was_active(tmp_path: Path) -> None:
    made = _company(tmp_path, {"transactions": [sale("a", 45), sale("b", 39), sale("c", 200)]})
    assert labels.at_risk(made.open(), made.dataset, FIRST).customer_id.tolist() == ["a"]


def test_margin_is_the_records_or_the_rate_times_the_amount(tmp_path: Path) -> None:
    sales = [
        sale("a", 45),
        sale("a", 39, 10, margin=3),
        sale("a", 38, 10),
        sale("a", 11, 99),
        sale("b", 45),
        sale("c", 39, 7),
    ]
    made = _company(tmp_path, {"transactions": sales})
    assert _labels(labels.margin(made.open(), made.dataset, [FIRST], NOW)) == {"a": 8.0, "b": 0.0}


def test_stayed_and_earned_answer_every_pair_at_risk_or_not(tmp_path: Path) -> None:
    sales = [sale("a", 45), sale("b", 39, 10), sale("c", 200), sale("c", 12, 4)]
    made = _company(tmp_path, {"transactions": sales})
    spine = pd.DataFrame({"customer_id": ["c", "b", "a"], "as_of": FIRST}, index=[5, 4, 3])
    assert labels.stayed(made.open(), made.dataset, spine).label.tolist() == [1.0, 1.0, 0.0]
    assert labels.earned(made.open(), made.dataset, spine).label.tolist() == [2.0, 5.0, 0.0]


def test_who_has_no_subscription_is_not_asked_whether_it_was_kept(tmp_path: Path) -> None:
    held: list[dict[str, Cell]] = [
        {"customer_id": "a", "started_at": at(50), "ended_at": at(30)},
        {"customer_id": "b", "started_at": at(50), "ended_at": None},
    ]
    made = _company(tmp_path, {"subscriptions": held}, Churn(kind="subscription_end", horizon_days=28))
    spine = pd.DataFrame({"customer_id": ["a", "b", "c"], "as_of": FIRST})
    found = labels.stayed(made.open(), made.dataset, spine).label
    assert [None if pd.isna(label) else label for label in found] == [0.0, 1.0, None]


ACCEPTED = [  # days before NOW of the outcome, its kind, days allowed, end of the offer -> label
    (39.0, "accepted", None, 10.0, 1.0),
    (40.0, "accepted", None, 10.0, 1.0),  # on the day it was sent: records by the day have one midnight for both
    (40.0 + SECOND, "accepted", None, 10.0, 0.0),
    (10.0, "accepted", None, 10.0, 1.0),
    (10.0 - SECOND, "accepted", None, 10.0, 0.0),
    (39.0, "viewed", None, 10.0, 0.0),
    (35.0, "accepted", 5, 10.0, 1.0),
    (35.0 - SECOND, "accepted", 5, 10.0, 0.0),
    (39.0, "accepted", None, -1.0, None),  # still open
    (39.0, "accepted", None, None, None),  # without an end
    (39.0, "accepted", 5, None, 1.0),
]


@pytest.mark.parametrize(("outcome", "kind", "within", "ends", "label"), ACCEPTED)
def test_acceptance(
    tmp_path: Path, outcome: float, kind: str, within: int | None, ends: float | None, label: float | None
) -> None:
    records: Records = {
        "transactions": [sale("a", 1)],
        "offers": [offer("o1", ends=ends)],
        "treatments": [
            {"customer_id": "a", "occurred_at": at(40), "offer_id": "o1", "channel": "email"},
            {"customer_id": "b", "occurred_at": at(40), "offer_id": "control"},
        ],
        "outcomes": [{"customer_id": "a", "occurred_at": at(outcome), "kind": kind, "offer_id": "o1"}] * 2,
    }
    made = _company(tmp_path, records, acceptance=Acceptance(within_days=within))
    found = labels.acceptance(made.open(), made.dataset, NOW)
    assert _labels(found) == ({} if label is None else {"a": label})
    if label is not None:
        [row] = found.to_dict("records")
        assert (row["offer_kind"], row["channel"], row["as_of"]) == ("voucher", "email", pd.Timestamp(FIRST))
        assert row["closes_at"] == pd.Timestamp(FIRST + within * DAY if within else NOW - 10 * DAY)
