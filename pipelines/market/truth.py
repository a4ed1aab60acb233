"""What is bound to happen on average: retention and margin over a horizon, untreated and under every action.

Exact, by carrying the probabilities of the life states forward week by week, given the state at treatment and no
further treatment. An action's future is a mixture: not noticed, noticed, accepted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pipelines.market import lives, response
from pipelines.market.arrays import Index, Vector
from pipelines.market.catalogue import CHANNELS, SIX, Catalogue
from pipelines.market.climate import Drift, climate
from pipelines.market.lives import ACTIVE, FADING, GONE, KEEPING, STATES
from pipelines.market.response import Mood, Shift
from pipelines.market.traits import Traits

HORIZON_WEEKS = 8
PER_CUSTOMER = ("retention", "margin", "retention_under", "margin_under", "accepts")


@dataclass(frozen=True, slots=True)
class Truth:
    """Expected outcomes, (customers,) untreated and (customers, actions) under each action; money in currency."""

    retention: Vector
    margin: Vector
    retention_under: Vector
    margin_under: Vector
    accepts: Vector
    catalogue: Catalogue = SIX

    def of(self, rows: Index) -> Truth:
        """The truth of some of the customers."""
        return replace(self, **{name: getattr(self, name)[rows] for name in PER_CUSTOMER})

    @property
    def profit(self) -> Vector:
        """What each action earns over doing nothing: the margin it adds less the cost if accepted and the contact's."""
        cost, contact = self.catalogue.cost, self.catalogue.contact_cost
        return np.asarray(self.margin_under - self.margin[:, None] - self.accepts * cost - contact)


@dataclass(frozen=True, slots=True)
class Since:
    """Where the recursion starts: the mood at the beginning of `week` and what lasts of offers before."""

    week: int
    mood: Mood
    calm: Vector
    keen: Vector


def expected(
    traits: Traits,
    since: Since,
    drifts: tuple[Drift, ...] = (),
    weeks: int = HORIZON_WEEKS,
    *,
    catalogue: Catalogue = SIX,
) -> Truth:
    """Expected outcomes of every action taken at the beginning of `since.week`, over the `weeks` that follow."""
    still = np.zeros(len(since.calm))
    untreated = _future(traits, since, Shift(still, still, still, still), drifts, weeks)
    noticed = _future(traits, since, response.contacted(traits, since.mood), drifts, weeks)
    now = climate(since.week, drifts)
    taken = [
        _future(traits, since, response.accepted(traits, since.mood, offer, now), drifts, weeks)
        for offer in catalogue.offers
    ]
    reach = [response.reach(traits, since.mood, channel) for channel in range(len(CHANNELS))]
    under, accepts = [], []
    for action in catalogue.actions:
        offer = catalogue.offers[action.offer]
        seen, yes = reach[action.channel], response.acceptance(traits, since.mood, offer, action.channel)
        accepts.append(seen * yes)
        under.append((1.0 - seen) * untreated + seen * ((1.0 - yes) * noticed + yes * taken[action.offer]))
    both = np.stack(under, axis=2)  # (retention and margin, customers, actions)
    return Truth(untreated[0], untreated[1], both[0], both[1], np.stack(accepts, axis=1), catalogue)


def _future(traits: Traits, since: Since, shift: Shift, drifts: tuple[Drift, ...], weeks: int) -> Vector:
    """(2, customers): the probability of any purchase or bill in the weeks, and the expected margin."""
    share = _at_once(since.mood, shift)
    silent = share.copy()
    margin, calm, keen = np.zeros(share.shape[1]), since.calm + shift.calm, since.keen + shift.keen
    bill = lives.margin_of_bill(traits)
    for week in range(since.week, since.week + weeks):
        now = climate(week, drifts)
        chance = lives.moves(traits, week, now, calm)
        share, silent = lives.carried(share, chance), lives.carried(silent, chance)
        rate, due = lives.buying(traits, now, keen), lives.billed(traits, week)
        staying = share[ACTIVE] + share[FADING]
        buys = share[ACTIVE] * lives.BUYING[ACTIVE] + share[FADING] * lives.BUYING[FADING]
        margin += buys * rate * lives.margin_of_purchase(traits, now) + staying * due * bill
        for state in (ACTIVE, FADING):
            silent[state] *= np.exp(-rate * lives.BUYING[state]) * ~due
        calm, keen = calm * KEEPING, keen * KEEPING
    return np.stack([1.0 - silent.sum(axis=0), margin])


def _at_once(mood: Mood, shift: Shift) -> Vector:
    """(3, customers): the states' probabilities just after a contact."""
    share = np.zeros((STATES, len(mood.state)))
    active, fading, gone = (mood.state == state for state in (ACTIVE, FADING, GONE))
    share[ACTIVE] = active * (1.0 - shift.loses) + (fading | gone) * shift.wakes
    share[FADING] = active * shift.loses + fading * (1.0 - shift.wakes - shift.loses)
    share[GONE] = fading * shift.loses + gone * (1.0 - shift.wakes)
    return share
