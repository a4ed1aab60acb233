"""The list as a file: for its owner alone, safe in a spreadsheet, never half of one."""

from __future__ import annotations

import csv
import os
import stat
from pathlib import Path

import pytest

from configs.errors import StoreUnavailable
from configs.monitoring import Monitoring
from monitoring.warning.listing import COLUMNS, remove_list, write_list
from monitoring.warning.rises import Listed, examine
from monitoring.warning.watch import Advice, Reason, Told
from tests.monitoring.warning.watching import Watching, scored


def listed(rises=(0.25,), at_stake=(80.0,), prefix: str = "c", **saying: Told) -> tuple[Listed, ...]:
    return examine(Watching(scored(rises, at_stake, prefix=prefix), saying), Monitoring())[1]


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "early-warning.csv"
    write_list(path, listed())
    assert path.read_bytes().decode().splitlines() == [
        ",".join(COLUMNS),
        "c0,0.1,0.35,0.25,80.0,20.0,Has not bought for 34 days,,,voucher,email,voucher by email,policy,"
        "2024-01-01T00:00:00+00:00,2024-01-29T00:00:00+00:00",
    ]


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_only_the_owner_may_read_it_whatever_the_umask_and_the_file_before(tmp_path: Path, umask: int) -> None:
    path = tmp_path / "early-warning.csv"
    path.write_text("of an earlier run")
    path.chmod(0o644)
    before = os.umask(umask)
    try:
        write_list(path, listed())
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [child.name for child in tmp_path.iterdir()] == ["early-warning.csv"]


@pytest.mark.parametrize("start", ["=cmd|'/c calc'!A", "+1", "-1", "@sum", "\t=1"])
def test_a_spreadsheet_runs_nothing(tmp_path: Path, start: str) -> None:
    told = Told((Reason(f"{start} is said", "k"),), Advice("policy", start, "email"))
    write_list(tmp_path / "list.csv", listed(prefix=start, **{f"{start}0": told}))
    [row] = read(tmp_path / "list.csv")
    cells = row["customer_id"], row["reason_1"], row["suggested_offer"], row["suggestion"]
    assert cells == (f"'{start}0", f"'{start} is said", f"'{start}", f"'{start} by email")


def test_markup_quotes_and_lines_stay_what_they_are(tmp_path: Path) -> None:
    hostile = '<script>alert("x")</script>,\n'
    write_list(tmp_path / "list.csv", listed(prefix=hostile))
    assert read(tmp_path / "list.csv")[0]["customer_id"] == f"{hostile}0"


def test_without_a_value_the_cells_are_empty_and_nobody_is_a_header_alone(tmp_path: Path) -> None:
    write_list(tmp_path / "list.csv", listed(at_stake=None))
    [row] = read(tmp_path / "list.csv")
    assert (row["value_at_stake"], row["expected_loss"]) == ("", "")
    write_list(tmp_path / "list.csv", ())
    assert (tmp_path / "list.csv").read_text().splitlines() == [",".join(COLUMNS)]


def test_what_cannot_be_written_is_told_and_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "early-warning.csv"
    path.mkdir()
    with pytest.raises(StoreUnavailable, match=r"early-warning\.csv cannot be written: .*Is a directory"):
        write_list(path, listed())
    assert [child.name for child in tmp_path.iterdir()] == ["early-warning.csv"]
    with pytest.raises(StoreUnavailable, match=r"early-warning\.csv cannot be removed: Is a directory"):
        remove_list(path)


def test_a_list_that_nobody_renews_is_taken_away(tmp_path: Path) -> None:
    path = tmp_path / "early-warning.csv"
    write_list(path, listed())
    remove_list(path)
    remove_list(path)
    assert not path.exists()
