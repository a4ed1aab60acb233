"""The shortlist: which actions may be made for one customer now, and the trail of those that may not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from decisioning.arms import Arm
from decisioning.candidates import NOTHING, Candidate
from decisioning.contact_policy import SCOPES, Refusal, contact_stages
from decisioning.eligibility import Circumstances, consent, offer_refusal
from decisioning.menu import Menu
from decisioning.offers import Offer


class Filtered(NamedTuple):
    """An offer that may not be made, on one channel or, where that is None, on any; which stage said so, and why."""

    offer_id: str
    channel: str | None
    stage: str
    reason: str


@dataclass(frozen=True, slots=True)
class Shortlist:
    """What may be done for a customer of `arm`: `index` are positions in the menu's actions; nothing always may.

    It is empty for a customer of the holdout. `preferred` is the channel that the customer prefers, `left` what may
    still be used of budgets, by name. `given` is what was asked about, for the caps that several offers made at once
    may reach; without it they are not counted.
    """

    menu: Menu
    arm: Arm
    index: tuple[int, ...]
    filtered: tuple[Filtered, ...]
    left: Mapping[str, float]
    preferred: str | None = None
    given: Circumstances | None = field(default=None, repr=False)

    @property
    def to_score(self) -> tuple[Candidate, ...]:
        """The candidates that need a p_accept: all but nothing, in order."""
        return tuple(self.menu.actions[at] for at in self.index)

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """All that may be done, nothing last."""
        return (*self.to_score, NOTHING)


def shortlist(menu: Menu, circumstances: Circumstances) -> Shortlist:
    """Keep the actions that all stages let pass, and the trail of those that one refused.

    A customer in the holdout keeps the trail that the policy would have left.
    """
    filtered: list[Filtered] = []
    passed: list[int] = []
    refusals = _Refusals(menu, circumstances)
    for offer, positions in zip(menu.offers, menu.positions, strict=True):
        if refused := offer_refusal(offer, circumstances):
            filtered.append(Filtered(offer.offer_id, None, *refused))
        elif refusals.none(offer):
            passed.extend(positions)
        else:
            for at, channel in zip(positions, offer.channels, strict=True):
                if on_channel := refusals.of(offer, channel):
                    filtered.append(Filtered(offer.offer_id, channel, *on_channel))
                else:
                    passed.append(at)
    arm = menu.rules.arms.of(circumstances.customer_id)
    if arm == "holdout":
        return Shortlist(menu, arm, (), tuple(filtered), circumstances.left, given=circumstances)
    return Shortlist(
        menu, arm, tuple(passed), tuple(filtered), circumstances.left, refusals.preferred, given=circumstances
    )


class _Refusals:
    """What refuses an offer on a channel; a channel is asked about once, whatever offers it may carry."""

    def __init__(self, menu: Menu, circumstances: Circumstances) -> None:
        self._rules = menu.rules
        self._given = circumstances
        self._contact = contact_stages(menu.rules.caps, menu.rules.rests, circumstances)
        self.preferred = _preferred(menu, circumstances)
        found = {channel: self._of_channel(channel) for channel in menu.channels}
        self._channels = {channel: refused for channel, refused in found.items() if refused}
        scopes = [self._contact.names(scope) if self._contact else frozenset[str]() for scope in SCOPES]
        self._anybody, self._offers, self._kinds = scopes[0], scopes[1], scopes[2]
        self._closed = scopes[3].union(self._channels)

    def none(self, offer: Offer) -> bool:
        """Whether all channels of the offer are open, as they mostly are: told at once, without a question for each."""
        return not (
            self._anybody
            or offer.offer_id in self._offers
            or offer.kind in self._kinds
            or (self._closed and not self._closed.isdisjoint(offer.channels))
        )

    def of(self, offer: Offer, channel: str) -> Refusal | None:
        """The stage that refuses and its reason; None where none does."""
        if refused := self._channels.get(channel):
            return refused
        return self._contact(offer, channel) if self._contact else None

    def _of_channel(self, channel: str) -> Refusal | None:
        if reason := consent(channel, self._given, self._rules.consent_default):
            return "consent", reason
        preference = self._rules.preference
        if preference and preference.only and self.preferred not in (None, channel):
            return "preference", f"the customer prefers {self.preferred}"
        for quiet in self._rules.quiet_hours:
            if quiet.holds(channel, self._given.now):
                return "quiet_hours", f"no {channel} from {quiet.begin:%H:%M} to {quiet.end:%H:%M} {quiet.zone.key}"
        return None


def _preferred(menu: Menu, circumstances: Circumstances) -> str | None:
    """The channel the customer has named, where the policy asks for one."""
    preference = menu.rules.preference
    named = circumstances.attributes.get(preference.attribute) if preference else None
    return named if isinstance(named, str) and named else None
