"""What a decision policy may say: the types of `configs/policies/*.yaml` and of a workspace's `policy.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, FiniteFloat, model_validator

from configs.loading import Frozen
from decisioning.arbitration import EffectOn, Lever
from decisioning.contact_policy import Cap, Scope
from decisioning.eligibility import ConsentDefault
from decisioning.policy import PolicyRules

DEFAULT = Path(__file__).parent / "policies" / "default.yaml"

Share = Annotated[FiniteFloat, Field(ge=0, le=1)]
Name = Annotated[str, Field(min_length=1)]


class HoldoutSettings(Frozen):
    """The customers who are never treated: a share of all, drawn by the salt."""

    share: Share
    salt: Name


class ExplorationSettings(Frozen):
    """How often another candidate than the best comes first, and the least probability any candidate keeps."""

    epsilon: Share
    floor: Share


class CapSettings(Frozen):
    """At most `max_contacts` in `window_days`; `name` narrows an offer, kind or channel cap to one of them."""

    scope: Scope
    name: Name | None = None
    max_contacts: Annotated[int, Field(ge=1)]
    window_days: Annotated[FiniteFloat, Field(gt=0, le=3650)]

    @model_validator(mode="after")
    def _named_only_within_a_scope(self) -> Self:
        if self.scope == "any" and self.name is not None:
            raise ValueError("a cap on any contact takes no name; scope must be offer, kind or channel for that")
        return self


class LeverSettings(Frozen):
    """An amount, in currency, added to the net value of what matches all of the names given."""

    offer_id: Name | None = None
    kind: Name | None = None
    channel: Name | None = None
    amount: FiniteFloat

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if self.offer_id is self.kind is self.channel is None:
            raise ValueError("a lever names at least one of offer_id, kind, channel")
        return self


class Policy(Frozen):
    """A decision policy. Every setting but `effect_on` is given, so that the file says all that the policy does."""

    version: Name
    seed: Annotated[int, Field(ge=0)]
    holdout: HoldoutSettings
    exploration: ExplorationSettings
    consent_default: ConsentDefault
    effect_on: EffectOn = "retention"  # files written before there were effects lack it
    contact_costs: Mapping[Name, Annotated[FiniteFloat, Field(ge=0)]]
    caps: tuple[CapSettings, ...]
    levers: tuple[LeverSettings, ...]

    def rules(self) -> PolicyRules:
        """Translate into plain values for `decisioning`; once per policy, not per request."""
        return PolicyRules(
            holdout_share=self.holdout.share,
            holdout_salt=self.holdout.salt,
            epsilon=self.exploration.epsilon,
            floor=self.exploration.floor,
            consent_default=self.consent_default,
            contact_costs=dict(self.contact_costs),
            caps=tuple(Cap(cap.scope, cap.max_contacts, cap.window_days, cap.name) for cap in self.caps),
            levers=tuple(Lever(lever.amount, lever.offer_id, lever.kind, lever.channel) for lever in self.levers),
            effect_on=self.effect_on,
        )
