"""Decisions: from a request to an answer that is in the ledger before it is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from configs.errors import StoreUnavailable
from decisioning.arbitration import Effect
from decisioning.candidates import Candidate
from decisioning.decide import Decision, decide, shortlist
from decisioning.eligibility import Circumstances, Contact
from decisioning.exploration import decision_rng
from features.vectors import FeatureVector, Value
from serving.answers import DecideAnswer, to_json
from serving.basis import Basis
from serving.fingerprint import body_hash
from serving.models import Champions
from serving.rendering import answer, entry
from serving.runtime import Runtime
from serving.schemas import DecideRequest
from serving.scoring import PROFILE, predict, read

CONSENT = "consent"


@dataclass(frozen=True, slots=True)
class Decided:
    """The answer as JSON; `made` is what was decided, None where the answer is that of an earlier request."""

    response: bytes
    made: DecideAnswer | None


class Decider:
    """Decides for one customer at a time by the policy of `runtime`, whose rules are translated once."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._rules = runtime.policy.rules()
        self._cautious = replace(self._rules, consent_default="refused")
        self._window = timedelta(days=max((cap.window_days for cap in self._rules.caps), default=0))

    def decide(self, request: DecideRequest, key: str | None = None) -> Decided:
        """Decide, write to the ledger, answer; the same key and body give the answer already in the ledger.

        Raises Conflict where the key came with another body, and StoreUnavailable where the ledger cannot be written:
        an unlogged decision is worse than none.
        """
        runtime, digest = self._runtime, body_hash(request)
        if key and (earlier := runtime.ledger.find_by_key(key, digest)):
            return Decided(earlier.encode(), None)
        basis, decision, made = self._made(request)
        response = to_json(made)
        kept = entry(request, basis, decision, made, response.decode(), key, digest)
        in_force = runtime.ledger.record_decision(kept).encode()
        return Decided(in_force, made if in_force == response else None)

    def rehearse(self, request: DecideRequest) -> DecideAnswer:
        """Decide without writing to the ledger."""
        return self._made(request)[2]

    def _made(self, request: DecideRequest) -> tuple[Basis, Decision, DecideAnswer]:
        now, champions = self._runtime.clock(), self._runtime.models.current
        basis, decision = self._decide(request, self._runtime.new_id(), now, champions)
        return basis, decision, answer(request, basis, decision, self._runtime)

    def _decide(
        self, request: DecideRequest, decision_id: str, now: datetime, champions: Champions
    ) -> tuple[Basis, Decision]:
        degraded: list[str] = []
        kinds = self._runtime.catalogue.kinds_at(now)
        [vector] = read(self._runtime, [request.customer_id], now, degraded, kinds)
        # A consent that cannot be read may be a refusal, whatever the policy says of customers who never answered.
        unread = "features" in degraded or CONSENT in vector.stale
        rules = self._cautious if unread else self._rules
        listed = shortlist(self._runtime.catalogue.offers, self._circumstances(request, vector, now), rules)
        rows = self._runtime.catalogue.rows(listed.to_score, vector)
        [p_churn] = predict(champions.churn, [vector.values], "churn_model", degraded)
        [at_stake] = predict(champions.value, [vector.values], "value_model", degraded)
        decision = decide(
            listed,
            _accepts(champions, rows, degraded),
            rules,
            decision_rng(self._runtime.policy.seed, decision_id),
            item_count=request.item_count,
            value_at_stake=at_stake,
            effects=_effects(champions, listed.to_score, rows, degraded),
        )
        by_key = {candidate.key: row for candidate, row in zip(listed.to_score, rows, strict=True)}
        return Basis(decision_id, now, vector, champions, p_churn, at_stake, by_key, tuple(degraded)), decision

    def _circumstances(self, request: DecideRequest, vector: FeatureVector, now: datetime) -> Circumstances:
        return Circumstances(
            customer_id=request.customer_id,
            now=now,
            attributes=attributes(vector),
            context=request.context,
            consents=consents(vector),
            contacts=self._contacts(request.customer_id, now),
            excluded_offers=frozenset(request.excluded_offers),
        )

    def _contacts(self, customer_id: str, now: datetime) -> Sequence[Contact]:
        if not self._window:
            return ()
        shown = self._runtime.ledger.recent_contacts(customer_id, now - self._window)
        kind = self._runtime.catalogue.kind
        return [Contact(one.offer_id, kind(one.offer_id), one.channel, one.at) for one in shown]


def _accepts(champions: Champions, rows: Sequence[Mapping[str, Value]], degraded: list[str]) -> Sequence[float] | None:
    """p_accept per row; None, so that nothing is done, where there is no response model."""
    if not rows:
        return ()
    predicted = predict(champions.response, rows, "response_model", degraded)
    known = [p for p in predicted if p is not None]
    return known if len(known) == len(rows) else None


def _effects(
    champions: Champions, scored: Sequence[Candidate], rows: Sequence[Mapping[str, Value]], degraded: list[str]
) -> Sequence[Effect] | None:
    """The effect of each candidate; None, so that acceptance ranks, where there are none to be had."""
    if not rows:
        return None
    if champions.effects:
        try:
            return champions.effects.effects(rows, [candidate.offer for candidate in scored if candidate.offer])
        except StoreUnavailable:
            pass
    if champions.effects or champions.effects_away:
        degraded.append("effects_model")
    return None


def attributes(vector: FeatureVector) -> Mapping[str, Value]:
    """Every feature by its name, declared attributes by their short one as well."""
    values = vector.values
    return {**values, **{name[len(PROFILE) :]: values[name] for name in values if name.startswith(PROFILE)}}


def consents(vector: FeatureVector) -> Mapping[str, bool | None]:
    """What the customer agreed to by channel; None where nothing is on record."""
    prefix = f"{CONSENT}__"
    return {
        name[len(prefix) :]: None if value is None else value == 1.0
        for name, value in vector.values.items()
        if name.startswith(prefix)
    }
