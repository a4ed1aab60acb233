"""Events: rows of the canonical tables that reach the next decision of their customer."""

from __future__ import annotations

import json
from datetime import datetime

from configs.errors import RequestError, StoreUnavailable
from features.contract import TABLES
from serving.answers import Receipt
from serving.entries import EventEntry
from serving.fingerprint import body_hash
from serving.runtime import Runtime
from serving.schemas import Cell, EventRequest


def record_event(runtime: Runtime, request: EventRequest) -> Receipt:
    """Write a row to the ledger, then bring it into the features of its customer.

    Where the feature store is away the event is kept all the same and `degraded` says so; sending it again brings it
    in. Raises RequestError with one line per breach of the data contract, and Conflict where the same event_id came
    with another body.
    """
    customer_id, occurred_at = _checked(runtime, request)
    entry = EventEntry(
        event_id=request.event_id,
        body_hash=body_hash(request),
        table=request.table,
        customer_id=customer_id,
        row=json.dumps(request.row),
        occurred_at=occurred_at,
        received_at=runtime.wall(),
    )
    new = runtime.ledger.record_event(entry)
    try:
        runtime.refresh(customer_id)
    except StoreUnavailable:
        return Receipt(request.event_id, "recorded" if new else "repeated", ("features",))
    return Receipt(request.event_id, "recorded" if new else "repeated")


def _checked(runtime: Runtime, request: EventRequest) -> tuple[str, datetime]:
    """Whose row it is and when it happened."""
    problems = runtime.check_row(request.table, request.row, runtime.clock())
    customer_id, name = request.row.get("customer_id"), TABLES[request.table].instant or "occurred_at"
    if not isinstance(customer_id, str):
        problems = [*problems, "customer_id: must be text"]  # 7 and "7" would be two customers
    if (occurred_at := _instant(request.row.get(name))) is None:
        problems = [*problems, f"{name}: must be an instant such as 2017-11-06T05:00:00Z"]
    if problems or occurred_at is None:
        details = [f"row.{problem}" for problem in problems]
        raise RequestError(f"the row breaks the contract of {request.table}", details=details)
    return str(customer_id), occurred_at


def _instant(value: Cell) -> datetime | None:
    try:
        instant = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return instant if instant.tzinfo else None
