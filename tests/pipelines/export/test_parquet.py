"""All there is of a decision, as pyarrow reads it back."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from pipelines.export import parquet, tables
from pipelines.export.logged import Logged
from tests.pipelines.export.by_hand import ACTIONS, AT, DECISION, changed


def test_a_row_holds_all(tmp_path: Path) -> None:
    assert parquet.write([DECISION], tmp_path / "d.parquet") == 1
    table = pq.read_table(tmp_path / "d.parquet")
    assert table.schema.equals(parquet.SCHEMA)
    [row] = table.to_pylist()
    candidates = row.pop("candidates")
    assert row == {
        "decision_id": "d1",
        "customer_id": "c1",
        "decided_at": AT,
        "arm": "policy",
        "policy_version": "p1",
        "prices_version": None,
        "models": [("tenure-response", "1")],
        "p_churn": 0.3,
        "value_at_stake": 120.0,
        "offer_id": "voucher",
        "channel": "sms",
        "selection_probability": 0.3,
        "reward": 1.0,
        "filtered": [{"offer_id": "old", "channel": None, "stage": "validity", "reason": "over"}],
        "outcomes": [{"offer_id": "voucher", "kind": "accepted", "value": 30.0, "occurred_at": AT}],
        "features_hash": "f1",
        "features": [("age", 31.0), ("income", None)],
        "features_text": [("plan", "gold")],
        "context": [("cart", 12.5), ("mobile", 1.0)],
        "context_text": [("_page", "home")],
        "degraded": [],
    }
    assert [(one["offer_id"], one["kind"], one["slot"]) for one in candidates] == [
        ("gift", "present", None),
        ("voucher", "discount", 1),
        (None, None, None),
    ]
    for name in (*parquet.TEXTS, *parquet.NUMBERS):
        assert [one[name] for one in candidates] == ACTIONS[name]
    assert [one["affinities"] for one in candidates] == [[], [("affinity", 2.0)], []]
    assert candidates[1]["affinities_text"] == [("habit", "often")]


def test_every_decision_of_a_ledger_has_its_row(decisions: list[Logged], tmp_path: Path) -> None:
    parquet.write(decisions, tmp_path / "d.parquet")
    for row, one in zip(pq.read_table(tmp_path / "d.parquet").to_pylist(), decisions, strict=True):
        assert (row["decision_id"], row["decided_at"], row["reward"]) == (one.decision_id, one.decided_at, one.reward)
        assert [c["selection_probability"] for c in row["candidates"]] == one.actions["selection_probability"]
        assert [c["net_value"] for c in row["candidates"]] == one.actions["net_value"]
        assert len(row["filtered"]) == len(one.filtered)


def test_more_than_is_held_at_once_is_written_piece_by_piece(tmp_path: Path) -> None:
    count = tables.AT_ONCE + 1
    assert parquet.write((changed(f"d{at}") for at in range(count)), tmp_path / "d.parquet") == count
    file = pq.ParquetFile(tmp_path / "d.parquet")
    assert [file.metadata.row_group(at).num_rows for at in range(file.num_row_groups)] == [tables.AT_ONCE, 1]
    assert file.read(["decision_id"]).column(0).to_pylist() == [f"d{at}" for at in range(count)]


def test_a_decision_without_probability_is_taken_as_it_is(tmp_path: Path) -> None:
    parquet.write([changed("d1", selection_probability=[1.0, 0.0, 0.0])], tmp_path / "d.parquet")
    assert pq.read_table(tmp_path / "d.parquet").column("selection_probability").to_pylist() == [0.0]
