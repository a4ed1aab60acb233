from __future__ import annotations

from pathlib import Path

import pytest

from configs.errors import DataError, WorkspaceError
from configs.workspace import Workspace
from features.compute import compute
from features.everybody import everybody
from features.segmentation.boxes import SEGMENTATION
from features.tables import OPENED, RECORDS, open_tables
from tests.features.companies import NOW, company, customer, sale


def test_instants_are_whole_seconds_and_the_records_opening_is_known(tmp_path: Path) -> None:
    records = {
        "customers": [customer("a")],
        "transactions": [sale("a", 3, occurred_at="2020-05-01T00:00:00.9Z"), sale("a", 2)],
    }
    made = company(tmp_path, records)
    made.ingest()
    opened = made.open()
    assert set(opened.tables) == {"customers", "transactions", OPENED, SEGMENTATION}
    first = opened.tables["transactions"].occurred_at.min().execute()
    assert first == opened.tables[OPENED].opened_at.execute()[0] == 1_588_291_200.0


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ("2020-05-01T02:00:00.999999+02:00", 1_588_291_200),
        ("2020-05-01T00:00:01Z", 1_588_291_201),
        ("1969-12-31T23:59:58.5Z", -2),  # downwards, before 1970 too
        ("2019-10-27T02:30:00+01:00", 1_572_139_800),  # in the hour that Vienna has twice
    ],
)
def test_instants_are_those_of_the_records_whatever_their_zone(tmp_path: Path, given: str, seconds: int) -> None:
    made = company(tmp_path, {"customers": [customer("a")], "transactions": [sale("a", 2, occurred_at=given)]})
    made.ingest()
    assert made.open().tables["transactions"].occurred_at.execute().tolist() == [seconds]


def test_nothing_ingested_and_nothing_computed_say_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="nothing ingested yet; run `tenure ingest DATASET`"):
        open_tables(Workspace(tmp_path / "empty"))
    made = company(tmp_path, {"customers": [customer("a")], "transactions": [sale("a", 3)]})
    made.ingest()
    with pytest.raises(
        DataError, match=r"no snapshot of 2020-06-01T00:00:00Z in profile, purchases, segments; run `tenure features`"
    ):
        next(everybody(made.workspace, made.dataset, NOW))


def test_a_damaged_file_is_named_with_what_mends_it(tmp_path: Path) -> None:
    made = company(tmp_path, {"customers": [customer("a")], "transactions": [sale("a", 3)]})
    made.ingest()
    compute(made.workspace, made.dataset, [NOW])
    snapshot, records = (
        next(folder.rglob(name))
        for folder, name in ((made.workspace.features / "purchases", "*.parquet"), (made.workspace.tables, RECORDS))
    )
    for path in (snapshot, records):
        path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(
        DataError, match=rf"is damaged: .*{snapshot.name}.*; remove that file and run `tenure features`"
    ):
        next(everybody(made.workspace, made.dataset, NOW))
    with pytest.raises(DataError, match=rf"{RECORDS} is damaged: .*; `tenure ingest` again"):
        made.open()
