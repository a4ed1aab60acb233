"""Asks the service over HTTP, as an application would."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType

import httpx
from pydantic import TypeAdapter

from configs.errors import StoreUnavailable
from serving.answers import DecideAnswer

ANSWER = TypeAdapter(DecideAnswer)


@dataclass(frozen=True)
class Accepted:
    """An offer decided for, and accepted at an instant."""

    decision_id: str
    offer_id: str
    occurred_at: datetime
    value: float


class Service:
    """A service at `url`, over one kept-alive connection. Raises StoreUnavailable where it does not answer 2xx."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=30)

    def __enter__(self) -> Service:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def decide(self, customer_id: str) -> DecideAnswer:
        """The decision for a customer; asking again gives the same one."""
        body = {"customer_id": customer_id, "explain": "reasons"}
        return ANSWER.validate_json(self._post("/v1/decide", body, key=f"demo-{customer_id}"))

    def send_outcomes(self, outcomes: Iterable[Accepted]) -> int:
        """Send acceptances home; how many there were."""
        sent = 0
        for outcome in outcomes:
            body: dict[str, str | float] = {
                "outcome_id": f"{outcome.decision_id}-accepted",
                "decision_id": outcome.decision_id,
                "offer_id": outcome.offer_id,
                "kind": "accepted",
                "value": outcome.value,
                "occurred_at": outcome.occurred_at.isoformat(),
            }
            self._post("/v1/outcomes", body)
            sent += 1
        return sent

    def _post(self, path: str, body: dict[str, str | float] | dict[str, str], key: str | None = None) -> bytes:
        headers = {"Idempotency-Key": key} if key else {}
        try:
            answer = self._client.post(path, json=body, headers=headers)
        except httpx.HTTPError as error:
            raise StoreUnavailable(f"the service does not answer: {error}") from error
        if answer.is_error:
            raise StoreUnavailable(f"{path} answered {answer.status_code}: {answer.text[:500]}")
        return answer.content
