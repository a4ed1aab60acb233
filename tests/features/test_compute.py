from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from configs.dataset import Attribute, Dataset
from features.catalogue import views
from features.compute import compute, file_name, folder
from features.events import fold
from tests.features.companies import NOW, Company, at, company, customer, sale

WEEKS = tuple(NOW - timedelta(days=7 * back) for back in range(3, -1, -1))


@pytest.fixture
def shop(tmp_path: Path) -> Company:
    made = company(
        tmp_path, {"customers": [customer("a"), customer("b", 10)], "transactions": [sale("a", 3), sale("a", 12)]}
    )
    made.ingest()
    return made


def _done(made: Company, instants: Sequence[datetime] = WEEKS) -> dict[str, tuple[int, int]]:
    return {done.view: (done.computed, done.kept) for done in compute(made.workspace, made.dataset, instants)}


def _snapshot(made: Company, view: str, back: int = 0) -> list[dict[str, object]]:
    return pq.read_table(made.workspace.features / view / file_name(WEEKS[-1 - back])).to_pylist()


def test_a_snapshot_holds_what_was_known_at_its_instant(shop: Company) -> None:
    assert _done(shop) == {"profile": (4, 0), "purchases": (4, 0), "segments": (4, 0)}
    assert [len(_snapshot(shop, "profile", back)) for back in range(4)] == [2, 2, 1, 1]
    assert [[row["count_28d"] for row in _snapshot(shop, "purchases", back)] for back in range(4)] == [
        [2.0],
        [1.0],
        [],
        [],
    ]
    assert {row["as_of"] for row in _snapshot(shop, "profile", 1)} == {WEEKS[2]}


def test_only_what_is_missing_is_computed(shop: Company) -> None:
    _done(shop, WEEKS[:2])
    kept = shop.workspace.features / "profile" / file_name(WEEKS[0])
    before = kept.stat().st_mtime_ns
    assert _done(shop) == {"profile": (2, 2), "purchases": (2, 2), "segments": (2, 2)}
    (shop.workspace.features / "purchases" / file_name(WEEKS[2])).unlink()
    assert _done(shop) == {"profile": (0, 4), "purchases": (1, 3), "segments": (0, 4)}
    assert kept.stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("records", "recomputed"),
    [
        ({"transactions": [sale("a", 3), sale("b", 2)]}, {"profile": 0, "purchases": 4, "segments": 4}),
        ({"customers": [customer("a", 50), customer("b", 10)]}, {"profile": 4, "purchases": 4, "segments": 4}),
        ({}, {"profile": 0, "purchases": 0, "segments": 0}),
    ],
)
def test_views_of_records_that_changed_are_computed_anew(
    shop: Company, records: dict[str, list[dict[str, object]]], recomputed: dict[str, int]
) -> None:
    _done(shop)
    shop.write(records)  # type: ignore[arg-type]
    shop.ingest()
    assert {view: computed for view, (computed, _) in _done(shop).items()} == recomputed


def test_events_folded_in_are_records_too(shop: Company) -> None:
    _done(shop)
    fold(shop.workspace, shop.dataset, {"transactions": [sale("b", 1)]}, NOW)
    assert _done(shop) == {"profile": (0, 4), "purchases": (4, 0), "segments": (4, 0)}
    assert [row["customer_id"] for row in _snapshot(shop, "purchases")] == ["a", "b"]


def test_a_view_whose_query_changed_is_computed_anew(shop: Company) -> None:
    _done(shop)
    fewer = Dataset.model_validate(
        shop.dataset.model_dump() | {"attributes": {"customers": {"age": Attribute(kind="number")}}}
    )
    done = {done.view: done.computed for done in compute(shop.workspace, fewer, WEEKS)}
    assert done == {"profile": 4, "purchases": 0, "segments": 0}


def test_progress_is_told_by_view(shop: Company) -> None:
    told: list[tuple[str, int, int]] = []
    compute(shop.workspace, shop.dataset, WEEKS[:2], progress=lambda *at: told.append(at))
    assert told == [
        ("profile", 0, 2), ("profile", 2, 2), ("purchases", 0, 2), ("purchases", 2, 2),
        ("segments", 0, 2), ("segments", 2, 2),
    ]  # fmt: skip


KILLED = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from configs.dataset import Dataset
from configs.loading import load
from configs.workspace import Workspace
from features.compute import compute
workspace = Workspace(Path(sys.argv[1]))
def progress(view, done, total):
    if view == "purchases":
        place = workspace.features / "purchases"
        place.mkdir(parents=True, exist_ok=True)
        (place / f".{sys.argv[3]}.{os.getpid()}.tmp").write_bytes(b"PAR1 half of a file")
        os.kill(os.getpid(), signal.SIGKILL)
instants = [datetime.fromisoformat(text) for text in sys.argv[2].split(",")]
compute(workspace, load(workspace.dataset, Dataset), instants, progress=progress)
"""


def test_a_killed_run_is_finished_by_the_next(shop: Company) -> None:
    root = str(shop.workspace.root)
    arguments = [root, ",".join(instant.isoformat() for instant in WEEKS), file_name(WEEKS[0])]
    run = subprocess.run([sys.executable, "-c", KILLED, *arguments], cwd=Path(__file__).parents[2], env=os.environ)
    assert run.returncode == -signal.SIGKILL
    assert _done(shop) == {"profile": (0, 4), "purchases": (4, 0), "segments": (4, 0)}
    assert [row["count_28d"] for row in _snapshot(shop, "purchases")] == [2.0]
    for view in views(shop.dataset):
        assert sorted(path.name for path in folder(shop.workspace, view).glob("*.parquet")) == [
            file_name(w) for w in WEEKS
        ]


def test_a_file_is_named_by_its_instant_in_utc() -> None:
    assert file_name(NOW) == "20200601T000000Z.parquet"
    assert at(0) == "2020-06-01T00:00:00+00:00"
