"""A campaign's decision is found by its number, in whichever group of rows it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from configs.errors import NotFound, StoreUnavailable
from serving.archive import Archive
from serving.campaigns import SCHEMA, decision_id, read_row
from serving.database import open_ledger
from tests.serving import campaign_rows


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}"))


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_row_is_found_in_its_group(archive: Archive, tmp_path: Path, number: int) -> None:
    campaign_rows.keep(archive, tmp_path)
    found = read_row(tmp_path, archive, f"autumn-1-{number}")
    assert found == campaign_rows.row(number)
    assert (list(found), found["decision_id"]) == (SCHEMA.names, decision_id("autumn-1", number))


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("autumn-1-3", "no decision 'autumn-1-3'; campaign autumn-1 made 3"),
        ("autumn-1-9999999999", "campaign autumn-1 made 3"),
        ("autumn-1", "no decision 'autumn-1'"),  # decision 1 of a campaign autumn
        ("autumn-1-", "no decision"),
        ("-0", "no decision '-0'"),
        ("d1", "no decision 'd1'"),
        ("", "no decision ''"),
        ("autumn-1-00", "no decision"),  # an outcome of it would join no row
        ("autumn-1-\u0661", "no decision"),  # a digit, and no row of ours
        ("autumn-1-1\n", "no decision"),
        ("autumn-1-" + "9" * 5000, "no decision"),
    ],
)
def test_an_id_beyond_the_rows_or_of_another_shape_is_not_found(
    archive: Archive, tmp_path: Path, asked: str, message: str
) -> None:
    campaign_rows.keep(archive, tmp_path)
    with pytest.raises(NotFound, match=message):
        read_row(tmp_path, archive, asked)


def test_a_file_that_cannot_be_read_is_no_missing_decision(archive: Archive, tmp_path: Path) -> None:
    campaign_rows.keep(archive, tmp_path, rows=4)  # one more than were written
    with pytest.raises(StoreUnavailable, match="campaign autumn-1: its file lacks decision 'autumn-1-3'"):
        read_row(tmp_path, archive, "autumn-1-3")
    (tmp_path / "a.parquet").write_bytes(b"no Parquet")
    with pytest.raises(StoreUnavailable, match="campaign autumn-1 cannot be read: "):
        read_row(tmp_path, archive, "autumn-1-0")
    (tmp_path / "a.parquet").unlink()
    with pytest.raises(StoreUnavailable, match="campaign autumn-1 cannot be read: "):
        read_row(tmp_path, archive, "autumn-1-0")
