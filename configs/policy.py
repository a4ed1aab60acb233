"""What a decision policy may say: the types of `configs/policies/*.yaml` and of a workspace's `policy.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from pathlib import Path
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, FiniteFloat, model_validator

from configs.channels import CHANNELS, Channel
from configs.dataset import Zone
from configs.loading import Frozen
from configs.offers import OfferSettings
from decisioning.arbitration import EffectOn, Lever, Preference
from decisioning.arms import MEASURING, Arms
from decisioning.budgets import Budget, Counting, Measure, Pacing
from decisioning.contact_policy import Cap, QuietHours, Rest, Scope
from decisioning.eligibility import ConsentDefault
from decisioning.exploration import Exploration, Method
from decisioning.policy import DoNotDisturb, PolicyRules

DEFAULT = Path(__file__).parent / "policies" / "default.yaml"
HOUR_DAYS = 1 / 24


def _an_hour_at_least(days: float) -> float:
    if days < HOUR_DAYS:
        raise ValueError(f"{days:g} days are less than an hour; an hour ({HOUR_DAYS:.4f}) to 3,650 days are allowed")
    return days


Share = Annotated[FiniteFloat, Field(ge=0, le=1)]
Name = Annotated[str, Field(min_length=1)]
Days = Annotated[FiniteFloat, Field(le=3650), AfterValidator(_an_hour_at_least)]
Amount = Annotated[FiniteFloat, Field(ge=0)]


def _known(costs: Mapping[str, float]) -> Mapping[str, float]:
    if unknown := sorted(set(costs) - set(CHANNELS)):
        raise ValueError(f"{', '.join(unknown)}: no such channel; {', '.join(CHANNELS)} are allowed")
    return costs


Costs = Annotated[Mapping[str, Amount], AfterValidator(_known)]


class ArmSettings(Frozen):
    """The shares of customers who are not decided for by the policy, drawn by the salt: what it is measured against."""

    salt: Name
    holdout: Share
    random: Share
    acceptance: Share
    no_levers: Share

    @model_validator(mode="after")
    def _no_more_than_all(self) -> Self:
        if (total := sum(getattr(self, arm) for arm in MEASURING)) > 1 + 1e-9:
            raise ValueError(f"the shares add up to {total:g}; at most 1 is allowed")
        return self


class ExplorationSettings(Frozen):
    """How often another candidate than the best comes first, and the least probability any candidate keeps."""

    method: Method = "epsilon"
    epsilon: Share
    floor: Share
    members: Annotated[int, Field(ge=10, le=1000)] = 100


class CapSettings(Frozen):
    """At most `max_contacts` in `window_days`; `name` narrows an offer, kind or channel cap to one of them."""

    scope: Scope
    name: Name | None = None
    max_contacts: Annotated[int, Field(ge=1)]
    window_days: Days

    @model_validator(mode="after")
    def _named_only_within_a_scope(self) -> Self:
        if self.scope == "any" and self.name is not None:
            raise ValueError("a cap on any contact takes no name; scope must be offer, kind or channel for that")
        return self


class RestSettings(Frozen):
    """After an offer was declined, the days without that offer, its kind, its channel, or any."""

    scope: Scope
    days: Days


def _clock(value: object) -> object:
    """A time of day in quotes: YAML reads 21:00 without them as the number 1260, which would pass for 00:21."""
    if isinstance(value, str | time):
        return value
    raise ValueError(f'{value} is not a time of day; write it in quotes, as in "21:00"')


def _by_the_clock(value: time) -> time:
    if value.tzinfo is None:
        return value
    raise ValueError(f"{value} has a time zone of its own; quiet hours go by the policy's timezone")


TimeOfDay = Annotated[time, Field(strict=False), BeforeValidator(_clock), AfterValidator(_by_the_clock)]


class QuietSettings(Frozen):
    """Hours, by the clock of the policy's time zone, without contact on some channels."""

    channels: Annotated[tuple[Channel, ...], Field(min_length=1)]
    begin: TimeOfDay
    end: TimeOfDay

    @model_validator(mode="after")
    def _some_hours(self) -> Self:
        if self.begin == self.end:
            raise ValueError("begin and end are the same; quiet hours last from one to the other")
        return self


