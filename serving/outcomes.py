"""Outcomes: what became of a decision, reported once however often it is sent."""

from __future__ import annotations

from datetime import datetime, timedelta

from configs.errors import NotFound, RequestError
from serving.answers import OutcomeAnswer, Receipt, to_json
from serving.decided import answered, find
from serving.entries import OutcomeEntry, UnmatchedEntry
from serving.fingerprint import body_hash
from serving.runtime import Runtime
from serving.schemas import OutcomeRequest

CLOCK_SKEW = timedelta(days=1)  # an application's clock may be ahead of ours; milliseconds taken for seconds are more


def record_outcome(runtime: Runtime, request: OutcomeRequest) -> Receipt:
    """Write an outcome to the ledger; a late one is as welcome as an early one.

    One of a decision that is not known, or that occurred before its decision, is kept aside and counts for nothing;
    sent again once the decision is known, it counts. Raises RequestError for an offer that the decision did not make
    or an instant in the future, and Conflict where the same outcome_id came with another body.
    """
    received_at = runtime.wall()
    if request.occurred_at > received_at + CLOCK_SKEW:
        raise RequestError(f"occurred_at {request.occurred_at.isoformat()} is in the future")
    try:
        decided = find(runtime, request.decision_id)
    except NotFound:
        return _keep_aside(runtime, request, received_at, f"there is no decision {request.decision_id!r}")
    if request.occurred_at < decided.at - CLOCK_SKEW:
        reason = f"occurred at {request.occurred_at.isoformat()}, before its decision at {decided.at.isoformat()}"
        return _keep_aside(runtime, request, received_at, reason)
    if request.offer_id not in (None, *decided.offers):
        allowed = ", ".join(decided.offers) or "none"
        raise RequestError(f"offer_id {request.offer_id!r} was not in the decision; it made: {allowed}")
    entry = OutcomeEntry(
        outcome_id=request.outcome_id,
        body_hash=body_hash(request),
        decision_id=request.decision_id,
        customer_id=decided.customer_id,
        offer_id=request.offer_id,
        kind=request.kind,
        value=request.value,
        occurred_at=request.occurred_at,
        received_at=received_at,
    )
    new = runtime.ledger.record_outcome(entry)
    return Receipt(request.outcome_id, "recorded" if new else "repeated")


def decision_record(runtime: Runtime, decision_id: str) -> bytes:
    """A decision exactly as it was answered, or as a campaign made it, with its outcomes, as JSON. Raises NotFound."""
    decision = answered(runtime, decision_id)
    outcomes = b",".join(
        to_json(OutcomeAnswer(o.outcome_id, o.offer_id, o.kind, o.value, o.occurred_at, o.received_at))
        for o in runtime.ledger.outcomes_of(decision_id)
    )
    return b'{"decision":%b,"outcomes":[%b]}' % (decision, outcomes)


def _keep_aside(runtime: Runtime, request: OutcomeRequest, received_at: datetime, reason: str) -> Receipt:
    runtime.ledger.record_unmatched(
        UnmatchedEntry(
            outcome_id=request.outcome_id,
            body_hash=body_hash(request),
            decision_id=request.decision_id,
            offer_id=request.offer_id,
            kind=request.kind,
            value=request.value,
            occurred_at=request.occurred_at,
            received_at=received_at,
            reason=reason,
        )
    )
    return Receipt(request.outcome_id, "kept_aside", reason=reason)
