from __future__ import annotations

import json
import traceback
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine, create_engine, text, update

from configs.errors import DataError, StoreUnavailable
from features.ledger import DECISIONS
from monitoring import inputs

EVER = {"after": datetime(1900, 1, 1, tzinfo=UTC), "until": datetime(2100, 1, 1, tzinfo=UTC)}


def test_the_window_is_open_at_its_start_and_closed_at_its_end(world, ledger) -> None:
    """A data clock stands still, so that every decision is made at exactly the instant of the report."""
    world.serve(ledger, world.customers(4), days=4)  # at now, 1, 2 and 3 days before
    after = world.now - timedelta(days=2)
    found = inputs.read_decisions(ledger, after=after, until=world.now)
    assert found["customer_id"].tolist() == ["c1", "c0"]
    assert found["decided_at"].iloc[-1] == world.now


def test_decisions_are_typed_even_when_there_are_none(ledger) -> None:
    found = inputs.read_decisions(ledger, **EVER)
    assert (len(found), str(found["decided_at"].dtype), found["p_churn"].dtype) == (
        0,
        "datetime64[ns, UTC]",
        np.float64,
    )
    assert inputs.read_outcomes(ledger, **EVER).columns.tolist() == ["decision_id", "kind", "value"]
    assert inputs.count_filtered(ledger, **EVER) == {}


def test_outcomes_and_filters_are_those_of_the_windows_decisions(world, ledger) -> None:
    world.serve(ledger, world.customers(300), days=10)
    world.serve(ledger, world.customers(300), days=10, days_ago=50, prefix="old")
    window = {"after": world.now - timedelta(days=20), "until": world.now}
    decided = set(inputs.read_decisions(ledger, **window)["decision_id"])
    outcomes = inputs.read_outcomes(ledger, **window)
    assert set(outcomes["decision_id"]) <= decided
    assert 0 < len(outcomes) < len(inputs.read_outcomes(ledger, **EVER))
    assert inputs.count_filtered(ledger, **window) == {"consent": 600, "contact_cap": 300}


def served(ledger, most: int = 100) -> tuple[pd.DataFrame, int]:
    decisions = inputs.read_decisions(ledger, **EVER)
    return inputs.read_served(ledger, decisions, most=most, rng=np.random.default_rng(0))


def test_each_customer_is_served_once_with_the_latest_vector(world, ledger) -> None:
    world.serve(ledger, pd.DataFrame({"x": [3.0, 4.0], "p_churn": [0.3, 0.4]}), days_ago=5)
    world.serve(ledger, pd.DataFrame({"x": [1.0], "p_churn": [0.1]}))
    frame, empty = served(ledger)
    assert sorted(frame[["x", "p_churn"]].to_numpy().tolist()) == [[1.0, 0.1], [4.0, 0.4]]
    assert empty == 0


def test_empty_vectors_are_counted_and_left_out(world, ledger) -> None:
    world.serve(ledger, pd.DataFrame({"x": [1.0, None, None], "k": ["a", None, "b"], "p_churn": [0.1, 0.2, None]}))
    frame, empty = served(ledger)
    assert (empty, sorted(frame["k"])) == (1, ["a", "b"])


def test_no_more_are_read_than_asked_for(world, ledger) -> None:
    world.serve(ledger, world.customers(1200))
    assert [len(served(ledger, most)[0]) for most in (1, 501, 5000)] == [1, 501, 1200]


def test_an_empty_window_serves_an_empty_frame(ledger) -> None:
    frame, empty = served(ledger)
    assert (frame.empty, empty) == (True, 0)


