"""The audience of a campaign, and those of it whom no look at worth decides for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decisioning.allocation import CHUNK, NOTHING
from decisioning.arms import MEASURING, Arm
from decisioning.menu import Menu

Vector = NDArray[np.float64]
Numbers = NDArray[np.floating]
Index = NDArray[np.intp]
Flags = NDArray[np.bool_]
ARMS: tuple[Arm, ...] = ("policy", *MEASURING)


@dataclass(frozen=True)
class Audience:
    """n customers before K actions of a menu: what may be made, and what the models say.

    `arm` (n,) are places in ARMS. `possible` (n, K) is what the stages let pass, `disturbs` (n, K) what would drive the
    customer away. `effect_value` (n, K) is in currency, NaN where no effect counts; `preference` (n, K) likewise, or 0.
    """

    arm: Index
    possible: Flags
    disturbs: Flags
    p_accept: Numbers
    effect_value: Numbers
    preference: Numbers | float = 0.0

    def __len__(self) -> int:
        return len(self.arm)


@dataclass(frozen=True)
class Apart:
    """Explorers, and the arms of random and acceptance, each within its customers' share of every budget.

    `choice` (n,) is theirs, NOTHING for all others, of whom `free` are the places of those whom worth decides for, and
    `left` is what those may use. `candidates` (n,) could be chosen, nothing among them; `mixed` (n,) is the chance to
    explore. An action drawn among the candidates is served with its chance in `served_exploring` or `served_random`
    (K,), else nothing is done. `likeliest` (n,) is what the rule of acceptance puts first.
    """

    choice: Index
    free: Index
    left: Mapping[str, float]
    candidates: Index
    mixed: Vector
    served_exploring: Vector
    served_random: Vector
    likeliest: Index

    def evenly(self, choice: Index, possible: Flags, served: Vector) -> Vector:
        """The chance (n,) of `choice` in an even draw among what is `possible` (n, K), `served` (K,) so often."""
        nothing = 1.0 - (possible @ served) / self.candidates
        return np.where(choice == NOTHING, nothing, served[choice] / self.candidates)


def set_apart(audience: Audience, menu: Menu, left: Mapping[str, float], rng: np.random.Generator) -> Apart:
    """Draw who explores and settle what does not look at worth, within shares of what is `left` of budgets.

    What is drawn is expected to use its share; where it uses more, less is left for all others, so that every draw is
    as likely as is said.
    """
    candidates = (audience.possible.sum(axis=1) + 1).astype(np.intp)
    exploration = menu.rules.exploration
    # As `exploration.selection_probabilities` has it for a rule that puts one candidate first.
    mixed = np.maximum(exploration.epsilon, np.minimum(exploration.floor * candidates, 1.0))
    within = _Budgets(audience, menu, {name: max(0.0, one) for name, one in left.items()})
    arm = {name: audience.arm == number for number, name in enumerate(ARMS)}
    exploring = (rng.random(len(audience)) < mixed) & ~arm["holdout"] & ~arm["random"]
    choice = np.full(len(audience), NOTHING, dtype=np.intp)
    served = list[Vector]()
    for group in (exploring, arm["random"]):
        rows = rng.permutation(np.flatnonzero(group))
        share = within.served(rows, candidates[rows])
        drawn = _evenly(audience.possible[rows], candidates[rows], rng.random(len(rows)))
        given = rng.random(len(rows)) < share[drawn]
        choice[rows] = within.kept(rows, np.where(given, drawn, NOTHING), within.unused(choice))
        served.append(share)
    rows = np.flatnonzero(arm["acceptance"] & ~exploring)
    likeliest, chance = _likeliest(audience)
    order = rows[np.argsort(-chance[rows], kind="stable")]
    own = {name: min(within.share(rows, name), unused) for name, unused in within.unused(choice).items()}
    choice[order] = within.kept(order, likeliest[order], own)
    refused = chance[order][(choice[order] == NOTHING) & (likeliest[order] != NOTHING)]
    likeliest = np.where(chance > refused.max(initial=-1.0), likeliest, NOTHING)
    free = np.flatnonzero((arm["policy"] | arm["no_levers"]) & ~exploring)
    explored, random = served
    return Apart(choice, free, within.unused(choice), candidates, mixed, explored, random, likeliest)


@dataclass(frozen=True)
class _Budgets:
    """Shares of budgets: a group's is the part that its customers are of the customers treated."""

    audience: Audience
    menu: Menu
    left: Mapping[str, float]

    def served(self, rows: Index, candidates: Index) -> Vector:
        """How often an even draw of each action (K,) for the customers `rows` may be served."""
        weight = self.audience.possible[rows] / candidates[:, None]
        fixed, accepted = weight.sum(axis=0), (weight * self.audience.p_accept[rows]).sum(axis=0)
        menu, found = self.menu, np.ones(len(fixed))
        for row, budget in enumerate(menu.budgets):
            covered = menu.fixed[row] + menu.per_acceptance[row] > 0
            expected = float(menu.fixed[row] @ fixed + menu.per_acceptance[row] @ accepted)
            if budget.name in self.left and expected > 0:
                found = np.where(covered, np.minimum(found, self.share(rows, budget.name) / expected), found)
        return found

    def kept(self, rows: Index, actions: Index, limits: Mapping[str, float]) -> Index:
        """What of `actions` (m,) for the customers `rows` (m,) is within `limits`; who comes first is served first."""
        kept = actions.copy()
        for row, budget in enumerate(self.menu.budgets):
            if budget.name in limits:
                uses = self._uses(rows, kept)[row]
                kept[(np.cumsum(uses) > limits[budget.name]) & (uses > 0)] = NOTHING
        return kept

    def unused(self, choice: Index) -> Mapping[str, float]:
        """What `choice` (n,) leaves of each budget."""
        rows = np.flatnonzero(choice != NOTHING)
        used = self._uses(rows, choice[rows]).sum(axis=1)
        named = zip((budget.name for budget in self.menu.budgets), used.tolist(), strict=True)
        return {name: max(0.0, self.left[name] - use) for name, use in named if name in self.left}

    def share(self, rows: Index, name: str) -> float:
        """What a group of customers may use of a budget."""
        treated = int((self.audience.arm != ARMS.index("holdout")).sum())
        return self.left[name] * len(rows) / max(1, treated)

    def _uses(self, rows: Index, actions: Index) -> Vector:
        """What each of `actions` (m,) uses of each budget (B, m)."""
        p_accept = self.audience.p_accept[rows, actions].astype(np.float64)
        uses = self.menu.fixed[:, actions] + self.menu.per_acceptance[:, actions] * p_accept
        return np.where(actions == NOTHING, 0.0, uses)


def _evenly(possible: Flags, candidates: Index, even: Vector) -> Index:
    """One of the candidates of each customer, all as likely; the last of them is nothing."""
    place = np.minimum((even * candidates).astype(np.intp), candidates - 1)
    reached = np.cumsum(possible, axis=1) > place[:, None]
    return np.where(reached.any(axis=1), reached.argmax(axis=1), NOTHING)


def _likeliest(audience: Audience) -> tuple[Index, Vector]:
    """(the action that each customer is likeliest to accept (n,), how likely (n,))."""
    best, most = np.empty(len(audience), np.intp), np.empty(len(audience))
    for start in range(0, len(audience), CHUNK):
        rows = slice(start, start + CHUNK)
        chance = np.where(audience.possible[rows], audience.p_accept[rows], -1.0)
        best[rows] = chance.argmax(axis=1)
        most[rows] = chance.max(axis=1)
    return np.where(most >= 0, best, NOTHING), most
