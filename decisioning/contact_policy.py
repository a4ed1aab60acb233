"""Contact policy: how often one customer may be contacted, in all or per offer, kind or channel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from decisioning.eligibility import Circumstances
from decisioning.offers import Offer

Scope = Literal["any", "offer", "kind", "channel"]


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `max_contacts` >= 1 within `window_days`, counted over all, or apart for each offer, kind or channel.

    `name` narrows the cap to one offer_id, kind or channel; None holds each to it.
    """

    scope: Scope
    max_contacts: int
    window_days: float
    name: str | None = None


def contact_cap(caps: Sequence[Cap], circumstances: Circumstances) -> Callable[[Offer, str], str | None]:
    """Make the stage of one request: it gives the reason of the first cap an offer on a channel would break, or None.

    A contact counts while now - window < at <= now: one made at this very instant counts, one exactly a window old no
    longer does. Contacts are counted once, however many candidates are asked about.
    """
    spent = [(cap, names) for cap in caps if (names := _spent(cap, circumstances))]

    def reason(offer: Offer, channel: str) -> str | None:
        for cap, made in spent:
            name = _name(cap.scope, offer.offer_id, offer.kind, channel)
            if name in made:
                about = f"{cap.scope} {name}".rstrip()
                return (
                    f"{made[name]} contacts ({about}) in {cap.window_days:g} days; at most {cap.max_contacts} allowed"
                )
        return None

    return reason


def _spent(cap: Cap, circumstances: Circumstances) -> Mapping[str, int]:
    """Contacts made under each name that has reached the cap."""
    now, window = circumstances.now, timedelta(days=cap.window_days)
    recent = [contact for contact in circumstances.contacts if now - window < contact.at <= now]
    made = Counter(_name(cap.scope, contact.offer_id, contact.kind, contact.channel) for contact in recent)
    return {name: count for name, count in made.items() if count >= cap.max_contacts and cap.name in (None, name)}


def _name(scope: Scope, offer_id: str, kind: str, channel: str) -> str:
    return {"any": "", "offer": offer_id, "kind": kind, "channel": channel}[scope]
