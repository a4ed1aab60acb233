"""The market, week by week: `Market.step(week, actions)` lives one week of every customer and tells what happened.

A market knows nothing of who chooses the actions: a log's policy, a manager, or a service in a closed loop.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass

import numpy as np

from pipelines.market import lives, response
from pipelines.market.arrays import Flags, Index, Vector
from pipelines.market.catalogue import CHANNELS, NOTHING, SIX, Catalogue
from pipelines.market.chance import Chance
from pipelines.market.climate import Climate, Drift, climate
from pipelines.market.lives import ABSENT, ACTIVE, FADING, GONE, KEEPING
from pipelines.market.response import Mood, Shift
from pipelines.market.traits import Traits
from pipelines.market.truth import Since

LONG_AGO = 999.0  # weeks since a service failure, where there was none
RESTING = 0.8  # of the fatigue of contacts, from one week to the next
BEGINNING = (0.75, 0.2)  # share of the customers of old who are active, and fading, when the simulation begins
COMPLAINING = 0.9  # of those whose service failed
ANSWERING = 0.02  # a week, of those who are asked whether they would recommend the company
UNSUBSCRIBES = 0.12  # of the touchiest, when a contact is noticed and not accepted


@dataclass(frozen=True, slots=True)
class Week:
    """What happened in a week, one value per customer. Counts are whole numbers.

    `state` is the life state after the week's moves (-1: not signed up); `action`, `noticed` and `accepted` speak of
    the contact at the week's beginning. `discounted` purchases are among `purchases`, `clicks` among `opens`.
    """

    week: int
    state: Index
    action: Index
    noticed: Flags
    accepted: Flags
    unsubscribed: Flags
    purchases: Index
    discounted: Index
    billed: Flags
    amount: Vector  # of the purchases, in currency
    margin: Vector  # of the purchases and the bill, in currency
    app: Index
    web: Index
    opens: Index
    clicks: Index
    complained: Flags
    score: Vector  # the answer to "would you recommend us?", 0 to 10; NaN where not asked or not answered


class Market:
    """Customers and the state of their lives; `rng` drives everything that happens to them from here on."""

    def __init__(
        self, traits: Traits, rng: Chance, drifts: Sequence[Drift] = (), *, catalogue: Catalogue = SIX
    ) -> None:
        rows = len(traits.rate)
        self.traits, self.drifts, self.catalogue = traits, tuple(drifts), catalogue
        self.consents = traits.consents.copy()
        self._rng = rng
        began = np.searchsorted(np.cumsum(BEGINNING), rng.random(rows))
        self._state = np.where(traits.arrives >= 0, ABSENT, began).astype(np.int64)
        self._grieved, self._fatigue = np.full(rows, LONG_AGO), np.zeros(rows)
        self._calm, self._keen = np.zeros(rows), np.zeros(rows)

    @property
    def mood(self) -> Mood:
        """The customers' moods now."""
        return Mood(self._state.copy(), self._grieved.copy(), self._fatigue.copy())

    def since(self, week: int) -> Since:
        """Where the truth's recursion starts at the beginning of `week`; customers not signed up count as gone."""
        mood = self.mood
        state = np.where(mood.state == ABSENT, GONE, mood.state)
        return Since(week, Mood(state, mood.grieved, mood.fatigue), self._calm.copy(), self._keen.copy())

    def fork(self, rng: Chance) -> Market:
        """The same customers in the same state, whose future `rng` draws anew."""
        twin = deepcopy(self)
        twin._rng = rng
        return twin

    def step(self, week: int, actions: Index) -> Week:
        """Live `week` after the company's `actions` (catalogue positions, NOTHING for none) at its beginning."""
        now = climate(week, self.drifts)
        self._state[self.traits.arrives == week] = ACTIVE
        noticed, accepted, unsubscribed = self._treat(actions, now)
        failed = self._move(week, now)
        bought = self._buy(week, now)
        reading, said = self._read(), self._say(failed)
        self._calm *= KEEPING
        self._keen *= KEEPING
        self._fatigue *= RESTING
        return Week(week, self._state.copy(), actions.copy(), noticed, accepted, unsubscribed, *bought, *reading, *said)

    def _treat(self, actions: Index, now: Climate) -> tuple[Flags, Flags, Flags]:
        """Contact the customers: who notices, who accepts, who unsubscribes; lives jump at once."""
        u = self._rng.random((4, len(actions)))
        noticed, accepted = np.zeros(len(actions), dtype=bool), np.zeros(len(actions), dtype=bool)
        mood = self.mood
        for number, action in enumerate(self.catalogue.actions):
            at = np.flatnonzero(actions == number)
            if len(at):
                traits, feeling = _some(self.traits, at), _feeling(mood, at)
                noticed[at] = u[0, at] < response.reach(traits, feeling, action.channel)
                accepted[at] = u[1, at] < response.acceptance(
                    traits, feeling, self.catalogue.offers[action.offer], action.channel
                )
        noticed &= mood.state != ABSENT
        accepted &= noticed
        self._shift(np.flatnonzero(noticed & ~accepted), mood, u[2], None, now)
        offer = np.append(self.catalogue.offer, NOTHING)[actions]
        for number in range(len(self.catalogue.offers)):
            self._shift(np.flatnonzero(accepted & (offer == number)), mood, u[2], number, now)
        self._fatigue += noticed
        unsubscribed = noticed & ~accepted & (u[3] < UNSUBSCRIBES * self.traits.touchy)
        channels = self.catalogue.channel[actions]
        self.consents[np.flatnonzero(unsubscribed), channels[unsubscribed]] = False
        return noticed, accepted, unsubscribed

    def _shift(self, at: Index, mood: Mood, u: Vector, offer: int | None, now: Climate) -> None:
        if not len(at):
            return
        traits, feeling = _some(self.traits, at), _feeling(mood, at)
        shift = (
            response.contacted(traits, feeling)
            if offer is None
            else response.accepted(traits, feeling, self.catalogue.offers[offer], now)
        )
        self._state[at] = _jumped(feeling.state, shift, u[at])
        self._calm[at] += shift.calm
        self._keen[at] += shift.keen

    def _move(self, week: int, now: Climate) -> Flags:
        u = self._rng.random((2, len(self._state)))
        failed: Flags = (u[0] < self.traits.unlucky) & ((self._state == ACTIVE) | (self._state == FADING))
        chance = lives.moves(self.traits, week, now, self._calm, failed.astype(np.float64))
        self._grieved = np.where(failed, 0.0, self._grieved + 1.0)
        self._state = lives.moved(self._state, chance, u[1])
        return failed

    def _buy(self, week: int, now: Climate) -> tuple[Index, Index, Flags, Vector, Vector]:
        traits, staying = self.traits, (self._state == ACTIVE) | (self._state == FADING)
        rate = lives.buying(traits, now, self._keen) * np.where(staying, lives.BUYING[self._state], 0.0)
        purchases = self._rng.poisson(rate)
        discounted = self._rng.binomial(purchases, lives.bargains(traits))
        # The mean of several baskets spreads less than one; its expectation is one.
        spread = 0.3 / np.sqrt(np.maximum(purchases, 1))
        size = np.exp(spread * self._rng.standard_normal(len(rate)) - spread**2 / 2.0)
        gross = purchases * traits.basket * now.price * size
        off = np.divide(discounted, purchases, out=np.zeros(len(rate)), where=purchases > 0) * lives.DISCOUNT
        billed = staying & lives.billed(traits, week)
        margin = gross * (lives.MARGIN_RATE - off) + billed * lives.margin_of_bill(traits)
        return purchases, discounted, billed, gross * (1.0 - off), margin

    def _read(self) -> tuple[Index, Index, Index, Index]:
        """Visits to app and web, newsletters opened and clicked."""
        liveliness = np.select([self._state == ACTIVE, self._state == FADING, self._state == GONE], [1.0, 0.15, 0.04])
        digital, rng = self.traits.digital, self._rng
        app = rng.poisson(1.2 * np.where(digital > 0.3, digital, 0.0) * liveliness)
        web = rng.poisson((0.8 + 0.3 * self.traits.rate) * liveliness)
        reads = (0.08 + 0.4 * digital) * np.where(self._state == ABSENT, 0.0, 0.3 + 0.7 * liveliness)
        opens = rng.random(len(digital)) < reads * self.consents[:, list(CHANNELS).index("email")]
        clicks = opens & (rng.random(len(digital)) < 0.1 + 0.3 * self.traits.deal)
        return app, web, opens.astype(np.int64), clicks.astype(np.int64)

    def _say(self, failed: Flags) -> tuple[Flags, Vector]:
        """Complaints, after most service failures, and answers to the survey a few are sent each week."""
        u, noise = self._rng.random((2, len(failed))), self._rng.standard_normal(len(failed))
        known = self._state != ABSENT
        like = 7.5 - 1.8 * self.traits.loose - 2.0 * (self._state == FADING) - 3.0 * (self._state == GONE) + 1.2 * noise
        asked = known & (u[1] < np.where(self._state == GONE, ANSWERING / 4.0, ANSWERING))
        return failed & (u[0] < COMPLAINING), np.where(asked, np.clip(np.round(like), 0.0, 10.0), np.nan)


def nothing(customers: int) -> Index:
    """The actions of a company that leaves everybody alone."""
    return np.full(customers, NOTHING, dtype=np.int64)


def _some(traits: Traits, at: Index) -> Traits:
    return Traits(*(getattr(traits, name)[at] for name in Traits.__slots__))


def _feeling(mood: Mood, at: Index) -> Mood:
    return Mood(mood.state[at], mood.grieved[at], mood.fatigue[at])


def _jumped(state: Index, shift: Shift, u: Vector) -> Index:
    """The states just after a contact, drawn with one uniform a customer."""
    lost = np.where(state == ACTIVE, FADING, GONE)
    loses = (u > 1.0 - shift.loses) & ((state == ACTIVE) | (state == FADING))
    return np.where(u < shift.wakes, ACTIVE, np.where(loses, lost, state))
