from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from configs.dataset import Clock, Dataset
from configs.errors import DataError, WorkspaceError
from configs.loading import load
from features.ingest import RECORDS, ingest
from features.segmentation.boxes import SEGMENTATION
from tests.features.companies import NOW, Company, at, company, customer, sale

RECORDS_OF = {"customers": [customer("anna"), customer("ben")], "transactions": [sale("anna", 3), sale("ben", 2)]}


@pytest.fixture
def shop(tmp_path: Path) -> Company:
    return company(tmp_path, RECORDS_OF)


def _changed(made: Company, **changes: object) -> Dataset:
    return Dataset.model_validate(made.dataset.model_dump() | changes)


def _problems(made: Company, dataset: Dataset) -> list[str]:
    with pytest.raises(DataError) as caught:
        ingest(dataset, made.workspace, now=NOW)
    assert caught.value.exit_code == 2
    assert not made.workspace.root.exists()
    return list(caught.value.details)


TABLES = {"customers": "SELECT * FROM customers", "transactions": "SELECT * FROM transactions"}


@pytest.mark.parametrize(
    ("tables", "problems"),
    [
        (
            {"transactions": "SELECT customer_id, amount FROM transactions"},
            ["tables.transactions.occurred_at: required column is missing"],
        ),
        (
            {"transactions": "SELECT *, 1 AS weight, 2 AS colour FROM transactions"},
            [
                "tables.transactions.weight: neither a column of the contract nor a declared attribute",
                "tables.transactions.colour: neither a column of the contract nor a declared attribute",
            ],
        ),
        (
            {"customers": "SELECT *, 1 AS shoe_size FROM customers"},
            ["tables.customers.shoe_size: neither a column of the contract nor a declared attribute"],
        ),
        (
            {"transactions": "SELECT * FROM transactions WHERE amount = '99'"},
            ["tables.transactions: the SELECT returned no rows; leave the table out if there are none"],
        ),
        (
            {"customers": "SELECT * FROM customers WHERE false", "transactions": "SELECT 1 AS x, FROM transactions"},
            [
                "tables.customers: the SELECT returned no rows; leave the table out if there are none",
                "tables.transactions.customer_id: required column is missing",
                "tables.transactions.occurred_at: required column is missing",
                "tables.transactions.amount: required column is missing",
                "tables.transactions.x: neither a column of the contract nor a declared attribute",
            ],
        ),
    ],
)
def test_a_table_that_does_not_fit_is_refused_whole(shop: Company, tables: dict[str, str], problems: list[str]) -> None:
    assert _problems(shop, _changed(shop, tables=TABLES | tables)) == problems


def test_a_select_that_fails_says_why_and_only_that(shop: Company) -> None:
    tables = {"customers": "SELECT nothing FROM customers", "transactions": "SELECT * FROM transactions"}
    [problem] = _problems(shop, _changed(shop, tables=tables))
    assert problem.startswith("tables.customers: the SELECT fails: Binder Error")
    assert "nothing" in problem


def test_an_attribute_may_not_take_a_name_that_is_taken(shop: Company) -> None:
    attributes = {"customers": {"signed_up_at": {}, "reason": {}, "age": {}, "city": {}}}
    assert _problems(shop, _changed(shop, attributes=attributes)) == [
        "attributes.customers.signed_up_at: the name is taken; give the attribute another",
        "attributes.customers.reason: the name is taken; give the attribute another",
    ]


def test_every_row_read_is_accounted_for(shop: Company) -> None:
    rows = [sale("anna", 3), sale("anna", 3), sale("zoe", 1), sale("ben", -1), sale("ben", 2)]
    shop.write({"transactions": rows})
    found = shop.ingest()["transactions"]
    assert (found.read, found.kept, found.quarantined, found.duplicates) == (5, 2, 2, 1)
    assert found.reasons == {"customer_id: orphan, not in customers": 1, "occurred_at: in the future": 1}
    assert (found.first, found.last) == ("2020-05-29T00:00:00Z", "2020-05-30T00:00:00Z")
    written = json.loads(shop.workspace.ingested.read_text())["tables"]["transactions"]
    assert (written["read"], written["reasons"]) == (5, found.reasons)


def test_shares_of_nulls_are_told(shop: Company) -> None:
    shop.write(
        {"customers": [customer("anna", city=None), customer("ben"), customer("cleo", age=None), customer("dan")]}
    )
    assert shop.ingest()["customers"].nulls == {"age": 0.25, "city": 0.25}


