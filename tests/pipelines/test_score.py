"""Everybody scored from the feature tables, by a champion whose predictions are known."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest

from configs.artefact import Column, Source
from configs.errors import DataError, RequestError, WorkspaceError
from features.compute import compute
from pipelines import decide, score
from pipelines.features import latest
from pipelines.session import Session
from tests.pipelines.test_champions import register
from tests.serving import artefacts

NOW = datetime(2024, 1, 1, tzinfo=UTC)
BY_PLAN = artefacts.artefact().model_copy(
    update={
        "sources": (Source(name="profile__plan", levels=("basic", "premium")),),
        "columns": tuple(Column(source=0, op="level", value=code, mean=0.0, scale=1.0) for code in (0.0, 1.0)),
    }
)


def test_everybody_has_one_row_with_the_champions_prediction(session: Session) -> None:
    with pytest.raises(WorkspaceError, match="churn: no champion yet; run `tenure train churn`"):
        score.everybody_at(session, NOW, lambda _: None)
    register(session.workspace, "churn", BY_PLAN)
    with pytest.raises(DataError, match=r"no snapshot of 2024-01-01T00:00:00Z in .*; run `tenure features`"):
        score.everybody_at(session, NOW, lambda _: None)
    compute(session.workspace, session.dataset, [NOW])
    told: list[int] = []
    done = score.everybody_at(session, latest(session), told.append)
    assert (done.rows, done.as_of, done.model_version, told[-1]) == (400, NOW, "1", 400)
    written = pd.read_parquet(done.path).set_index("customer_id")
    customers = pd.read_parquet(session.workspace.tables / "customers" / "records.parquet").set_index("customer_id")
    by_plan = written.p_churn.groupby(customers.plan).agg(["nunique", "first"])
    assert by_plan["nunique"].tolist() == [1, 1]
    assert by_plan["first"].to_dict() == pytest.approx(
        {"basic": 0.5250, "premium": 0.6457}, abs=1e-4
    )  # log-odds .1, .6
    assert written.risk_band.groupby(customers.plan).first().to_dict() == {"basic": "medium", "premium": "high"}
    assert written.value_at_stake.isna().all()


@pytest.mark.parametrize("customer", ["", "a\nb", "x" * 201])
def test_an_id_that_is_none_is_refused_before_any_store_is_opened(ingested: Session, customer: str) -> None:
    with pytest.raises(RequestError, match="this cannot be asked") as of_score:
        score.some(ingested, [customer])
    with pytest.raises(RequestError, match="this cannot be asked") as of_decide:
        decide.run(ingested, customer, item_count=1, dry_run=True)
    assert of_score.value.details[0].startswith("customer_ids.0: String should")
    assert of_decide.value.details[0].startswith("customer_id: String should")


def test_more_customers_than_the_service_takes_are_refused(ingested: Session) -> None:
    with pytest.raises(RequestError) as caught:
        score.some(ingested, ["c1"] * 1001)
    assert "at most 1000 items" in caught.value.details[0]
