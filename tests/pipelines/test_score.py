"""Everybody scored from the feature tables, by a champion whose predictions are known."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest

from configs.artefact import Column, Source
from configs.effects import OfferEvidence
from configs.errors import DataError, RequestError, WorkspaceError
from features.compute import compute, file_name
from pipelines import decide, score
from pipelines.features import latest
from pipelines.session import Session
from tests.pipelines.test_champions import register, register_effects
from tests.serving import artefacts, effect_artefacts

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


def effects() -> effect_artefacts.Effects:
    """Gifts keep who accepted gifts before; the discount drives away."""
    sources = (
        Source(name="affinity__accepted"),
        Source(name="offers__kind", levels=("gift", "discount")),
        Source(name="channel", levels=("email", "sms")),
    )
    columns = (
        Column(source=0, op="number", value=0.0, mean=0.0, scale=1.0),
        Column(source=1, op="level", value=1.0, mean=0.0, scale=1.0),
        Column(source=2, op="level", value=1.0, mean=0.0, scale=1.0),
    )
    tried = tuple(
        OfferEvidence(offer_id=name, kind=kind, grade=grade, why="", treated=100, controls=100)
        for name, kind, grade in (("o1", "gift", "randomised"), ("o2", "discount", "observational"))
    )
    made = effect_artefacts.artefact(effect_artefacts.target(effect_artefacts.linear((0.02, -0.1, 0.001), 0.03)))
    return made.model_copy(update={"sources": sources, "columns": columns, "evidence": tried})


def test_everybody_has_the_offer_that_moves_most(session: Session) -> None:
    register(session.workspace, "churn", BY_PLAN)
    register_effects(session.workspace, effects())
    compute(session.workspace, session.dataset, [NOW])
    written = pd.read_parquet(score.everybody_at(session, NOW, lambda _: None).path).set_index("customer_id")
    assert set(zip(written.uplift_offer_id, written.uplift_channel, written.evidence, strict=True)) == {
        ("o1", "sms", "randomised")  # o3, a gift by sms as well, ties with it and stands later in the catalogue
    }
    affinity = pd.read_parquet(session.workspace.features / "affinity" / file_name(NOW))
    accepted = affinity[affinity.offer_kind == "gift"].set_index("customer_id").accepted
    expected = 0.031 + 0.02 * accepted.reindex(written.index).fillna(0.0)
    assert written.uplift.to_dict() == pytest.approx(expected.to_dict())
    assert expected.nunique() > 1
    assert written.margin_uplift.isna().all()


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
