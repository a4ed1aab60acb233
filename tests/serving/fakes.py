"""A runtime of fakes that implement the real ports, and the factory that a real server process is given."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from starlette.types import ASGIApp

from configs import reasons
from configs.errors import StoreUnavailable
from configs.loading import load
from configs.policy import Policy
from configs.reasons import Phrasebook
from decisioning.arbitration import UNKNOWN_EFFECT, Effect, Evidence
from decisioning.arms import MEASURING
from decisioning.offers import Offer
from features.vectors import FeatureVector, Value
from serving.app import create_app
from serving.archive import Archive
from serving.catalogue import Catalogue
from serving.ledger import Ledger, open_ledger
from serving.models import Champions, Models
from serving.prices import PriceFollower
from serving.runtime import Runtime
from serving.schemas import Cell

NOW = datetime(2017, 11, 6, tzinfo=UTC)
WALL = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LEDGER = "TENURE_TEST_LEDGER"
NAMES = ("profile__plan", "profile__age", "recency__purchase_days", "consent__email", "consent__sms")


@dataclass
class FakeFeatures:
    """Rows by customer; `away` makes the store fail."""

    rows: dict[str, Mapping[str, Value]] = field(default_factory=dict)
    stale: tuple[str, ...] = ()
    away: bool = False
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def read(
        self, customer_ids: Sequence[str], as_of: datetime, offer_kinds: Sequence[str] = ()
    ) -> list[FeatureVector]:
        if self.away:
            raise StoreUnavailable("the online store does not answer")
        self.asked.append(tuple(offer_kinds))
        return [self._vector(customer, as_of, offer_kinds) for customer in customer_ids]

    def _vector(self, customer: str, as_of: datetime, kinds: Sequence[str]) -> FeatureVector:
        row = self.rows.get(customer)
        values = {name: (row or {}).get(name) for name in NAMES}
        by_kind = {kind: {"affinity__accepted": 2.0} for kind in kinds} if row else {}
        return FeatureVector(customer, as_of, values, self.stale, row is not None, by_kind)


@dataclass
class FakeModel:
    """Predicts a constant, or what a row holds under `reads`; `rows` keeps what it saw last."""

    name: str
    prediction: float
    version: str = "1"
    reads: str = ""
    away: bool = False
    risk_thresholds: tuple[float, float] = (0.2, 0.5)
    explains: tuple[tuple[str, float], ...] = (("recency__purchase_days", 0.7), ("profile__age", -0.2))
    rows: list[Mapping[str, Value]] = field(default_factory=list)

    def predict(self, rows: Sequence[Mapping[str, Value]]) -> NDArray[np.float64]:
        if self.away:
            raise StoreUnavailable("the model is away")
        self.rows = list(rows)
        return np.array([row.get(self.reads, self.prediction) if self.reads else self.prediction for row in rows])

    def contributions(self, row: Mapping[str, Value]) -> list[tuple[str, float]]:
        return list(self.explains)


@dataclass
class FakeEffects:
    """The same effect of an offer on everybody, by offer id; one that is not named is not known."""

    by_offer: dict[str, Effect] = field(default_factory=dict)
    name: str = "tenure-effects"
    version: str = "1"
    away: bool = False
    untried: tuple[str, ...] = ()
    rows: list[Mapping[str, Value]] = field(default_factory=list)

    def effects(self, rows: Sequence[Mapping[str, Value]], offers: Sequence[Offer]) -> list[Effect]:
        if self.away:
            raise StoreUnavailable("the effects are away")
        self.rows = list(rows)
        return [self.by_offer.get(offer.offer_id, UNKNOWN_EFFECT) for offer in offers]

    def encode(self, rows: Sequence[Mapping[str, Value]]) -> NDArray[np.float64]:
        return np.full((len(rows), 1), np.nan)

    def measure(self, features: NDArray[np.float64], tried: object) -> dict[str, object]:
        raise StoreUnavailable("the effects are away")

    def grade(self, offer: Offer, channel: Value) -> Evidence:
        return self.by_offer.get(offer.offer_id, UNKNOWN_EFFECT).evidence

    def why(self, offer: Offer, channel: str) -> str:
        return f"why of {offer.offer_id}"

    def tried(self, offer: Offer) -> bool:
        return offer.offer_id not in self.untried


def offer(offer_id: str, kind: str = "A", channels: tuple[str, ...] = ("email",), value: float = 10.0) -> Offer:
    return Offer(offer_id=offer_id, name=offer_id, kind=kind, cost=2.0, value=value, channels=channels)


def arms(**shares: float) -> Mapping[str, object]:
    return {"salt": "s", **dict.fromkeys(MEASURING, 0.0), **shares}


RULES: Mapping[str, object] = {
    "version": "test-1",
    "seed": 7,
    "arms": arms(),
    "do_not_disturb": "off",
    "exploration": {"epsilon": 0.0, "floor": 0.0},
    "consent_default": "granted",
    "contact_costs": {"email": 0.1, "sms": 0.2},
    "caps": [],
    "levers": [],
}


def rules(**changes: object) -> Policy:
    return Policy.model_validate({**RULES, **changes}, strict=False)


@dataclass
class World:
    """The parts of a runtime that a test may change."""

    ledger: Ledger
    features: FakeFeatures = field(
        default_factory=lambda: FakeFeatures({"c1": {"profile__plan": "gold", "recency__purchase_days": 40.0}})
    )
    churn: FakeModel | None = field(default_factory=lambda: FakeModel("tenure-churn", 0.3))
    value: FakeModel | None = field(default_factory=lambda: FakeModel("tenure-value", 120.0))
    response: FakeModel | None = field(default_factory=lambda: FakeModel("tenure-response", 0.5))
    effects: FakeEffects | None = None
    effects_away: bool = False
    offers: tuple[Offer, ...] = (offer("o1", "A", ("email", "sms")), offer("o2", "B", ("email",), value=20.0))
    policy: Policy = field(default_factory=rules)
    problems: list[str] = field(default_factory=list)
    refreshed: list[str] = field(default_factory=list)
    ids: Iterator[int] = field(default_factory=lambda: count(1))

    def runtime(self) -> Runtime:
        return Runtime(
            features=self.features,
            models=Models(Champions(self.churn, self.value, self.response, self.effects, self.effects_away)),
            catalogue=Catalogue(self.offers),
            policy=self.policy,
            ledger=self.ledger,
            phrases=load(reasons.DEFAULT, Phrasebook),
            clock=lambda: NOW,
            wall=lambda: WALL,
            new_id=lambda: f"d{next(self.ids)}",
            check_row=self.check_row,
            refresh=self.refresh,
        )

    def check_row(self, table: str, row: Mapping[str, Cell], now: datetime) -> list[str]:
        missing = [f"{name}: is required" for name in ("customer_id", "occurred_at") if name not in row]
        return missing + self.problems

    def refresh(self, customer_id: str) -> None:
        if self.features.away:
            raise StoreUnavailable("the online store does not answer")
        self.refreshed.append(customer_id)


def world(path: Path) -> World:
    return World(Ledger(open_ledger(f"sqlite:///{path}")))


def served() -> Runtime:
    """What a real server process runs on: the ledger named by the environment, and ids that never repeat."""
    ids = count(os.getpid() * 1_000_000)
    made = world(Path(os.environ[LEDGER]))
    prices = PriceFollower(Archive(made.ledger.engine), made.policy)
    prices.start(every_seconds=0.1)
    return replace(made.runtime(), new_id=lambda: f"d{next(ids)}", prices=prices)


def app() -> ASGIApp:
    """The API for `uvicorn --factory`, without BentoML around it."""
    return create_app(served())
