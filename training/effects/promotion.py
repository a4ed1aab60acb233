"""The verdict on a challenger of effects: what its ranking gains held-out customers, beside nothing and the champion.

The value of a ranking is the doubly robust gain of the offers it would make at a contact budget, by models that had not
seen the customers. Only effects that are shown to do good go live, and none that is worse than the champion's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from decisioning.curves import difference_at, uplift_at, value_at
from decisioning.estimates import Index, Vector
from training.promotion import LEAST_ROWS, Reason, Verdict

LEVEL = 0.95
KEYS = ["customer_id", "as_of", "offer_id", "channel", "target", "treated"]


@dataclass(frozen=True)
class EffectGate:
    """What a challenger must show, at `budget`: the share of possible contacts that are made."""

    budget: float = 0.2
    tolerated_loss: float = 0.2  # against the champion, as a share of what the champion gains


def judge(challenger: pd.DataFrame, champion: pd.DataFrame | None, gate: EffectGate) -> Verdict:
    """Hold out-of-fold uplifts (KEYS, weight, uplift, gain) of two versions side by side, target by target."""
    reasons: list[Reason] = []
    for target, rows in challenger.groupby("target", sort=True):
        reasons += [_does_good(str(target), rows, gate), _ranks(str(target), rows, gate)]
        if champion is not None:
            reasons.append(_not_worse(str(target), rows, champion[champion.target == target], gate))
    return Verdict(all(reason.passed for reason in reasons), tuple(reasons))


def _does_good(target: str, rows: pd.DataFrame, gate: EffectGate) -> Reason:
    best = uplift_at(*_columns(rows), gate.budget, level=LEVEL)
    said = (
        f"the best {gate.budget:.0%} of contacts change it by {best.value:+.4f} each, 95% interval {best.low:+.4f} to "
        f"{best.high:+.4f}; the lower end must exceed 0"
    )
    return Reason(f"effect on {target}", best.low > 0, said)


def _ranks(target: str, rows: pd.DataFrame, gate: EffectGate) -> Reason:
    uplift, gain, weight, group = _columns(rows)
    lead = difference_at(uplift, np.zeros(len(rows)), gain, weight, group, gate.budget, level=LEVEL)
    said = (
        f"{lead.value / gate.budget:+.4f} more per contact than contacts drawn at random, 95% interval "
        f"{lead.low / gate.budget:+.4f} to {lead.high / gate.budget:+.4f}; the upper end must not be below 0"
    )
    return Reason(f"ranking by effect on {target}", lead.high >= 0, said)


def _not_worse(target: str, rows: pd.DataFrame, champion: pd.DataFrame, gate: EffectGate) -> Reason:
    name = f"effect on {target} against the champion"
    if champion.empty:
        return Reason(name, True, "the champion does not know this effect")
    both = rows.merge(champion[[*KEYS, "uplift", "gain"]], on=KEYS, suffixes=("", "_champion"))
    if len(both) < LEAST_ROWS:
        said = f"only {len(both)} rows judged by both, {LEAST_ROWS} needed: the two learned from different records"
        return Reason(name, False, said)
    both = both.assign(gain=both[["gain", "gain_champion"]].mean(axis=1))  # neither is judged by its own alone
    uplift, gain, weight, group = _columns(both)
    before = both.uplift_champion.to_numpy(np.float64)
    lead = difference_at(uplift, before, gain, weight, group, gate.budget, level=LEVEL)
    tolerated = gate.tolerated_loss * max(value_at(before, gain, weight, group, gate.budget).value, 0.0)
    said = (
        f"{lead.value / gate.budget:+.4f} per contact on {len(both):,} shared rows, 95% interval "
        f"{lead.low / gate.budget:+.4f} to {lead.high / gate.budget:+.4f}; the lower end must not be below "
        f"{-tolerated / gate.budget:+.4f}"
    )
    return Reason(name, lead.low >= -tolerated, said)


def _columns(rows: pd.DataFrame) -> tuple[Vector, Vector, Vector, Index]:
    uplift, gain, weight = (rows[name].to_numpy(np.float64) for name in ("uplift", "gain", "weight"))
    return uplift, gain, weight, pd.factorize(rows.customer_id)[0]
