"""Contact policy: how often, when and how soon after a refusal one customer may be contacted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from decisioning.eligibility import Circumstances, Contact
from decisioning.offers import Offer

Scope = Literal["any", "offer", "kind", "channel"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
Refusal = tuple[str, str]  # the stage that refuses, and the reason


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `max_contacts` >= 1 within `window_days`, counted over all, or apart for each offer, kind or channel.

    `name` narrows the cap to one offer_id, kind or channel; None holds each to it.
    """

    scope: Scope
    max_contacts: int
    window_days: float
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Rest:
    """Leave the customer alone for `days` after an offer was declined: with that offer, its kind or channel, or all."""

    scope: Scope
    days: float


@dataclass(frozen=True, slots=True)
class QuietHours:
    """No contact on `channels` from `begin` until `end` by the clock of `zone`, over midnight where begin is later."""

    channels: frozenset[str]
    begin: time
    end: time
    zone: ZoneInfo

    def holds(self, channel: str, now: datetime) -> bool:
        """Whether `channel` rests at `now`."""
        if channel not in self.channels:
            return False
        clock = now.astimezone(self.zone).time()
        if self.begin <= self.end:
            return self.begin <= clock < self.end
        return clock >= self.begin or clock < self.end


@dataclass(frozen=True, slots=True)
class Stage:
    """What rests and caps refuse: of each that is broken its place in SCOPES, and what is said under which names."""

    broken: tuple[tuple[int, Mapping[str, Refusal]], ...]

    def __call__(self, offer: Offer, channel: str) -> Refusal | None:
        """What an offer on a channel would break first; None where it breaks nothing."""
        own = ("", offer.offer_id, offer.kind, channel)  # as in SCOPES
        for place, names in self.broken:
            if found := names.get(own[place]):
                return found
        return None

    def names(self, scope: Scope) -> frozenset[str]:
        """The offers, kinds or channels that are refused as such; the empty name where all are."""
        return frozenset(name for place, names in self.broken if SCOPES[place] == scope for name in names)


def contact_stages(caps: Sequence[Cap], rests: Sequence[Rest], circumstances: Circumstances) -> Stage | None:
    """What an offer on a channel would break of the rests and caps; None where it can break nothing.

    A contact counts while now - window < at <= now: one made at this very instant counts, one exactly a window old no
    longer does; a refusal likewise. All are counted once, however many candidates are asked about.
    """
    contacts = len(circumstances.contacts)
    refused = [(SCOPES.index(rest.scope), _resting(rest, circumstances)) for rest in rests if circumstances.refusals]
    refused += [(SCOPES.index(cap.scope), _full(cap, circumstances)) for cap in caps if contacts >= cap.max_contacts]
    broken = tuple((place, names) for place, names in refused if names)
    return Stage(broken) if broken else None


def longest(caps: Sequence[Cap], rests: Sequence[Rest]) -> timedelta:
    """How far back contacts and refusals matter."""
    return timedelta(days=max((*(cap.window_days for cap in caps), *(rest.days for rest in rests)), default=0.0))


def _full(cap: Cap, circumstances: Circumstances) -> Mapping[str, Refusal]:
    """What is said under each name that has reached the cap."""
    made = Counter(_names(cap.scope, _within(circumstances.contacts, circumstances.now, cap.window_days)))
    return {
        name: (
            "contact_cap",
            f"{count} contacts ({f'{cap.scope} {name}'.rstrip()}) in {cap.window_days:g} days; "
            f"at most {cap.max_contacts} allowed",
        )
        for name, count in made.items()
        if count >= cap.max_contacts and cap.name in (None, name)
    }


def _resting(rest: Rest, circumstances: Circumstances) -> Mapping[str, Refusal]:
    """What is said under each name that was refused within the rest, of its last refusal."""
    refusals = sorted(_within(circumstances.refusals, circumstances.now, rest.days), key=lambda one: one.at)
    last = dict(zip(_names(rest.scope, refusals), (one.at for one in refusals), strict=True))
    return {
        name: (
            "rest",
            f"declined on {at:%Y-%m-%d}{f' ({rest.scope} {name})' if name else ''}; left alone for {rest.days:g} days",
        )
        for name, at in last.items()
    }


def _within(contacts: Sequence[Contact], now: datetime, days: float) -> list[Contact]:
    window = timedelta(days=days)
    return [contact for contact in contacts if now - window < contact.at <= now]


def _names(scope: Scope, contacts: Sequence[Contact]) -> list[str]:
    place = SCOPES.index(scope)
    return [("", contact.offer_id, contact.kind, contact.channel)[place] for contact in contacts]
