"""What a workspace holds, read without changing it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from configs.errors import WorkspaceError
from features.compute import compute
from features.ledger import METADATA
from pipelines import status
from pipelines.session import Session
from serving.archive import Archive
from serving.entries import EventEntry
from serving.ledger import Ledger, ledger_url, open_ledger
from tests.pipelines.test_champions import register
from tests.serving import artefacts

NOW = datetime(2024, 1, 1, tzinfo=UTC)


def test_each_step_leads_to_the_next(session: Session) -> None:
    before = sorted(session.workspace.root.rglob("*"))
    found = status.run(session)
    assert sorted(session.workspace.root.rglob("*")) == before
    assert (found.dataset, found.now, found.models, found.ledger) == ("small_company", NOW, {}, {})
    assert found.tables["customers"] == {"read": 400, "kept": 400, "quarantined": 0, "duplicates": 0, "late": 0}
    assert (set(found.snapshots.values()), found.next_step) == ({0}, "tenure features")

    compute(session.workspace, session.dataset, [NOW])
    assert status.run(session).next_step == "tenure train"
    register(session.workspace, "churn", artefacts.artefact())
    found = status.run(session)
    assert (found.models, found.next_step) == ({"churn": {"champion": "1"}}, "tenure serve")


def test_the_ledger_is_counted(session: Session) -> None:
    ledger = Ledger(open_ledger(ledger_url(session.workspace)))
    ledger.record_event(EventEntry("e1", "hash", "transactions", "c1", "{}", NOW, NOW))
    Archive(ledger.engine).keep("policy", "version: 1")
    assert {table: rows for table, rows in status.run(session).ledger.items() if rows} == {"documents": 1, "events": 1}
    assert set(status.run(session).ledger) == set(METADATA.tables)


def test_an_ingestion_that_was_killed_is_to_be_done_again(session: Session) -> None:
    session.workspace.ingested.unlink()
    with pytest.raises(WorkspaceError, match="its ingestion was not finished; run `tenure ingest` again"):
        status.run(session)
