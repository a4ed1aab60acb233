"""What a policy would have done at each logged moment, by the decision core that serves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from decisioning.arbitration import UNKNOWN_EFFECT, Effect
from decisioning.arms import Arms
from decisioning.decide import decide
from decisioning.decision import Decision
from decisioning.eligibility import Circumstances
from decisioning.menu import Menu
from decisioning.offers import Offer
from decisioning.policy import PolicyRules
from decisioning.shortlist import Shortlist, shortlist

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]
Key = tuple[str, str]  # of an action: offer and channel, both empty for nothing
STEP = 1000


@dataclass(frozen=True, slots=True)
class Moment:
    """What the decision core is told at one logged row: the circumstances, and what models say of each action.

    Actions that are not in `p_accept` cannot be judged and are not considered.
    """

    circumstances: Circumstances
    p_accept: Mapping[Key, float]
    effects: Mapping[Key, Effect]
    value_at_stake: float | None


@dataclass(frozen=True)
class Replayed:
    """The policy's probability of each action at each moment, rows x actions; `unjudged` counts actions left out."""

    policy: Matrix
    unjudged: Mapping[Key, int]


def replay(
    moments: Iterable[Moment],
    offers: Sequence[Offer],
    rules: PolicyRules,
    actions: Sequence[Key],
    progress: Callable[[int], None] = lambda _: None,
) -> Replayed:
    """Decide at every moment by the policy, without other arms and as if no budget were spent.

    `actions` name the columns, nothing among them.
    `progress` is told the moments done.
    """
    listing = _Listing(offers, replace(rules, arms=Arms("")))
    column = {key: at for at, key in enumerate(actions)}
    found, unjudged = list[Vector](), Counter[Key]()
    for done, moment in enumerate(moments, start=1):
        decision, unknown = _decide(listing, moment)
        unjudged.update(unknown)
        row = np.zeros(len(actions))
        for place, probability in enumerate(decision.probabilities.tolist()):
            row[column[decision.candidate(place).key]] = probability
        found.append(row)
        if done % STEP == 0:
            progress(done)
    return Replayed(np.array(found).reshape(-1, len(actions)), unjudged)


def _decide(listing: _Listing, moment: Moment) -> tuple[Decision, list[Key]]:
    """The decision at one moment, and the actions that were left out of it."""
    listed = listing.of(moment.circumstances)
    keys = [candidate.key for candidate in listed.to_score]
    judged = [key in moment.p_accept for key in keys]
    if not all(judged):
        index = tuple(at for at, known in zip(listed.index, judged, strict=True) if known)
        listed = replace(listed, index=index)
    known = [key for key, has in zip(keys, judged, strict=True) if has]
    decision = decide(
        listed,
        [moment.p_accept[key] for key in known],
        listing.rng,
        value_at_stake=moment.value_at_stake,
        effects=[moment.effects.get(key, UNKNOWN_EFFECT) for key in known],
    )
    return decision, [key for key, has in zip(keys, judged, strict=True) if not has]


class _Listing:
    """Shortlists, one for all moments that differ in nothing a stage looks at."""

    def __init__(self, offers: Sequence[Offer], rules: PolicyRules) -> None:
        self.rng = np.random.default_rng(0)  # what is drawn is not used: probabilities are
        self._menu = Menu.of(offers, rules)
        self._personal = any(offer.eligible for offer in offers) or rules.preference is not None
        self._known: dict[object, Shortlist] = {}

    def of(self, given: Circumstances) -> Shortlist:
        if self._personal:
            return shortlist(self._menu, given)
        key = given.now, tuple(sorted(given.consents.items())), tuple(given.contacts), given.excluded_offers
        if key not in self._known:
            self._known[key] = shortlist(self._menu, given)
        return self._known[key]