def test_late_rows_are_those_older_than_what_was_known(shop: Company) -> None:
    assert shop.ingest()["transactions"].late == 0
    shop.write({"transactions": [sale("anna", 3), sale("ben", 2), sale("anna", 9), sale("ben", 2.5), sale("ben", 1)]})
    assert shop.ingest()["transactions"].late == 2
    assert shop.ingest()["transactions"].late == 0


def test_a_new_attribute_makes_no_row_late(shop: Company) -> None:
    narrow = _changed(
        shop, attributes={}, tables=TABLES | {"customers": "SELECT customer_id, signed_up_at FROM customers"}
    )
    ingest(narrow, shop.workspace, now=NOW)
    assert shop.ingest()["customers"].late == 0


def test_records_are_sorted_by_customer_and_instant(shop: Company) -> None:
    shop.write({"transactions": [sale("ben", 1), sale("anna", 1), sale("ben", 9), sale("anna", 5)]})
    shop.ingest()
    rows = pq.read_table(shop.workspace.tables / "transactions" / RECORDS).to_pylist()
    assert [(row["customer_id"], row["occurred_at"].isoformat()) for row in rows] == [
        ("anna", at(5)),
        ("anna", at(1)),
        ("ben", at(9)),
        ("ben", at(1)),
    ]


def test_a_table_no_longer_mapped_is_forgotten(shop: Company) -> None:
    shop.ingest()
    tables = {
        "customers": TABLES["customers"],
        "interactions": "SELECT customer_id, occurred_at, 'web' AS channel, 'visit' AS kind FROM transactions",
    }
    ingest(_changed(shop, tables=tables), shop.workspace, now=NOW)
    assert set(shop.open().tables) == {"customers", "interactions", SEGMENTATION}
    assert not (shop.workspace.quarantine / "transactions.parquet").exists()


def test_the_mapping_is_kept_with_the_records_and_a_data_clock_is_set_by_them(shop: Company) -> None:
    shop.ingest()
    assert load(shop.workspace.dataset, Dataset) == shop.dataset
    ingest(_changed(shop, clock=Clock(kind="data")), shop.workspace, now=NOW)
    kept = load(shop.workspace.dataset, Dataset)
    assert kept.clock.at == NOW - timedelta(days=2) + timedelta(seconds=1)


def test_a_workspace_of_another_dataset_or_version_is_left_alone(shop: Company) -> None:
    shop.ingest()
    with pytest.raises(WorkspaceError, match="holds dataset 'company', not 'other'"):
        ingest(_changed(shop, name="other"), shop.workspace, now=NOW)
    shop.workspace.marker.write_text('{"version": 0, "dataset": "company"}')
    with pytest.raises(WorkspaceError, match="version 0, this Tenure needs 1"):
        shop.ingest()


def test_bad_records_later_leave_the_good_ones_in_place(shop: Company) -> None:
    shop.ingest()
    before = _contents(shop.workspace.root)
    shop.write({"transactions": []})
    with pytest.raises(DataError):
        shop.ingest()
    assert _contents(shop.workspace.root) == before


FULL_DISK = """
import resource, signal, sys
from datetime import datetime
from pathlib import Path
from configs.dataset import Dataset
from configs.errors import TenureError
from configs.loading import load
from configs.workspace import Workspace
from features.ingest import ingest
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
dataset = load(Path(sys.argv[1]), Dataset)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    ingest(dataset, Workspace(Path(sys.argv[2])), now=datetime.fromisoformat(sys.argv[3]))
except TenureError as error:
    sys.exit(f"{error.exit_code} {error}")
"""


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="needs a limit on the size of files")
def test_a_full_disk_replaces_nothing(shop: Company, tmp_path: Path) -> None:
    shop.ingest()
    before = _contents(shop.workspace.root)
    shop.write(
        {
            "transactions": [sale("anna", days / 7, days * 1.37) for days in range(1, 9000)],
            "customers": [customer("anna", 4000)],
        }
    )
    script = [sys.executable, "-c", FULL_DISK, str(shop.workspace.dataset), str(shop.workspace.root), NOW.isoformat()]
    run = subprocess.run(script, capture_output=True, text=True, cwd=Path(__file__).parents[2], env=os.environ)
    assert run.returncode == 1
    assert run.stderr.startswith("3 ")
    assert "transactions/records.parquet cannot be written" in run.stderr
    assert _contents(shop.workspace.root) == before


def _contents(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_progress_names_what_is_done(shop: Company) -> None:
    said: list[str] = []
    ingest(shop.dataset, shop.workspace, now=datetime.fromisoformat(at(0)), progress=said.append)
    assert said == ["checking customers", "checking transactions", "writing customers", "writing transactions"]
