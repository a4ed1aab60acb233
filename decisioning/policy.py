"""The rules of a policy as plain values; `configs/policy.py` reads them from YAML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from decisioning.arbitration import EffectOn, Lever, Preference
from decisioning.arms import Arms
from decisioning.budgets import Budget
from decisioning.contact_policy import Cap, QuietHours, Rest
from decisioning.eligibility import ConsentDefault
from decisioning.exploration import Exploration

DoNotDisturb = Literal["off", "likely", "certain"]


@dataclass(frozen=True, slots=True)
class PolicyRules:
    """Everything that `shortlist` and `decide` ask of a policy.

    `contact_costs` are per contact, in the workspace's currency; a channel that is not named costs nothing.
    `effect_on` names the effect that net values count. `do_not_disturb` removes offers with a negative uplift: where
    the estimate is (likely), or the upper end of its interval (certain). `fallback` is the (offer_id, channel) made
    where every other is filtered, and it is not.
    """

    arms: Arms = field(default_factory=lambda: Arms(""))
    exploration: Exploration = field(default_factory=Exploration)
    consent_default: ConsentDefault = "granted"
    contact_costs: Mapping[str, float] = field(default_factory=dict)
    caps: tuple[Cap, ...] = ()
    rests: tuple[Rest, ...] = ()
    quiet_hours: tuple[QuietHours, ...] = ()
    levers: tuple[Lever, ...] = ()
    preference: Preference | None = None
    effect_on: EffectOn = "retention"
    do_not_disturb: DoNotDisturb = "off"
    budgets: tuple[Budget, ...] = ()
    fallback: tuple[str, str] | None = None
