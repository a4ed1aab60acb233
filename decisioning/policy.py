"""The rules of a policy as plain values; `configs/policy.py` reads them from YAML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from decisioning.arbitration import EffectOn, Lever
from decisioning.contact_policy import Cap
from decisioning.eligibility import ConsentDefault


@dataclass(frozen=True, slots=True)
class PolicyRules:
    """Everything that `shortlist` and `decide` ask of a policy.

    `holdout_share`, `epsilon` and `floor` are within 0 to 1. `contact_costs` are per contact, in the workspace's
    currency; a channel that is not named costs nothing. `effect_on` names the effect that net values count.
    """

    holdout_share: float
    holdout_salt: str
    epsilon: float
    floor: float
    consent_default: ConsentDefault
    contact_costs: Mapping[str, float] = field(default_factory=dict)
    caps: tuple[Cap, ...] = ()
    levers: tuple[Lever, ...] = ()
    effect_on: EffectOn = "retention"
