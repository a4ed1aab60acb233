"""First calls made before the first request: they cost up to half a second, later ones a millisecond."""

from __future__ import annotations

from serving.deciding import Decider
from serving.runtime import Runtime
from serving.schemas import DecideRequest, ScoreRequest
from serving.scoring import score

ROUNDS = 3


def warm_up(runtime: Runtime) -> None:
    """Score and rehearse a decision for a customer whom nobody knows; the ledger stays as it is."""
    decider = Decider(runtime)
    for _ in range(ROUNDS):
        score(runtime, ScoreRequest(customer_ids=["nobody"], explain=True))
        decider.rehearse(DecideRequest(customer_id="nobody", explain="full"))
    runtime.ledger.check()
