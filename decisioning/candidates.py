"""Candidates: every offer on every channel it may use, and nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from decisioning.offers import Offer


@dataclass(frozen=True, slots=True)
class Candidate:
    """An action that may be chosen: an offer on a channel, or nothing, where both are None.

    `key` is (offer_id, channel), by which ties are broken; nothing is ("", "") and so wins every tie.
    """

    offer: Offer | None
    channel: str | None
    key: tuple[str, str] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", (self.offer.offer_id if self.offer else "", self.channel or ""))


NOTHING = Candidate(None, None)


def candidates(offers: Iterable[Offer]) -> list[Candidate]:
    """One candidate per offer and channel, in the order given, and nothing last."""
    return [*(Candidate(offer, channel) for offer in offers for channel in offer.channels), NOTHING]
