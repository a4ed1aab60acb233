from __future__ import annotations

import json
import traceback
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine, create_engine, insert, text, update

from configs.errors import DataError, StoreUnavailable
from features.ledger import BUDGET_USE, CAMPAIGNS, DECISIONS, DOCUMENTS, to_text
from features.vectors import FeatureVector
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
    assert inputs.read_answers(ledger, **EVER) == inputs.Answers({}, frozenset())


def test_outcomes_and_filters_are_those_of_the_windows_decisions(world, ledger) -> None:
    world.serve(ledger, world.customers(300), days=10)
    world.serve(ledger, world.customers(300), days=10, days_ago=50, prefix="old")
    window = {"after": world.now - timedelta(days=20), "until": world.now}
    decided = set(inputs.read_decisions(ledger, **window)["decision_id"])
    outcomes = inputs.read_outcomes(ledger, **window)
    assert set(outcomes["decision_id"]) <= decided
    assert 0 < len(outcomes) < len(inputs.read_outcomes(ledger, **EVER))
    assert inputs.read_answers(ledger, **window).filtered == {"consent": 600, "contact_cap": 300}


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


def test_what_each_decision_saw_is_read_in_order(world, ledger) -> None:
    world.serve(ledger, pd.DataFrame({"x": [3.0, 4.0]}), days=2)
    seen = {"values": {"x": 1.5}, "by_kind": {"gift": {"affinity__x": None}}}
    with ledger.begin() as connection:
        connection.execute(
            update(DECISIONS)
            .where(DECISIONS.c.customer_id == "c0")
            .values(features=json.dumps(seen), trace=json.dumps({"stale": ["loyalty"], "known": False}))
        )
    decisions = inputs.read_decisions(ledger, **EVER)
    first, last = inputs.read_vectors(ledger, decisions)
    assert (first.customer_id, first.values, first.stale, first.known, first.by_kind) == (
        "c1",
        {"x": 4.0},
        (),
        True,
        {},
    )
    assert last == FeatureVector("c0", world.now, {"x": 1.5}, ("loyalty",), False, {"gift": {"affinity__x": None}})
    assert inputs.read_vectors(ledger, decisions.head(0)) == []


def test_the_best_is_read_where_candidates_are_kept(world, ledger) -> None:
    world.serve(ledger, pd.DataFrame({"x": [3.0, 4.0, 5.0]}))
    ids = inputs.read_decisions(ledger, **EVER)["decision_id"].tolist()
    kept = [
        {"offer_id": [None, "A"], "channel": [None, "email"], "selection_probability": [0.9, 0.1]},
        {"offer_id": ["A", None], "channel": ["sms", None], "selection_probability": [1, 0]},
    ]
    with ledger.begin() as connection:
        for decision_id, actions in zip(ids, kept, strict=False):
            features = json.dumps({"values": {}, "by_kind": {}, "actions": actions})
            connection.execute(
                update(DECISIONS).where(DECISIONS.c.decision_id == decision_id).values(features=features)
            )
    assert inputs.read_best(ledger, ids) == {
        ids[0]: inputs.Best(None, None, 0.9),
        ids[1]: inputs.Best("A", "sms", 1.0),
    }


def test_fallbacks_are_told_by_decision(world, ledger) -> None:
    world.serve(ledger, pd.DataFrame({"x": [3.0, 4.0, 5.0]}))
    ids = inputs.read_decisions(ledger, **EVER)["decision_id"].tolist()
    with ledger.begin() as connection:
        for decision_id, fallback in zip(ids, ("true", "false"), strict=False):
            made = update(DECISIONS).where(DECISIONS.c.decision_id == decision_id)
            connection.execute(made.values(response=f'{{"filtered": [{{"stage": "rest"}}], "fallback": {fallback}}}'))
    assert inputs.read_answers(ledger, **EVER).fallbacks == {ids[0]}


def campaign(at: datetime, policy: str, rows: int = 7) -> dict[str, object]:
    made = {"campaign_id": policy, "policy_version": "1", "prices_version": "", "models": "[]", "path": "x"}
    return {**made, "decided_at": to_text(at), "policy_hash": policy, "catalogue_hash": "k", "rows": rows}


def test_rules_of_decisions_and_campaigns_come_last_first(world, ledger) -> None:
    world.serve(ledger, pd.DataFrame({"x": [3.0, 4.0]}), days_ago=1)  # under policy p and catalogue c
    days = [world.now - timedelta(days=days) for days in (0, 3, 40)]
    with ledger.begin() as connection:
        rows = [campaign(at, policy) for at, policy in zip(days, ("new", "old", "ancient"), strict=True)]
        connection.execute(insert(CAMPAIGNS), rows)
        texts = [{"hash": found, "kind": "policy", "text": f"text of {found}"} for found in ("p", "old", "k")]
        connection.execute(insert(DOCUMENTS), texts)
    assert inputs.read_rules(ledger, after=world.now - timedelta(days=20), until=world.now) == [
        ("{}", "text of k"), ("text of p", "{}"), ("text of old", "text of k"),
    ]  # fmt: skip


def test_what_is_dated_later_is_counted_campaigns_too(world, ledger) -> None:
    world.serve(ledger, pd.DataFrame({"x": [3.0, 4.0, 5.0]}), days=3)
    with ledger.begin() as connection:
        connection.execute(insert(CAMPAIGNS), [campaign(world.now, "new", rows=70)])
    counts = [inputs.count_later(ledger, than=world.now - timedelta(days=days)) for days in (0, 0.5, 1.5, 9)]
    assert counts == [0, 71, 72, 73]


def test_budget_use_is_read_by_period(world, ledger) -> None:
    with ledger.begin() as connection:
        connection.execute(insert(BUDGET_USE), [{"budget": "calls", "period": to_text(world.now), "used": 3}])
    assert inputs.read_budget_use(ledger) == [("calls", world.now, 3)]


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
    inputs.read_answers(ledger, **EVER)
    inputs.read_served(ledger, decisions, most=9, rng=np.random.default_rng(0))
    inputs.read_vectors(ledger, decisions)
    inputs.read_best(ledger, decisions["decision_id"].tolist())


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
        ("features", '{"values": {}, "by_kind": "secret"}'),
        ("features", '{"values": {}, "by_kind": {}, "actions": {"offer_id": ["secret"]}}'),
        ("trace", "secret"),
        ("trace", '["secret"]'),
        ("trace", '{"stale": 3}'),
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
