"""`tenure why` on a real ledger and registry."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from configs.errors import NotFound
from pipelines import why
from pipelines.session import Session
from serving.archive import Archive
from serving.campaigns import SCHEMA
from serving.entries import CampaignEntry
from serving.ledger import ledger_url, open_ledger
from tests.pipelines import decisions
from tests.serving.test_explained import ROW


def test_a_decision_of_the_past_is_explained(session: Session) -> None:
    decisions.models(session.workspace)
    [made] = decisions.make(session.workspace, ["c20"], explain="none")
    found = why.run(session, made.decision_id)
    assert (found.made_in, found.identical, found.notes) == ("real_time", True, ())
    explanation = found.decision.explanation
    assert explanation is not None
    assert (explanation.first_offer_id, explanation.first_channel, explanation.how) == ("gift", "email", "rule")
    assert all(flip.verified for flip in explanation.flips if flip.change is not None)
    assert replace(found.decision, explanation=None, considered=None).filtered == made.filtered


def test_a_campaigns_decision_is_told_from_its_row(session: Session) -> None:
    workspace = session.workspace
    workspace.campaigns.mkdir()
    pq.write_table(pa.Table.from_pylist([ROW], SCHEMA), workspace.campaigns / "camp.parquet")
    entry = CampaignEntry(
        "camp", datetime(2024, 1, 1, tzinfo=UTC), "1", "h", "c", "", json.dumps([]), 1, "camp.parquet"
    )
    Archive(open_ledger(ledger_url(workspace))).record_campaign(entry, (), ())
    found = why.run(session, "camp-0")
    assert (found.made_in, found.identical, found.decision.offers[0].offer_id) == ("campaign", None, "o1")


def test_an_unknown_decision_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound, match="there is no decision 'nosuch'"):
        why.run(session, "nosuch")
