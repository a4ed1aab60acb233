"""How a decision comes about from what is given: the same for a request that has just come and for one recomputed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from configs.errors import StoreUnavailable
from configs.policy import Policy
from configs.reasons import Phrasebook
from decisioning.arbitration import Effect
from decisioning.budgets import Prices
from decisioning.candidates import Candidate
from decisioning.decide import decide
from decisioning.eligibility import Circumstances, Contact
from decisioning.exploration import decision_rng
from decisioning.menu import Menu
from decisioning.shortlist import shortlist
from features.vectors import FeatureVector, Value
from serving.attributes import attributes
from serving.basis import Basis, Given
from serving.catalogue import Catalogue
from serving.entries import Shown
from serving.models import Champions
from serving.scoring import predict

CONSENT = "consent"


class Maker:
    """Makes decisions under one policy and catalogue. Rules are translated once; prices may change in between."""

    def __init__(self, policy: Policy, catalogue: Catalogue, phrases: Phrasebook) -> None:
        self.policy = policy
        self.catalogue = catalogue
        self.phrases = phrases
        self.menu = Menu.of(catalogue.offers, policy.rules())

    def make(self, given: Given, champions: Champions, prices: Prices) -> Basis:
        """The decision, and what it rests on."""
        present = champions
        menu = self.menu if prices.version == self.menu.prices.version else self.menu.under(prices)
        self.menu = menu  # one assignment; each thread goes on with its own
        degraded = list(given.unread)
        listed = shortlist(_careful(menu, given), self._circumstances(given))
        rows = self.catalogue.rows(listed.to_score, given.vector)
        champions = _without(champions, given.away)
        [p_churn] = predict(champions.churn, [given.vector.values], "churn_model", degraded)
        [at_stake] = predict(champions.value, [given.vector.values], "value_model", degraded)
        p_accept = _accepts(champions, rows, degraded)
        effects = _effects(champions, listed.to_score, rows, degraded)
        decision = decide(
            listed,
            p_accept,
            decision_rng(self.policy.seed, given.decision_id),
            item_count=given.request.item_count,
            value_at_stake=at_stake,
            effects=effects,
        )
        return Basis(
            given=given,
            policy=self.policy,
            phrases=self.phrases,
            champions=present,
            p_churn=p_churn,
            value_at_stake=at_stake,
            rows=dict(zip((candidate.key for candidate in listed.to_score), rows, strict=True)),
            p_accept=p_accept,
            effects=effects,
            degraded=tuple(degraded),
            decision=decision,
        )

    def _circumstances(self, given: Given) -> Circumstances:
        return Circumstances(
            customer_id=given.request.customer_id,
            now=given.now,
            attributes=attributes(given.vector),
            context=given.request.context,
            consents=consents(given.vector),
            contacts=self._contacts(given.contacts),
            excluded_offers=frozenset(given.request.excluded_offers),
            refusals=self._contacts(given.refusals),
            left=given.left,
        )

    def _contacts(self, shown: Sequence[Shown]) -> list[Contact]:
        return [Contact(one.offer_id, self.catalogue.kind(one.offer_id), one.channel, one.at) for one in shown]


def _careful(menu: Menu, given: Given) -> Menu:
    """The menu; a consent that cannot be read may be a refusal, whatever the policy says of who never answered."""
    if "features" not in given.unread and CONSENT not in given.vector.stale:
        return menu
    return replace(menu, rules=replace(menu.rules, consent_default="refused"))


def _without(champions: Champions, away: frozenset[str]) -> Champions:
    """The champions but for those that were away."""
    if not away:
        return champions
    lost = "effects_model" in away
    return Champions(
        churn=None if "churn_model" in away else champions.churn,
        value=None if "value_model" in away else champions.value,
        response=None if "response_model" in away else champions.response,
        effects=None if lost else champions.effects,
        effects_away=lost,
    )


def _accepts(champions: Champions, rows: Sequence[Mapping[str, Value]], degraded: list[str]) -> list[float] | None:
    """p_accept per row; None, so that nothing is done, where there is no response model."""
    if not rows:
        return []
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


def consents(vector: FeatureVector) -> Mapping[str, bool | None]:
    """What the customer agreed to by channel; None where nothing is on record."""
    prefix = f"{CONSENT}__"
    return {
        name[len(prefix) :]: None if value is None else value == 1.0
        for name, value in vector.values.items()
        if name.startswith(prefix)
    }
