"""`tenure why`: a stored decision explained, by the code that `/v1/decisions/{id}/explanation` uses."""

from __future__ import annotations

from configs import reasons
from configs.loading import load
from configs.reasons import Phrasebook
from pipelines.session import Session
from serving.answers import ExplanationRecord
from serving.archive import Archive
from serving.bootstrap import replayer
from serving.explained import explained
from serving.ledger import Ledger, ledger_url, open_ledger
from serving.replay import Replayer


def run(session: Session, decision_id: str) -> ExplanationRecord:
    """Explain a decision in full. Raises NotFound, also where what it rested on is gone, and StoreUnavailable."""
    ledger = Ledger(open_ledger(ledger_url(session.workspace)))
    again = replayer_of(session, ledger).again
    return explained(ledger, session.workspace.campaigns, again, decision_id)


def replayer_of(session: Session, ledger: Ledger) -> Replayer:
    """What makes the decisions of a workspace's ledger again."""
    return replayer(session.workspace, session.dataset, Archive(ledger.engine), load(reasons.DEFAULT, Phrasebook))
