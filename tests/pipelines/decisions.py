"""Decisions in a workspace's ledger, made by the real path with artefacts by hand from the real registry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count

from configs.workspace import Workspace
from features.vectors import FeatureVector
from pipelines.champions import champion
from serving.answers import DecideAnswer
from serving.deciding import Decider
from serving.models import Champions, Models
from serving.schemas import DecideRequest
from tests.pipelines.test_champions import register
from tests.serving import artefacts
from tests.serving.fakes import World, arms, offer, rules
from tests.serving.fakes import world as make_world

OFFERS = (offer("gift", "A", ("email", "sms"), value=9.0), offer("voucher", "B", ("email",), value=6.0))


@dataclass(frozen=True)
class Features:
    """Customer c0 has not bought for 0 days, c1 for 1, and so on."""

    def read(
        self, customer_ids: Sequence[str], as_of: datetime, offer_kinds: Sequence[str] = ()
    ) -> list[FeatureVector]:
        return [
            FeatureVector(one, as_of, {"x__days": float(one[1:]), "x__plan": "gold", "consent__sms": 0.0}, (), True, {})
            for one in customer_ids
        ]


def models(workspace: Workspace) -> None:
    """Champions of churn and response."""
    for name in ("churn", "response"):
        register(workspace, name, artefacts.artefact())


def make(
    workspace: Workspace, customers: Sequence[str], *, arm: str = "policy", explain: str = "full"
) -> list[DecideAnswer]:
    """A decision for each customer, all in one arm."""
    shares = {} if arm == "policy" else {arm: 0.999999}
    world = replace(make_world(workspace.ledger), offers=OFFERS, policy=rules(arms=arms(**shares)))
    return [_made(workspace, world, one, arm, explain) for one in customers]


def _made(workspace: Workspace, world: World, customer_id: str, arm: str, explain: str) -> DecideAnswer:
    champions = Champions(churn=champion(workspace, "churn"), response=champion(workspace, "response"))
    ids = count()
    runtime = replace(
        world.runtime(),
        features=Features(),
        models=Models(champions),
        new_id=lambda: f"{arm}-{customer_id}-{next(ids)}x",
    )
    request = DecideRequest.model_validate({"customer_id": customer_id, "explain": explain})
    made = Decider(runtime).decide(request).made
    assert made is not None
    return made
