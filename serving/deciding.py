"""Decisions: from a request to an answer that is in the ledger before it is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from configs.errors import StoreUnavailable
from decisioning.contact_policy import longest
from serving.answers import DecideAnswer, to_json
from serving.archive import Archive
from serving.basis import Basis, Given
from serving.catalogue_document import to_document
from serving.entries import Shown
from serving.fingerprint import body_hash
from serving.holds import BudgetSpent, holds_of, left
from serving.making import Maker
from serving.prices import MISSING, InForce
from serving.rendering import Under, answer, contacts, entry
from serving.runtime import Runtime
from serving.schemas import DecideRequest
from serving.scoring import read

ATTEMPTS = 50  # at deciding anew where other workers have used up a budget in between


@dataclass(frozen=True, slots=True)
class Decided:
    """The answer as JSON; `made` is what was decided, None where the answer is that of an earlier request."""

    response: bytes
    made: DecideAnswer | None


class Decider:
    """Decides for one customer at a time by the policy of `runtime`, whose rules are translated once."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._maker = Maker(runtime.policy, runtime.catalogue, runtime.phrases)
        rules = self._maker.menu.rules
        self._contacts_matter = longest(rules.caps, ())
        self._refusals_matter = longest((), rules.rests)
        self._archive = Archive(runtime.ledger.engine)
        self._under: Under | None = None

    def decide(self, request: DecideRequest, key: str | None = None) -> Decided:
        """Decide, write to the ledger, answer; the same key and body give the answer already in the ledger.

        Raises Conflict where the key came with another body, and StoreUnavailable where the ledger cannot be written:
        an unlogged decision is worse than none.
        """
        ledger, digest = self._runtime.ledger, body_hash(request)
        if key and (earlier := ledger.find_by_key(key, digest)):
            return Decided(earlier.encode(), None)
        under = self._kept()
        prices = self._runtime.prices()
        given = self._given(request, prices)
        for _ in range(ATTEMPTS):
            basis = self._made(given, prices)
            made = answer(basis)
            response = to_json(made)
            kept = entry(basis, made, response.decode(), under, key, digest)
            holds = holds_of(basis.decision.uses, self._maker.menu.budgets, given.now)
            try:
                in_force = ledger.record_decision(kept, contacts(made), holds).encode()
            except BudgetSpent:
                given = self._given(request, prices, given)
                continue
            return Decided(in_force, made if in_force == response else None)
        raise StoreUnavailable("budgets are being used up faster than this decision could be made")

    def rehearse(self, request: DecideRequest) -> DecideAnswer:
        """Decide without writing to the ledger."""
        prices = self._runtime.prices()
        return answer(self._made(self._given(request, prices), prices))

    def _made(self, given: Given, in_force: InForce) -> Basis:
        return self._maker.make(given, self._runtime.models.current, in_force.prices)

    def _kept(self) -> Under:
        """What decisions are made under, which is in the ledger before the first of them."""
        if self._under is None:
            self._under = Under(
                self._archive.keep("policy", self._runtime.policy.model_dump_json()),
                self._archive.keep("catalogue", to_document(self._runtime.catalogue)),
            )
        return self._under

    def _given(self, request: DecideRequest, in_force: InForce, before: Given | None = None) -> Given:
        """What to decide from; deciding anew, the id and the instant of the time `before`."""
        runtime = self._runtime
        instant = before.now if before else runtime.clock()
        unread: list[str] = []
        kinds = runtime.catalogue.kinds_at(instant)
        [vector] = read(runtime, [request.customer_id], instant, unread, kinds)
        if in_force.missing:
            unread.append(MISSING)
        return Given(
            request=request,
            decision_id=before.decision_id if before else runtime.new_id(),
            now=instant,
            vector=vector,
            contacts=tuple(self._contacts(request.customer_id, instant)),
            refusals=tuple(self._refusals(request.customer_id, instant)),
            left=left(runtime.ledger.engine, self._maker.menu.budgets, instant),
            unread=tuple(unread),
        )

    def _contacts(self, customer_id: str, now: datetime) -> Sequence[Shown]:
        if not self._contacts_matter:
            return ()
        return self._runtime.ledger.recent_contacts(customer_id, now - self._contacts_matter)

    def _refusals(self, customer_id: str, now: datetime) -> Sequence[Shown]:
        if not self._refusals_matter:
            return ()
        return self._runtime.ledger.recent_refusals(customer_id, now - self._refusals_matter)
