"""The menu: every action of a catalogue under a policy, with all that is the same whoever the customer is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from decisioning.budgets import NO_PRICES, Budget, Prices, capacity
from decisioning.candidates import Candidate, candidates
from decisioning.offers import Offer
from decisioning.policy import PolicyRules

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]
Index = NDArray[np.intp]


@dataclass(frozen=True)
class Menu:
    """K actions as columns (K,), offers on channels; what they use of B budgets (B, K); the rules they stand under.

    `order` (K + 1,) is the place of each by (offer_id, channel), of which the last, nothing, is first. `draws`
    (members, K) is the ensemble of Thompson sampling, empty for other methods. Implements
    `decisioning.arbitration.Columns`.
    """

    offers: tuple[Offer, ...]
    rules: PolicyRules
    prices: Prices
    budgets: tuple[Budget, ...]
    actions: tuple[Candidate, ...]
    positions: tuple[tuple[int, ...], ...]  # of the actions of each offer
    order: Index
    draws: Matrix
    margin: Vector
    cost: Vector
    contact_cost: Vector
    lever: Vector
    fixed: Matrix
    per_acceptance: Matrix
    shadow_fixed: Vector
    shadow_accepted: Vector

    @classmethod
    def of(cls, offers: Sequence[Offer], rules: PolicyRules, prices: Prices = NO_PRICES) -> Self:
        """The menu of a catalogue: capacities of offers are budgets beside those of the rules."""
        actions = tuple(candidates(offers)[:-1])
        pairs = [(one.offer, one.channel) for one in actions if one.offer and one.channel]
        budgets = (*rules.budgets, *(budget for offer in offers for budget in capacity(offer)))
        contact = [rules.contact_costs.get(channel, 0.0) for _, channel in pairs]
        uses = np.array(
            [[budget.use(*pair, paid) for pair, paid in zip(pairs, contact, strict=True)] for budget in budgets]
        ).reshape(len(budgets), len(actions), 2)
        fixed, per_acceptance = uses[:, :, 0], uses[:, :, 1]
        price = np.array([prices.by_budget.get(budget.name, 0.0) for budget in budgets])
        ends = np.cumsum([len(offer.channels) for offer in offers])
        method = rules.exploration
        return cls(
            offers=tuple(offers),
            rules=rules,
            prices=prices,
            budgets=budgets,
            actions=actions,
            positions=tuple(
                tuple(range(end - len(offer.channels), end)) for offer, end in zip(offers, ends.tolist(), strict=True)
            ),
            order=_order(actions),
            draws=method.draws(len(actions)) if method.method == "thompson" else np.zeros((0, len(actions))),
            margin=np.array([offer.value for offer, _ in pairs], dtype=np.float64),
            cost=np.array([offer.cost for offer, _ in pairs], dtype=np.float64),
            contact_cost=np.array(contact, dtype=np.float64),
            lever=np.array([_pulled(rules, *pair) for pair in pairs], dtype=np.float64),
            fixed=fixed,
            per_acceptance=per_acceptance,
            shadow_fixed=price @ fixed,
            shadow_accepted=price @ per_acceptance,
        )

    def under(self, prices: Prices) -> Menu:
        """The same menu under other shadow prices."""
        price = np.array([prices.by_budget.get(budget.name, 0.0) for budget in self.budgets])
        return replace(
            self, prices=prices, shadow_fixed=price @ self.fixed, shadow_accepted=price @ self.per_acceptance
        )

    def take(self, index: Index) -> Row:
        """The columns of some of the actions; at position -1 those of nothing, which are all 0."""
        return Row(*self._rows.take(index, axis=1))

    def uses(self, index: Index, p_accept: Vector) -> Matrix:
        """What some of the actions (k,) use of each budget (B, k); nothing, at position -1, uses none."""
        fixed, per_acceptance = self._uses.take(index, axis=2)
        return np.asarray(fixed + per_acceptance * p_accept)

    def members(self, index: Index) -> Matrix:
        """The draws of some of the actions (members, k); of nothing, at position -1, which is known, they are 0."""
        return self._members.take(index, axis=1)

    @cached_property
    def fallback(self) -> int | None:
        """The position of the policy's fallback; None where it has none, or none that is on the menu."""
        return next((at for at, one in enumerate(self.actions) if one.key == self.rules.fallback), None)

    def only_fallback(self, index: Index) -> bool:
        """Whether of the candidates at `index`, nothing among them, only nothing and the fallback are left."""
        return len(index) == 2 and int(index.max()) == self.fallback

    @cached_property
    def channels(self) -> tuple[str, ...]:
        """Every channel that an action uses, once."""
        return tuple(dict.fromkeys(channel for offer in self.offers for channel in offer.channels))

    @cached_property
    def _rows(self) -> Matrix:
        """The columns of Row (6, K + 1), nothing last: one look-up serves a decision."""
        return _and_nothing(np.array([getattr(self, column.name) for column in fields(Row)]))

    @cached_property
    def _uses(self) -> Matrix:
        """`fixed` and `per_acceptance` (2, B, K + 1), nothing last."""
        return _and_nothing(np.array([self.fixed, self.per_acceptance]))

    @cached_property
    def _members(self) -> Matrix:
        """`draws` (members, K + 1), nothing last."""
        return _and_nothing(self.draws)


@dataclass(frozen=True, slots=True)
class Row:
    """Columns of some actions of a menu (k,). Implements `decisioning.arbitration.Columns`."""

    margin: Vector
    cost: Vector
    contact_cost: Vector
    lever: Vector
    shadow_fixed: Vector
    shadow_accepted: Vector


def _and_nothing(columns: Matrix) -> Matrix:
    """The columns of actions and those of nothing, which are 0."""
    return np.concatenate([columns, np.zeros((*columns.shape[:-1], 1))], axis=-1)


def _order(actions: Sequence[Candidate]) -> Index:
    keys = [one.key for one in actions]
    order = np.zeros(len(keys) + 1, np.intp)
    order[sorted(range(len(keys)), key=keys.__getitem__)] = np.arange(1, len(keys) + 1)
    return order


def _pulled(rules: PolicyRules, offer: Offer, channel: str) -> float:
    return sum((lever.amount for lever in rules.levers if lever.matches(offer, channel)), 0.0)
