"""`tenure decide`: one customer's next best action, by the code and the ledger that the service uses."""

from __future__ import annotations

import os

from pipelines.asking import ask
from pipelines.session import Session
from serving.answers import DecideAnswer
from serving.bootstrap import of_workspace
from serving.deciding import Decider
from serving.schemas import DecideRequest


def run(session: Session, customer_id: str, *, item_count: int, dry_run: bool) -> DecideAnswer:
    """Decide and write to the ledger; a dry run writes nothing. Raises RequestError."""
    request = ask(DecideRequest, {"customer_id": customer_id, "item_count": item_count, "explain": "reasons"})
    decider = Decider(of_workspace(session.workspace, os.environ))
    if dry_run:
        return decider.rehearse(request)
    made = decider.decide(request).made
    if made is None:
        raise AssertionError("a decision without an idempotency key is always new")
    return made
