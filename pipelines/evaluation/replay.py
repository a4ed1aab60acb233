"""What a policy would have done at each logged moment, by the decision core that serves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from decisioning.arbitration import UNKNOWN_EFFECT, Effect
from decisioning.candidates import NOTHING
from decisioning.decide import Decision, Shortlist, decide, shortlist
from decisioning.eligibility import Circumstances
from decisioning.offers import Offer
from decisioning.policy import PolicyRules

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
    """Decide at every moment without a holdout; `actions` name the columns, nothing among them.

    `progress` is told the moments done.
    """
    listing = _Listing(offers, replace(rules, holdout_share=0.0))
    column = {key: at for at, key in enumerate(actions)}
    found, unjudged = list[Vector](), Counter[Key]()
    for done, moment in enumerate(moments, start=1):
        decision, unknown = _decide(listing, moment)
        unjudged.update(unknown)
        row = np.zeros(len(actions))
        for ranked in decision.ranked:
            row[column[ranked.candidate.key]] = ranked.selection_probability
        found.append(row)
        if done % STEP == 0:
            progress(done)
    return Replayed(np.array(found).reshape(-1, len(actions)), unjudged)


def _decide(listing: _Listing, moment: Moment) -> tuple[Decision, list[Key]]:
    """The decision at one moment, and the actions that were left out of it."""
    listed = listing.of(moment.circumstances)
    known = [candidate for candidate in listed.to_score if candidate.key in moment.p_accept]
    unknown = [candidate.key for candidate in listed.to_score if candidate.key not in moment.p_accept]
    decision = decide(
        replace(listed, candidates=(*known, NOTHING)) if unknown else listed,
        [moment.p_accept[candidate.key] for candidate in known],
        listing.rules,
        listing.rng,
        value_at_stake=moment.value_at_stake,
        effects=[moment.effects.get(candidate.key, UNKNOWN_EFFECT) for candidate in known],
    )
    return decision, unknown


class _Listing:
    """Shortlists, one for all moments that differ in nothing a stage looks at."""

    def __init__(self, offers: Sequence[Offer], rules: PolicyRules) -> None:
        self.rules, self.rng = rules, np.random.default_rng(0)  # what is drawn is not used: probabilities are
        self._offers = tuple(offers)
        self._personal = any(offer.eligible for offer in offers)
        self._known: dict[object, Shortlist] = {}

    def of(self, given: Circumstances) -> Shortlist:
        if self._personal:
            return shortlist(self._offers, given, self.rules)
        key = given.now, tuple(sorted(given.consents.items())), tuple(given.contacts), given.excluded_offers
        if key not in self._known:
            self._known[key] = shortlist(self._offers, given, self.rules)
        return self._known[key]
