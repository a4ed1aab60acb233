"""Prometheus metrics of the service: requests by route, decisions by arm, and what was missing from them."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.values import MutexValue, ValueClass
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.answers import DecideAnswer

BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0)  # seconds


class Metrics:
    """The service's own metrics, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._decisions = Counter("tenure_decisions", "Decisions made", ["arm", "action"], registry=self.registry)
        self._degraded = Counter("tenure_degraded", "Answers made without a part", ["part"], registry=self.registry)
        self._requests = Histogram(
            "tenure_request_seconds", "Time to answer", ["route", "status"], buckets=BUCKETS, registry=self.registry
        )

    def decided(self, made: DecideAnswer) -> None:
        """Count a decision by its arm and whether it is an offer or nothing, and each part it had to do without."""
        self._decisions.labels(made.arm, "offer" if made.offers[0].offer_id else "nothing").inc()
        self.degraded(made.degraded)

    def degraded(self, parts: Sequence[str]) -> None:
        """Count each part that an answer had to do without."""
        for part in parts:
            self._degraded.labels(part).inc()

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Count a request by the template of its route, so that ids in paths make no series of their own."""
        self._requests.labels(route, str(status)).observe(seconds)

    def exposition(self) -> bytes:
        """Every metric in Prometheus' text format, summed over the processes where BentoML runs several."""
        # Not asked of PROMETHEUS_MULTIPROC_DIR: Feast sets it at import, when prometheus_client has made its choice.
        if ValueClass is MutexValue:
            return generate_latest(self.registry)
        every = CollectorRegistry()
        MultiProcessCollector(every)  # type: ignore[no-untyped-call]
        return generate_latest(every)


class Measured:
    """ASGI middleware that times each request of `app`."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as `app` does."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        started, status = perf_counter(), 500

        async def noting_status(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self.app(scope, receive, noting_status)
        finally:
            route = getattr(scope.get("route"), "path", "unknown")
            self.metrics.answered(route, status, perf_counter() - started)
