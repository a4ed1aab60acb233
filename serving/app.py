"""The HTTP face of the service: each route parses, calls one function and responds."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, TypeVar

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import FastAPI, Header, Request, Response
from starlette.types import ASGIApp

from serving.answers import DecideAnswer, DecisionRecord, ErrorAnswer, ExplanationRecord, Receipt, ScoreAnswer
from serving.deciding import Decided, Decider
from serving.events import record_event
from serving.explained import explained
from serving.http import give_errors_one_shape, parse, respond
from serving.metrics import Measured, Metrics
from serving.outcomes import decision_record, record_outcome
from serving.page import body_of, describe
from serving.rendering import answer
from serving.runtime import Runtime
from serving.schemas import DecideRequest, EventRequest, OutcomeRequest, ScoreRequest
from serving.scoring import score

VERSION = "1"
OTHER_THREADS = 4
Key = Annotated[str | None, Header(min_length=1, max_length=200, description="The same key gets the same decision")]
Result = TypeVar("Result")


class Api:
    """The handlers. Stores block, so that the work runs in threads and the health checks answer meanwhile.

    Decisions are made one at a time: a contact cap then counts the decision before, and SQLite has one writer anyway.
    They do not wait for explanations in full, which take far longer and have a thread of their own.
    """

    def __init__(self, runtime: Runtime, metrics: Metrics) -> None:
        self._runtime = runtime
        self._decider = Decider(runtime)
        self._metrics = metrics
        self._one_at_a_time = CapacityLimiter(1)
        self._explaining = CapacityLimiter(1)
        self._several = CapacityLimiter(OTHER_THREADS)

    async def score(self, request: Request) -> Response:
        """Score customers: how likely each is to leave, what is at stake, and why."""
        asked = await parse(request, ScoreRequest)
        scored = await self._in_thread(lambda: score(self._runtime, asked))
        self._metrics.degraded(scored.degraded)
        return respond(scored)

    async def decide(self, request: Request, idempotency_key: Key = None) -> Response:
        """Decide the next best action for a customer; the answer is in the ledger before it is sent."""
        asked = await parse(request, DecideRequest)
        decided = await (self._decided_in_full if asked.explain == "full" else self._decided)(asked, idempotency_key)
        if decided.made is None:
            return respond(decided.response, headers={"Idempotent-Replayed": "true"})
        self._metrics.decided(decided.made)
        return respond(decided.response)

    async def outcome(self, request: Request) -> Response:
        """Report what became of a decision, as late and as often as needed."""
        asked = await parse(request, OutcomeRequest)
        return respond(await self._in_thread(lambda: record_outcome(self._runtime, asked)))

    async def event(self, request: Request) -> Response:
        """Report a row of a canonical table; it reaches the next decision of that customer."""
        asked = await parse(request, EventRequest)
        receipt = await self._in_thread(lambda: record_event(self._runtime, asked))
        self._metrics.degraded(receipt.degraded)
        return respond(receipt)

    async def decision(self, decision_id: str) -> Response:
        """A decision as it was answered, with its outcomes."""
        return respond(await self._in_thread(lambda: decision_record(self._runtime, decision_id)))

    async def explanation(self, decision_id: str) -> Response:
        """A stored decision explained: why this, why not that, and what would flip it."""
        has = self._runtime
        record = partial(explained, has.ledger, has.campaigns, has.again, decision_id)
        return respond(await run_sync(record, limiter=self._explaining))

    async def metrics(self) -> Response:
        """Metrics in Prometheus' text format."""
        return Response(self._metrics.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")

    async def _decided(self, asked: DecideRequest, key: str | None) -> Decided:
        return await run_sync(self._decider.decide, asked, key, limiter=self._one_at_a_time)

    async def _decided_in_full(self, asked: DecideRequest, key: str | None) -> Decided:
        """Other decisions are made while this one is explained; it stands if its customer was left alone meanwhile."""
        begun = await run_sync(self._decider.begin, asked, key, limiter=self._one_at_a_time)
        if isinstance(begun, Decided):
            return begun
        made = await run_sync(answer, begun.basis, limiter=self._explaining)
        return await run_sync(self._decider.finish, begun, made, limiter=self._one_at_a_time)

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        return await run_sync(work, limiter=self._several)


def create_app(runtime: Runtime) -> ASGIApp:
    """The whole API on `runtime`, measured."""
    metrics = Metrics()
    return Measured(_routed(Api(runtime, metrics)), metrics)


def _routed(api: Api) -> FastAPI:
    app = FastAPI(
        title="Tenure", version=VERSION, openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False
    )
    errors: dict[int | str, dict[str, Any]] = {
        status: {"model": ErrorAnswer} for status in (400, 404, 405, 409, 413, 415, 422, 500, 503)
    }
    posts = (
        ("/v1/score", api.score, ScoreRequest, ScoreAnswer),
        ("/v1/decide", api.decide, DecideRequest, DecideAnswer),
        ("/v1/outcomes", api.outcome, OutcomeRequest, Receipt),
        ("/v1/events", api.event, EventRequest, Receipt),
    )
    for path, handler, asked, answered in posts:
        app.post(path, response_model=answered, responses=errors, openapi_extra=body_of(asked))(handler)
    one = "/v1/decisions/{decision_id}"
    app.get(one, response_model=DecisionRecord, responses=errors)(api.decision)
    app.get(f"{one}/explanation", response_model=ExplanationRecord, responses=errors)(api.explanation)
    app.get("/metrics", include_in_schema=False)(api.metrics)
    describe(app)
    give_errors_one_shape(app)
    return app
