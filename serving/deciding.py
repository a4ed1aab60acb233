"""Decisions: from a request to an answer that is in the ledger before it is given."""

from __future__ import annotations

from dataclasses import dataclass, replace
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


@dataclass(frozen=True, slots=True)
class Begun:
    """A decision that is neither answered nor in the ledger yet; `key` and `digest` are its request's."""

    basis: Basis
    key: str | None
    digest: str


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
        begun = self.begin(request, key)
        return begun if isinstance(begun, Decided) else self._finished(begun, answer(begun.basis))

    def begin(self, request: DecideRequest, key: str | None = None) -> Decided | Begun:
        """As `decide`, up to the decision; `finish` goes on. In between comes the answer, which takes long in full."""
        digest = body_hash(request)
        if key and (earlier := self._runtime.ledger.find_by_key(key, digest)):
            return Decided(earlier.encode(), None)
        self._kept()
        prices = self._runtime.prices()
        return Begun(self._made(self._given(request, prices), prices), key, digest)

    def finish(self, begun: Begun, made: DecideAnswer) -> Decided:
        """Write `made`, the answer to `begun`; decided anew where the customer was contacted or declined in between."""
        given = begun.basis.given
        customer_id, now = given.request.customer_id, given.now
        if (self._contacts(customer_id, now), self._refusals(customer_id, now)) == (given.contacts, given.refusals):
            return self._finished(begun, made)
        begun = self._again(begun)
        return self._finished(begun, answer(begun.basis))

    def _finished(self, begun: Begun, made: DecideAnswer) -> Decided:
        under, ledger = self._kept(), self._runtime.ledger
        for _ in range(ATTEMPTS):
            basis, response = begun.basis, to_json(made)
            kept = entry(basis, made, response.decode(), under, begun.key, begun.digest)
            holds = holds_of(basis.decision.uses, self._maker.menu.budgets, basis.given.now)
            try:
                in_force = ledger.record_decision(kept, contacts(made), holds).encode()
            except BudgetSpent:
                begun = self._again(begun)
                made = answer(begun.basis)
                continue
            return Decided(in_force, made if in_force == response else None)
        raise StoreUnavailable("budgets are being used up faster than this decision could be made")

    def _again(self, begun: Begun) -> Begun:
        """The same made anew, under its id and at its instant, from what is so by now."""
        prices, before = self._runtime.prices(), begun.basis.given
        return replace(begun, basis=self._made(self._given(before.request, prices, before), prices))

    def rehearse(self, request: DecideRequest) -> DecideAnswer:
        """Decide without writing to the ledger."""
        return answer(self.consider(request))

    def consider(self, request: DecideRequest) -> Basis:
        """What would be decided now, with all that it rests on; nothing is written."""
        prices = self._runtime.prices()
        return self._made(self._given(request, prices), prices)

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
            contacts=self._contacts(request.customer_id, instant),
            refusals=self._refusals(request.customer_id, instant),
            left=left(runtime.ledger.engine, self._maker.menu.budgets, instant),
            unread=tuple(unread),
        )

    def _contacts(self, customer_id: str, now: datetime) -> tuple[Shown, ...]:
        if not self._contacts_matter:
            return ()
        return tuple(self._runtime.ledger.recent_contacts(customer_id, now - self._contacts_matter))

    def _refusals(self, customer_id: str, now: datetime) -> tuple[Shown, ...]:
        if not self._refusals_matter:
            return ()
        return tuple(self._runtime.ledger.recent_refusals(customer_id, now - self._refusals_matter))
