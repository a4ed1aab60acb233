"""Labels and batch scores as the monitoring report asks for them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from configs.errors import WorkspaceError
from configs.monitoring import Monitoring
from features.tables import open_tables
from pipelines import monitor
from pipelines.session import Session
from serving.batch import SCHEMA

NOW = datetime(2024, 1, 1, tzinfo=UTC)


def spine(*days_ago: int) -> pd.DataFrame:
    return pd.DataFrame(
        {"customer_id": ["c000"] * len(days_ago), "as_of": [NOW - timedelta(days=days) for days in days_ago]}
    )


def test_labels_are_known_once_their_window_has_closed(ingested: Session) -> None:
    found = monitor.label(ingested, open_tables(ingested.workspace), spine(200, 28, 27, 0))
    assert found.label.notna().tolist()[2:] == [False, False]
    assert (found.matures_at - found.as_of).unique().tolist() == [pd.Timedelta(days=28)]
    assert found.index.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("days_ago", [(), (0,), (27, 3)])
def test_where_nothing_has_matured_there_is_nothing_to_look_up(ingested: Session, days_ago: tuple[int, ...]) -> None:
    asked = spine(*days_ago).astype({"as_of": "datetime64[us, UTC]"})
    found = monitor.label(ingested, open_tables(ingested.workspace), asked)
    assert list(found) == ["customer_id", "as_of", "label", "matures_at"]
    assert found.label.isna().all()


def test_batch_scores_of_all_runs_are_one_frame(session: Session) -> None:
    assert monitor.batch_scores(session) is None
    for day in (1, 2):
        row = {"customer_id": "c1", "as_of": NOW + timedelta(days=day), "p_churn": 0.5, "risk_band": "low"}
        session.workspace.scores.mkdir(exist_ok=True)
        pq.write_table(pa.Table.from_pylist([row], SCHEMA), session.workspace.scores / f"{day}.parquet")
    found = monitor.batch_scores(session)
    assert found is not None
    assert (len(found), list(found), str(found.as_of.dtype)) == (
        2,
        ["customer_id", "as_of", "p_churn"],
        "datetime64[ns, UTC]",
    )


def test_without_a_champion_there_is_no_reference(session: Session) -> None:
    with pytest.raises(WorkspaceError, match="churn: no champion yet"):
        monitor.run(session, Monitoring())
