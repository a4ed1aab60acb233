"""What the policy in force would do now for a customer, by the code that decides, with nothing written."""

from __future__ import annotations

import os
from dataclasses import replace

from configs.errors import RequestError
from configs.policy import ExplorationSettings, Policy
from monitoring.warning.watch import Advice
from pipelines.asking import ask
from pipelines.session import Session
from serving.bootstrap import of_workspace
from serving.deciding import Decider
from serving.runtime import Runtime
from serving.schemas import DecideRequest

BLIND = {"features", "response_model"}  # without these the answer is nothing, whatever the customer is like


class Adviser:
    """Asks the policy of a runtime, exploration and quiet hours aside: who acts on a list settles when."""

    def __init__(self, runtime: Runtime) -> None:
        self._decider = Decider(replace(runtime, policy=calm(runtime.policy)))

    def __call__(self, customer_id: str) -> Advice:
        """What would come first for a customer. Raises StoreUnavailable where the ledger does not answer."""
        try:
            request = ask(DecideRequest, {"customer_id": customer_id})
        except RequestError:  # an id that the records hold and a request may not
            return Advice("policy", known=False)
        found = self._decider.consider(request)
        decision, candidate = found.decision, found.decision.chosen[0].candidate
        if decision.arm == "random":
            return Advice(decision.arm)
        offer_id = candidate.offer.offer_id if candidate.offer else None
        return Advice(decision.arm, offer_id, candidate.channel, known=BLIND.isdisjoint(found.degraded))


def adviser(session: Session) -> Adviser:
    """That of a workspace, at the session's clock. Raises TenureError where it cannot serve."""
    return Adviser(replace(of_workspace(session.workspace, os.environ), clock=session.clock))


def calm(policy: Policy) -> Policy:
    """The policy without exploration and without quiet hours."""
    greedy = ExplorationSettings(epsilon=0.0, floor=0.0)
    return policy.model_copy(update={"exploration": greedy, "quiet_hours": ()})
