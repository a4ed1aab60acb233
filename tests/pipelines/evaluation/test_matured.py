from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from sqlalchemy import create_engine

from configs.errors import DataError, StoreUnavailable
from features.tables import open_tables
from pipelines.evaluation.logged import Reward
from pipelines.evaluation.matured import Matured, matured, read
from serving.ledger import ledger_url, open_ledger
from serving.prices import InForce
from tests.pipelines.evaluation.decided import CUSTOMERS, DAYS, LEARNED, POLICY, Served
from tests.serving.fakes import arms, rules

END = datetime(2024, 1, 1, tzinfo=UTC)
EVERYBODY = rules(exploration={"epsilon": 0.5, "floor": 0.0})


def asked(served: Served, reward: Reward = "profit", *, after: datetime = LEARNED, now: datetime = END) -> Matured:
    offers = {offer.offer_id: offer for offer in served.catalogue.offers}
    session = served.session
    engine = open_ledger(ledger_url(session.workspace))
    return matured(engine, open_tables(session.workspace), session.dataset, offers, reward, after=after, now=now)


def test_decisions_of_the_policy_come_with_what_came_of_them(served: Served) -> None:
    found = asked(served)
    held = CUSTOMERS * len(DAYS) - len(found.rows)
    assert found.notes == (f"{held} rows left out: customers of the holdout",)
    assert 0 < held < 0.25 * CUSTOMERS * len(DAYS)
    assert found.rows.decided_at.is_monotonic_increasing
    assert set(found.rows.accepted) == {0.0, 1.0}
    assert set(found.rows.retention.dropna()) == {0.0, 1.0}
    assert found.rows.margin.min() >= 0 < found.rows.margin.max()


def test_outcomes_are_those_of_the_records(served: Served) -> None:
    rows = asked(served).rows
    sales = pd.read_parquet(served.session.workspace.tables / "transactions" / "records.parquet")
    for row in rows.iloc[::37].itertuples():
        own = sales[(sales.customer_id == row.customer_id)]
        instants = pd.to_datetime(own.occurred_at, utc=True)
        inside = own[(instants > row.decided_at) & (instants <= row.decided_at + timedelta(days=28))]
        assert row.retention == float(len(inside) > 0)
        assert row.margin == pytest.approx(0.3 * inside.amount.sum())


@pytest.mark.parametrize(
    ("reward", "now", "rounds"),
    [
        ("retention", DAYS[2] + timedelta(days=29), 3),
        ("retention", DAYS[2] + timedelta(days=27), 2),
        ("margin", DAYS[0] + timedelta(days=29), 1),
        ("acceptance", DAYS[2] + timedelta(days=15), 3),  # the answer comes within 14 days
        ("acceptance", DAYS[2] + timedelta(days=13), 2),
        ("profit", DAYS[2] + timedelta(days=15), 2),  # needs both
    ],
)
def test_a_decision_counts_once_its_window_has_closed(
    served: Served, reward: Reward, now: datetime, rounds: int
) -> None:
    found = asked(served, reward, now=now)
    whole = found.rows[found.rows.offer_id.notna()]
    assert whole.decided_at.dt.date.nunique() == rounds
    open_ones = [note for note in found.notes if "not known yet" in note]
    made = 1 + sum(day <= now for day in DAYS[1:])
    assert bool(open_ones) is (rounds < made)


def test_only_decisions_after_the_models_learned_count(served: Served) -> None:
    found = asked(served, after=DAYS[1] + timedelta(days=1))
    assert found.rows.decided_at.min() >= DAYS[2]


def test_none_after_that_is_an_error(served: Served) -> None:
    with pytest.raises(DataError, match="the ledger holds no decision after 2023-12-01 00:00"):
        asked(served, after=datetime(2023, 12, 1, tzinfo=UTC))


def test_none_that_can_be_judged_is_an_error_with_the_reasons(served: Served) -> None:
    with pytest.raises(DataError, match=r"none of \d+ decisions can be judged") as error:
        asked(served, "retention", now=DAYS[0] + timedelta(days=9))
    assert any("what came of them is not known yet" in detail for detail in error.value.details)


def test_what_cannot_be_judged_is_left_out_and_counted(opened: Callable[[str], Served]) -> None:
    served, day = opened("odd"), DAYS[0]
    for number in range(4):
        served.decide(f"c{number:03}", day, EVERYBODY)
    served.decide("c004", day, EVERYBODY, item_count=2)
    served.decide("c005", day, rules(arms=arms(holdout=1.0)))
    away = served.runtime
    broken = replace(served, runtime=lambda at, policy: replace(away(at, policy), features=Away()))
    broken.decide("c006", day, EVERYBODY)
    unpriced = replace(
        served, runtime=lambda at, policy: replace(away(at, policy), prices=lambda: InForce(missing=True))
    )
    unpriced.decide("c007", day, EVERYBODY)  # every model answered: it can be judged
    found = asked(served, "retention")
    assert sorted(found.rows.customer_id) == ["c000", "c001", "c002", "c003", "c007"]
    assert found.notes == (
        "1 rows left out: customers of the holdout",
        "1 rows left out: a part was away",
        "1 rows left out: more than one offer was asked for",
    )


class Away:
    def read(self, *_: object) -> list[object]:
        raise StoreUnavailable("the online store does not answer")


def test_a_label_known_once_cannot_follow_a_decision(served: Served) -> None:
    once = served.session.dataset.churn.model_copy(update={"kind": "label"})
    dataset = served.session.dataset.model_copy(update={"churn": once})
    with pytest.raises(DataError, match="evaluate on the log"):
        asked(replace(served, session=replace(served.session, dataset=dataset)))


def test_a_ledger_that_does_not_answer(tmp_path: object) -> None:
    with pytest.raises(StoreUnavailable, match="does not answer"):
        read(create_engine(f"sqlite:///{tmp_path}/none.db"), after=LEARNED, until=END)


def test_the_policy_in_force_is_no_part_of_the_rows(served: Served) -> None:
    assert POLICY.version == "logged"
    assert "policy_version" not in asked(served).rows
