"""What changed is called by its name: other customers, customers who leave for other reasons, or a broken source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from configs.workspace import Workspace
from monitoring.data.feeds import BEFORE, faults
from monitoring.run import MonitorReport, Sources, monitor

ROWS = 1_000
Frame = Callable[[pd.DataFrame], pd.DataFrame]
STOPPED = faults(
    "transactions", "", "", {"silent": np.append(0.0, np.full(BEFORE, 90.0))}, ("purchases", "recency")
)  # fmt: skip


def acting(report: MonitorReport) -> set[str]:
    """The pages on which something needs action."""
    return {one.page.partition("#")[0] for one in report.verdict.findings if one.level == "act"}


@pytest.mark.parametrize(
    ("shift", "gone", "feeds", "change", "pages", "drifted"),
    [
        (0.0, 0.0, (), lambda f: f, set(), set()),
        (0.6, 0.0, (), lambda f: f, {"drift"}, {"p_churn", "purchases__days_since_last"}),
        (0.0, 0.1, (), lambda f: f, {"predictions"}, set()),
        (0.0, 0.0, (), lambda f: f.assign(subscription__plan="family"), {"data"}, set()),
        (0.0, 0.0, (), lambda f: f.assign(purchases__spend_8w=np.nan), {"data"}, set()),
        (0.6, 0.0, STOPPED, lambda f: f, {"data"}, {"p_churn"}),
    ],
    ids=["nothing", "other customers", "other reasons", "frozen", "emptied", "a source stopped"],
)
def test_every_change_is_called_by_its_name(
    world,
    ledger,
    settings,
    tmp_path: Path,
    shift: float,
    gone: float,
    feeds,
    change: Frame,
    pages: set[str],
    drifted: set[str],
) -> None:
    now, then = change(world.customers(ROWS, 2, shift=shift)), world.customers(ROWS, 4)
    world.serve(ledger, now)
    for window in range(3, 6):  # those of the last are known, and some of its customers left for no reason of theirs
        world.serve(ledger, then, days_ago=28.0 * window, prefix=f"w{window}-")
    left = {f"w{window}-{at}": p for window in range(3, 6) for at, p in enumerate(then.p_churn)}
    truth = {who: p + (1 - p) * gone * who.startswith("w3") for who, p in left.items()}
    reference = tmp_path / "reference.parquet"
    world.customers(1500, 1).to_parquet(reference)
    asked = Sources(ledger, reference, world.labels(_known(truth)), world.measure, feeds=lambda: feeds)
    report = monitor(Workspace(tmp_path), asked, settings, title="shop", now=world.now)
    assert acting(report) == pages
    assert {column.name for column in report.facts.drift.drifted} == drifted


def _known(truth: Mapping[str, float]) -> dict[str, float]:
    return dict(truth) | {f"c{at}": 0.0 for at in range(ROWS)}
