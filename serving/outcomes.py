"""Outcomes: what became of a decision, reported once however often it is sent."""

from __future__ import annotations

import json
from datetime import timedelta

from configs.errors import RequestError
from serving.answers import OutcomeAnswer, Receipt, to_json
from serving.fingerprint import body_hash
from serving.ledger import OutcomeEntry
from serving.runtime import Runtime
from serving.schemas import OutcomeRequest

CLOCK_SKEW = timedelta(days=1)  # an application's clock may be ahead of ours; milliseconds taken for seconds are more


def record_outcome(runtime: Runtime, request: OutcomeRequest) -> Receipt:
    """Write an outcome to the ledger; a late one is as welcome as an early one.

    Raises NotFound for an unknown decision, RequestError for an offer that it did not make or an instant in the future,
    Conflict where the same outcome_id came with another body.
    """
    received_at = runtime.wall()
    if request.occurred_at > received_at + CLOCK_SKEW:
        raise RequestError(f"occurred_at {request.occurred_at.isoformat()} is in the future")
    stored = runtime.ledger.find_decision(request.decision_id)
    made = [offer["offer_id"] for offer in json.loads(stored.response)["offers"] if offer["offer_id"]]
    if request.offer_id not in (None, *made):
        allowed = ", ".join(made) or "none"
        raise RequestError(f"offer_id {request.offer_id!r} was not in the decision; it made: {allowed}")
    entry = OutcomeEntry(
        outcome_id=request.outcome_id,
        body_hash=body_hash(request),
        decision_id=request.decision_id,
        customer_id=stored.customer_id,
        offer_id=request.offer_id,
        kind=request.kind,
        value=request.value,
        occurred_at=request.occurred_at,
        received_at=received_at,
    )
    new = runtime.ledger.record_outcome(entry)
    return Receipt(request.outcome_id, "recorded" if new else "repeated")


def decision_record(runtime: Runtime, decision_id: str) -> bytes:
    """A decision exactly as it was answered, with its outcomes, as JSON. Raises NotFound."""
    stored = runtime.ledger.find_decision(decision_id)
    outcomes = b",".join(
        to_json(OutcomeAnswer(o.outcome_id, o.offer_id, o.kind, o.value, o.occurred_at, o.received_at))
        for o in runtime.ledger.outcomes_of(decision_id)
    )
    return b'{"decision":%b,"outcomes":[%b]}' % (stored.response.encode(), outcomes)
