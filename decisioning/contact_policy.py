"""Contact policy: how often, when and how soon after a refusal one customer may be contacted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from decisioning.eligibility import Circumstances, Contact
from decisioning.offers import Offer

Scope = Literal["any", "offer", "kind", "channel"]
Refusal = tuple[str, str]  # the stage that refuses, and the reason
Stage = Callable[[Offer, str], Refusal | None]


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


def contact_stages(caps: Sequence[Cap], rests: Sequence[Rest], circumstances: Circumstances) -> Stage | None:
    """What an offer on a channel would break of the caps and rests; None where it can break nothing.

    A contact counts while now - window < at <= now: one made at this very instant counts, one exactly a window old no
    longer does; a refusal likewise. All are counted once, however many candidates are asked about.
    """
    full = [(cap, names) for cap in caps if (names := _full(cap, circumstances))]
    resting = [(rest, since) for rest in rests if (since := _refused(rest, circumstances))]
    if not full and not resting:
        return None

    def stage(offer: Offer, channel: str) -> Refusal | None:
        for rest, refused in resting:
            name = _name(rest.scope, offer.offer_id, offer.kind, channel)
            if name in refused:
                about = f" ({rest.scope} {name})" if name else ""
                return "rest", f"declined on {refused[name]:%Y-%m-%d}{about}; left alone for {rest.days:g} days"
        for cap, made in full:
            name = _name(cap.scope, offer.offer_id, offer.kind, channel)
            if name in made:
                about = f"{cap.scope} {name}".rstrip()
                reason = f"{made[name]} contacts ({about}) in {cap.window_days:g} days"
                return "contact_cap", f"{reason}; at most {cap.max_contacts} allowed"
        return None

    return stage


def longest(caps: Sequence[Cap], rests: Sequence[Rest]) -> timedelta:
    """How far back contacts and refusals matter."""
    return timedelta(days=max((*(cap.window_days for cap in caps), *(rest.days for rest in rests)), default=0.0))


def _full(cap: Cap, circumstances: Circumstances) -> Mapping[str, int]:
    """Contacts made under each name that has reached the cap."""
    made = Counter(_names(cap.scope, _within(circumstances.contacts, circumstances.now, cap.window_days)))
    return {name: count for name, count in made.items() if count >= cap.max_contacts and cap.name in (None, name)}


def _refused(rest: Rest, circumstances: Circumstances) -> Mapping[str, datetime]:
    """When each name was last refused, where that was within the rest."""
    refusals = sorted(_within(circumstances.refusals, circumstances.now, rest.days), key=lambda one: one.at)
    return dict(zip(_names(rest.scope, refusals), (one.at for one in refusals), strict=True))


def _within(contacts: Sequence[Contact], now: datetime, days: float) -> list[Contact]:
    window = timedelta(days=days)
    return [contact for contact in contacts if now - window < contact.at <= now]


def _names(scope: Scope, contacts: Sequence[Contact]) -> list[str]:
    return [_name(scope, contact.offer_id, contact.kind, contact.channel) for contact in contacts]


def _name(scope: Scope, offer_id: str, kind: str, channel: str) -> str:
    return {"any": "", "offer": offer_id, "kind": kind, "channel": channel}[scope]
