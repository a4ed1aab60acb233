"""Why one candidate comes before another: each term of the difference between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite, isnan

from decisioning.candidates import Candidate
from decisioning.decision import Decision

ORDER = "order"  # what settles a tie: offer_id, then channel, nothing before all


@dataclass(frozen=True, slots=True)
class Comparison:
    """`other` against what comes first. It loses by the sum of `terms`, each the first's less the other's.

    Terms are in currency, but for p_accept where the arm ranks by it alone. `mostly` is the term that counts most
    against the other, ORDER where they tie. `by` is None where the arm's rule puts nothing last, whatever the numbers.
    """

    other: Candidate
    by: float | None
    terms: Mapping[str, float]
    mostly: str


def comparisons(decision: Decision) -> tuple[Comparison, ...]:
    """Every candidate that does not come first against the one that does, by rank; none where chance or nothing rules.

    In the random arm and in the holdout no number decides who comes first, nor does one where a fallback stands in.
    """
    if decision.arm in ("random", "holdout") or decision.fallback:
        return ()
    best = terms(decision, 0)
    return tuple(_compared(decision, place, best) for place in range(1, len(decision.index)))


def terms(decision: Decision, place: int) -> Mapping[str, float]:
    """What each term adds to what the arm ranks the candidate at `place` by; they sum to it.

    The effect's value, the margin and the cost that acceptances bring in expectation, contact cost, lever, preference
    and shadow cost; a cost is negative.
    """
    found = decision.terms
    p_accept = float(found.p_accept[place])
    if decision.arm == "acceptance":
        return {"p_accept": p_accept if decision.index[place] >= 0 else -float("inf")}
    effect = float(found.effect_value[place])
    worth = {
        "effect": 0.0 if isnan(effect) else effect,
        "margin": p_accept * float(found.margin[place]),
        "cost": -p_accept * float(found.cost[place]),
        "contact_cost": -float(found.contact_cost[place]),
        "lever": float(found.lever[place]),
        "preference": float(found.preference[place]),
        "shadow_cost": -float(found.shadow_cost[place]),
    }
    return {name: value for name, value in worth.items() if name != "lever" or decision.arm != "no_levers"}


def _compared(decision: Decision, place: int, best: Mapping[str, float]) -> Comparison:
    own = terms(decision, place)
    other = decision.candidate(place)
    if not all(isfinite(value) for value in own.values()):
        return Comparison(other, None, {}, "p_accept")
    differences = {name: value - own[name] for name, value in best.items()}
    by = sum(differences.values())
    worst = max(differences, key=differences.__getitem__)
    return Comparison(other, by, differences, worst if differences[worst] > 0 and by > 0 else ORDER)
