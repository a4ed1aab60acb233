"""The BentoML service: `bentoml serve serving.service:Tenure` with TENURE_WORKSPACE set."""

from __future__ import annotations

import gc
import os

import bentoml
from bentoml._internal.utils.analytics.usage_stats import do_not_track
from starlette.types import ASGIApp, Receive, Scope, Send

from configs.errors import StoreUnavailable
from configs.telemetry import prepare_process
from serving.app import create_app
from serving.bootstrap import build
from serving.logs import keep_personal_data_out
from serving.warmup import warm_up

# `bentoml serve` imports this module as its entry point, after it has asked whether to send usage data and kept the
# answer; without these two lines it would send them wherever the user has not said no.
prepare_process()
do_not_track.cache_clear()

GENERATIONS = (700, 10, 1000)  # full collections of a large heap pause for up to 200 ms: let them be rare


class Door:
    """What BentoML mounts at import; leads to the API once the service has built it."""

    def __init__(self) -> None:
        self.leads_to: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if self.leads_to is None:
            raise RuntimeError("a request came before the service was built")
        await self.leads_to(scope, receive, send)


door = Door()


@bentoml.service(
    workers=1,
    # BentoML's own request metrics make a series per path, so that ids in paths would grow without end, and its access
    # log writes them out: the API measures by route instead, and logs nothing of a request.
    metrics={"enabled": False},
    logging={"access": {"enabled": False}},
)
@bentoml.asgi_app(door, path="/")
class Tenure:
    """Scores, decisions, outcomes and events over HTTP."""

    def __init__(self) -> None:
        self._runtime = build(os.environ)
        door.leads_to = create_app(self._runtime)
        warm_up(self._runtime)
        keep_personal_data_out()
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GENERATIONS)

    def __is_ready__(self) -> bool:
        """Whether a decision could be made now: everything is warm, and the ledger can be written."""
        try:
            self._runtime.ledger.check()
        except StoreUnavailable:
            return False
        return True
