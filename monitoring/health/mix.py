"""The decision mix: what was decided, for whom nothing was, what stood in the way, and what was accepted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from monitoring.inputs import Answers
from monitoring.intervals import Interval, wilson
from monitoring.suppression import tellable

ACCEPTED = frozenset({"accepted", "converted"})


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a whole; `share` is of the decisions that the whole counts."""

    name: str
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class Taken:
    """How often an offer was accepted so far, None where too few customers had it; outcomes may still come in."""

    offer_id: str
    made: int
    accepted: int | None
    rate: Interval | None


@dataclass(frozen=True)
class Mix:
    """Offers, kinds, channels, nothing and fallback are of the policy arm; arms, degraded and filters of all."""

    decisions: int
    customers: int
    arms: tuple[Part, ...]
    offers: tuple[Part, ...]
    kinds: tuple[Part, ...]
    channels: tuple[Part, ...]
    nothing: Part
    fallback: Part
    degraded: Part
    degraded_parts: tuple[Part, ...]
    filters: tuple[Part, ...]  # share: of all filtered candidates
    lowest_selection_probability: float | None
    impossible_selection_probabilities: int  # not in (0, 1]
    accepted: Taken | None
    accepted_by_offer: tuple[Taken, ...]


def describe(
    decisions: pd.DataFrame, outcomes: pd.DataFrame, answers: Answers, kinds: Mapping[str, str], *, few: int
) -> Mix:
    """Count one window. Frames and answers as `inputs` reads them; `kinds` names offers.

    What fewer than `few` customers made of an offer is not told.
    """
    filtered = answers.filtered
    policy = decisions[decisions["arm"] == "policy"]
    made = policy[policy["offer_id"].notna()]
    degraded = [tuple(reasons) for reasons in decisions["degraded"]]
    probabilities = decisions["selection_probability"]
    possible = probabilities.between(0, 1, inclusive="right")
    return Mix(
        decisions=len(decisions),
        customers=decisions["customer_id"].nunique(),
        arms=_parts(decisions["arm"], len(decisions)),
        offers=_parts(made["offer_id"], len(policy)),
        kinds=_parts((kinds.get(offer, "unknown") for offer in made["offer_id"]), len(policy)),
        channels=_parts(made["channel"].fillna("unknown"), len(policy)),
        nothing=_part("nothing", len(policy) - len(made), len(policy)),
        fallback=_part("fallback", int(policy["decision_id"].isin(answers.fallbacks).sum()), len(policy)),
        degraded=_part("degraded", sum(map(bool, degraded)), len(decisions)),
        degraded_parts=_parts((reason for reasons in degraded for reason in reasons), len(decisions)),
        filters=tuple(_part(stage, n, sum(filtered.values())) for stage, n in Counter(filtered).most_common()),
        lowest_selection_probability=float(probabilities[possible].min()) if possible.any() else None,
        impossible_selection_probabilities=int((~possible).sum()),
        accepted=_taken("all offers", made, outcomes, tell=made["customer_id"].nunique() >= few),
        accepted_by_offer=_by_offer(made, outcomes, few),
    )


def _part(name: str, count: int, whole: int) -> Part:
    return Part(name, count, count / whole if whole else 0.0)


def _parts(names: Iterable[str], whole: int) -> tuple[Part, ...]:
    ordered = sorted(Counter(map(str, names)).items(), key=lambda item: (-item[1], item[0]))
    return tuple(_part(name, count, whole) for name, count in ordered)


def _taken(offer_id: str, made: pd.DataFrame, outcomes: pd.DataFrame, *, tell: bool) -> Taken | None:
    if made.empty:
        return None
    if not tell:
        return Taken(offer_id, len(made), None, None)
    yes = outcomes.loc[outcomes["kind"].isin(ACCEPTED), "decision_id"]
    accepted = int(made["decision_id"].isin(yes).sum())
    return Taken(offer_id, len(made), accepted, wilson(accepted, len(made), made["customer_id"].nunique()))


def _by_offer(made: pd.DataFrame, outcomes: pd.DataFrame, few: int) -> tuple[Taken, ...]:
    groups = list(made.groupby("offer_id"))
    told = tellable([rows["customer_id"].nunique() for _, rows in groups], few)
    found = (_taken(str(offer), rows, outcomes, tell=tell) for (offer, rows), tell in zip(groups, told, strict=True))
    return tuple(sorted((one for one in found if one), key=lambda one: (-one.made, one.offer_id)))