def test_one_row_per_customer_where_customers_are_known() -> None:
    frame = pd.DataFrame({"customer_id": ["a", "a", "a", "b"], "x": [1, 2, 3, 4]})
    rng = np.random.default_rng(0)
    drawn = [inputs.one_per_customer(frame, 10, rng) for _ in range(50)]
    assert {tuple(sorted(d["customer_id"])) for d in drawn} == {("a", "b")}
    assert {int(d.loc[d["customer_id"] == "a", "x"].iloc[0]) for d in drawn} == {1, 2, 3}  # any of them, not the first
    assert len(inputs.one_per_customer(frame.drop(columns="customer_id"), 3, rng)) == 3


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no reference frame; `tenure train` writes it"),
        (b"not parquet", "not readable as Parquet"),
        (b"", "not readable as Parquet"),
        (pd.DataFrame({"x": [1.0]}).head(0), "has no rows"),
    ],
)
def test_a_reference_that_cannot_be_used_says_why(tmp_path: Path, content: object, message: str) -> None:
    path = tmp_path / "reference.parquet"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif isinstance(content, pd.DataFrame):
        content.to_parquet(path)
    with pytest.raises(DataError, match=message):
        inputs.read_reference(path)


def test_kinds_come_from_the_offers_table(tmp_path: Path) -> None:
    path = tmp_path / "records.parquet"
    assert inputs.read_kinds(path) == {}
    pd.DataFrame({"offer_id": [1, 2], "kind": ["a", None], "cost": [0.0, 1.0]}).to_parquet(path)
    assert inputs.read_kinds(path) == {"1": "a", "2": "unknown"}


def test_a_ledger_that_does_not_answer_is_named_without_its_password(tmp_path: Path) -> None:
    gone = create_engine(f"sqlite:///{tmp_path / 'nowhere' / 'ledger.db'}")
    with pytest.raises(StoreUnavailable, match=r"the ledger at sqlite:///.*ledger.db does not answer"):
        inputs.read_decisions(gone, **EVER)


def test_a_query_that_fails_is_told_without_its_values(world, ledger) -> None:
    world.serve(ledger, pd.DataFrame({"x": [1.0], "p_churn": [0.1]}))
    decisions = inputs.read_decisions(ledger, **EVER)
    with ledger.begin() as connection:
        connection.execute(text("DROP TABLE decisions"))
    with pytest.raises(StoreUnavailable, match=r"does not answer: no such table: decisions$") as raised:
        inputs.read_served(ledger, decisions, most=9, rng=np.random.default_rng(0))
    assert "d-c0" not in "".join(traceback.format_exception(raised.value))


def read_all(ledger: Engine, decisions: pd.DataFrame) -> None:
    inputs.read_decisions(ledger, **EVER)
    inputs.count_filtered(ledger, **EVER)
    inputs.read_served(ledger, decisions, most=9, rng=np.random.default_rng(0))


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("decided_at", "2017-secret"),
        ("p_churn", "secret"),
        ("selection_probability", "secret"),
        ("degraded", '["secret'),
        ("degraded", "null"),
        ("features", "secret"),
        ("features", '{"secret": 1}'),
        ("features", '{"values": "secret"}'),
        ("response", "secret"),
        ("response", '["secret"]'),
        ("response", '{"filtered": ["secret"]}'),
    ],
)
def test_a_value_that_cannot_be_read_is_named_and_not_shown(world, ledger, column: str, cell: str) -> None:
    world.serve(ledger, pd.DataFrame({"x": [1.0, 2.0], "p_churn": [0.1, 0.2]}))
    decisions = inputs.read_decisions(ledger, **EVER)
    broken = decisions["decision_id"].iloc[-1]
    with ledger.begin() as connection:
        connection.execute(
            update(DECISIONS).where(DECISIONS.c.decision_id == broken).values({column: text(f"'{cell}'")})
        )
    with pytest.raises(DataError) as raised:
        read_all(ledger, decisions)
    assert str(raised.value) == f"the ledger: {column} of decision {broken} is not what Tenure writes there"
    assert "secret" not in "".join(traceback.format_exception(raised.value))


def test_json_numbers_and_texts_survive_the_ledger(world, ledger) -> None:
    world.serve(ledger, pd.DataFrame({"x": [1.5], "k": ["<b>&\u00e9"], "p_churn": [0.25]}))
    frame, _ = served(ledger)
    assert frame.to_dict("records") == [
        {"x": 1.5, "k": "<b>&\u00e9", "p_churn": 0.25, "decision_id": "d-c0-20171106093000"}
    ]
    assert json.loads(json.dumps(frame["x"].tolist())) == [1.5]