class LeverSettings(Frozen):
    """An amount, in currency, added to the net value of what matches all of the names given."""

    offer_id: Name | None = None
    kind: Name | None = None
    channel: Channel | None = None
    amount: FiniteFloat

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if self.offer_id is self.kind is self.channel is None:
            raise ValueError("a lever names at least one of offer_id, kind, channel")
        return self


class PreferenceSettings(Frozen):
    """The attribute that names a customer's preferred channel, and what that channel is worth more; or it alone."""

    attribute: Name
    amount: FiniteFloat = 0.0
    only: bool = False


class BudgetSettings(Frozen):
    """A limit on money, contacts or units in each period, of the actions that match all of the names given."""

    name: Name
    of: Measure
    limit: Amount
    period_days: Days | None = None
    offer_id: Name | None = None
    kind: Name | None = None
    channel: Channel | None = None
    counts: Counting = "full"
    pacing: Pacing = "none"

    @model_validator(mode="after")
    def _paced_within_a_period(self) -> Self:
        if self.pacing == "even" and self.period_days is None:
            raise ValueError("even pacing needs period_days to spread the limit over")
        return self


class FallbackSettings(Frozen):
    """What is made where every other offer is filtered, and it is not itself."""

    offer_id: Name
    channel: Channel


class Policy(Frozen):
    """A decision policy: what may be offered, to whom, how often, for how much, and how that is measured.

    Where `offers` is given it is the whole catalogue; without, the offers of the records are.
    """

    version: Name
    seed: Annotated[int, Field(ge=0)]
    arms: ArmSettings
    exploration: ExplorationSettings
    consent_default: ConsentDefault
    effect_on: EffectOn = "retention"
    do_not_disturb: DoNotDisturb = "certain"
    channel_preference: PreferenceSettings | None = None
    contact_costs: Costs
    caps: tuple[CapSettings, ...]
    rests: tuple[RestSettings, ...] = ()
    timezone: Zone = "UTC"
    quiet_hours: tuple[QuietSettings, ...] = ()
    levers: tuple[LeverSettings, ...]
    budgets: tuple[BudgetSettings, ...] = ()
    fallback: FallbackSettings | None = None
    offers: tuple[OfferSettings, ...] | None = None

    @model_validator(mode="after")
    def _each_name_once(self) -> Self:
        offers = [offer.offer_id for offer in self.offers or ()]
        for what, names in (("budgets", [budget.name for budget in self.budgets]), ("offers", offers)):
            if twice := sorted({name for name in names if names.count(name) > 1}):
                raise ValueError(f"{what}: {', '.join(twice)} given twice; each name is allowed once")
        return self

    def rules(self) -> PolicyRules:
        """Translate into plain values for `decisioning`; once per policy, not per request."""
        tried = self.exploration
        return PolicyRules(
            arms=Arms(self.arms.salt, {arm: getattr(self.arms, arm) for arm in MEASURING}),
            exploration=Exploration(tried.method, tried.epsilon, tried.floor, tried.members, self.seed),
            consent_default=self.consent_default,
            contact_costs=dict(self.contact_costs),
            caps=tuple(Cap(cap.scope, cap.max_contacts, cap.window_days, cap.name) for cap in self.caps),
            rests=tuple(Rest(rest.scope, rest.days) for rest in self.rests),
            quiet_hours=tuple(
                QuietHours(frozenset(quiet.channels), quiet.begin, quiet.end, ZoneInfo(self.timezone))
                for quiet in self.quiet_hours
            ),
            levers=tuple(Lever(lever.amount, lever.offer_id, lever.kind, lever.channel) for lever in self.levers),
            preference=self._preference(),
            effect_on=self.effect_on,
            do_not_disturb=self.do_not_disturb,
            budgets=tuple(Budget(**budget.model_dump()) for budget in self.budgets),
            fallback=(self.fallback.offer_id, self.fallback.channel) if self.fallback else None,
        )

    def _preference(self) -> Preference | None:
        given = self.channel_preference
        return Preference(given.attribute, given.amount, given.only) if given else None
