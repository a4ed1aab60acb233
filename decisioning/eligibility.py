"""Who may be made which offer: validity, exclusion and eligibility of the offer, consent to the channel.

A stage is a predicate that answers with the reason it refuses, or None. It only ever removes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from decisioning.offers import Attribute, Offer

ConsentDefault = Literal["granted", "refused"]
# What an expression raises on an unknown name, a null or a number out of range; a bug of another kind must surface.
UNDECIDABLE = (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Contact:
    """An offer that was put before the customer on a channel, at a UTC instant."""

    offer_id: str
    kind: str
    channel: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Everything about one request that a stage may look at.

    `now` is the UTC instant decided for; `attributes` and `context` are what expressions see as `customer` and
    `context`; a channel that is missing from `consents`, or None there, has no consent on record. `contacts` were made,
    `refusals` are contacts at the instant the customer declined. `left` is what may still be used of budgets, by name;
    one that is missing is not asked about.
    """

    customer_id: str
    now: datetime
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    context: Mapping[str, Attribute] = field(default_factory=dict)
    consents: Mapping[str, bool | None] = field(default_factory=dict)
    contacts: Sequence[Contact] = ()
    excluded_offers: frozenset[str] = frozenset()
    refusals: Sequence[Contact] = ()
    left: Mapping[str, float] = field(default_factory=dict)


def offer_refusal(offer: Offer, circumstances: Circumstances) -> tuple[str, str] | None:
    """(stage, reason) of the first stage that refuses the offer on every channel; None where all let it pass."""
    if reason := validity(offer, circumstances):
        return "validity", reason
    if reason := excluded(offer, circumstances):
        return "excluded", reason
    # The expression is last: it alone costs more than a comparison.
    if reason := eligibility(offer, circumstances):
        return "eligibility", reason
    return None


def validity(offer: Offer, circumstances: Circumstances) -> str | None:
    """Refuses an offer outside valid_from <= now < valid_to."""
    if offer.valid_at(circumstances.now):
        return None
    return f"valid from {offer.valid_from or 'any time'} to {offer.valid_to or 'any time'}"


def excluded(offer: Offer, circumstances: Circumstances) -> str | None:
    """Refuses an offer that the request excludes."""
    return "excluded by the request" if offer.offer_id in circumstances.excluded_offers else None


def eligibility(offer: Offer, circumstances: Circumstances) -> str | None:
    """Refuses an offer unless its expression is exactly True; one that cannot be evaluated refuses, and says why."""
    if offer.eligible is None:
        return None
    try:
        answer: object = offer.eligible(_facts(offer, circumstances))
    except UNDECIDABLE as error:
        return f"{offer.eligibility}: cannot be decided: {type(error).__name__}: {str(error).partition('. ')[0]}"
    if answer is True:
        return None
    return f"{offer.eligibility}: {'false' if answer is False else f'gives {answer!r}, neither true nor false'}"


def consent(channel: str, circumstances: Circumstances, default: ConsentDefault) -> str | None:
    """Refuses a channel the customer has refused; where nothing is on record, `default` stands in."""
    granted = circumstances.consents.get(channel)
    if granted is None and default == "refused":
        return f"no consent to {channel} on record, which the policy takes as refused"
    return f"the customer refuses {channel}" if granted is False else None


def _facts(offer: Offer, circumstances: Circumstances) -> Mapping[str, Mapping[str, Attribute]]:
    return {"customer": circumstances.attributes, "offer": offer.described, "context": circumstances.context}
