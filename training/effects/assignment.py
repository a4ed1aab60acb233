"""Who got an offer, and how well it is known why: the grade of evidence, with the finding in words.

Logged propensities that fit what was done are `randomised`; so is an assignment that nothing known before can tell
from chance, where that was looked for with enough rows. Where it can be told, propensities are estimated, and the grade
is `observational` if the arms overlap. Everything else is `none`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from configs.effects import OfferEvidence
from configs.evidence import EvidenceRules
from configs.training import EffectTraining
from decisioning.arbitration import Evidence
from training.effects.contrast import fold_of
from training.effects.logged import Promise
from training.effects.overlap import balanced, effective, overlap, within
from training.effects.propensity import HALVES, Assigned, assigned, unbalanced

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]
Index = NDArray[np.intp]
Flags = NDArray[np.bool_]
NEGLIGIBLE = 0.01  # an AUC this near .5 biases nothing worth a word, however many rows show it
STICKY_CUSTOMERS = 30
LIFT = "leave a random 10% of the next campaign untreated and log the propensities"


@dataclass(frozen=True)
class Graded:
    """The evidence of one offer, and what its stacked rows count for; `weight` is 0 for rows that are left out.

    `log_odds` of being treated over those of the wave: 0 where assignment was random. `logged`: by the log's own
    propensities.
    """

    evidence: OfferEvidence
    weight: Vector
    log_odds: Vector
    logged: bool = False


@dataclass(frozen=True)
class Grading:
    """What every offer is graded by; `alarm` is the p-value below which a check fails."""

    settings: EffectTraining
    rules: EvidenceRules
    alarm: float

    def told(self, found: Assigned) -> bool:
        """Whether it can be told who was treated."""
        return found.p_value < self.alarm and found.auc > 0.5 + NEGLIGIBLE


def grade(rows: pd.DataFrame, x: Matrix, promise: Promise | None, by: Grading) -> Graded:
    """Grade one offer from its stacked `rows` (`stack.stack`, with `propensity` as logged) and their features `x`."""
    found = look(rows, x, by)
    doubt = ""
    if promise is not None:
        weight, holds = _promised(rows, x, found, promise, by)
        if holds and promise.p_value >= by.alarm:
            return _logged(rows, found, promise, weight, by)
        doubt = f"the logged propensities do not fit what was done: {_broken(found, promise, holds)}; "
    if not by.told(found) and found.high <= 0.5 + by.rules.near:
        none = doubt or "no propensities are logged; "
        why = f"{none}{_unpredictable(found)}: as good as random within each wave"
        return _graded(rows, "randomised", why, rows.weight.to_numpy())
    return _estimated(rows, found, doubt, by)


def look(rows: pd.DataFrame, x: Matrix, by: Grading) -> Assigned:
    """How well it can be told who was treated, on customers not seen."""
    return assigned(*_asked(rows, x, by), seed=by.settings.seed, threads=by.settings.threads)


def _asked(rows: pd.DataFrame, x: Matrix, by: Grading) -> tuple[Matrix, Vector, Index, Index, Flags]:
    """What `propensity` asks for: features, treated, wave, half and which rows to judge."""
    judged = _judged(rows, by.rules.check_rows, by.settings.seed)
    return x, rows.treated.to_numpy(), rows.stratum.to_numpy(), fold_of(rows.customer_id, HALVES), judged


def _judged(rows: pd.DataFrame, most: int, seed: int) -> Flags:
    """One row per customer, at random, of at most `most` customers.

    The first one where each customer is always treated or always a control (a sticky holdout): later ones carry the
    traces of what was done before, though nobody was chosen.
    """
    drawn = rows.sample(frac=1, random_state=seed)
    arms = rows.drop_duplicates("log_row").groupby("customer_id").treated.agg(["size", "nunique"])
    again = arms[arms["size"] > 1]
    if len(again) >= STICKY_CUSTOMERS and (again["nunique"] == 1).all():
        drawn = drawn.sort_values("as_of", kind="stable")
    chosen = drawn.drop_duplicates("customer_id")
    chosen = chosen.sample(min(most, len(chosen)), random_state=seed)
    return np.asarray(rows.index.isin(chosen.index))


def _promised(rows: pd.DataFrame, x: Matrix, found: Assigned, promise: Promise, by: Grading) -> tuple[Vector, bool]:
    """Weights by the logged propensities, and whether nothing known before tells the arms apart under them."""
    copies = rows.weight.to_numpy()
    if promise.constant:
        return copies, not by.told(found)
    weight = copies * rows.made_share.to_numpy() / rows.propensity.to_numpy()
    p_value = unbalanced(*_asked(rows, x, by), weight, seed=by.settings.seed, threads=by.settings.threads)
    return weight, p_value >= by.alarm


def _broken(found: Assigned, promise: Promise, holds: bool) -> str:
    if holds:
        return promise.said
    if promise.constant:
        return f"who got it can be told beyond them (AUC {found.auc:.2f})"
    return "weighted by them, treated and control still differ"


def _logged(rows: pd.DataFrame, found: Assigned, promise: Promise, weight: Vector, by: Grading) -> Graded:
    said = f"logged propensities fit what was done ({promise.said})"
    if promise.constant:
        return _graded(rows, "randomised", f"{said}; {_unpredictable(found)}", weight, logged=True)
    treated, controls = (effective(_per_treatment(rows, weight, arm)) for arm in (1, 0))
    worth = f"worth {treated:,.0f} treated and {controls:,.0f} controls"
    if min(treated, controls) < by.settings.min_arm_rows:
        why = f"{said}, but some are so small that rows are {worth}, at least {by.settings.min_arm_rows} are needed"
        return _graded(rows, "none", f"{why}; give every offer to some of everybody", np.zeros(len(rows)))
    why = f"{said}; under them nothing known before tells treated from control; {worth}"
    return _graded(rows, "randomised", why, weight, logged=True)


def _per_treatment(rows: pd.DataFrame, weight: Vector, arm: int) -> Vector:
    """The weights of the treatments of an arm, their copies added up."""
    own = (rows.treated == arm).to_numpy()
    return np.asarray(pd.Series(weight[own]).groupby(rows.log_row.to_numpy()[own]).sum(), np.float64)


def _estimated(rows: pd.DataFrame, found: Assigned, doubt: str, by: Grading) -> Graded:
    treated, share = rows.treated.to_numpy(), rows.share.to_numpy()
    left = overlap(found.log_odds, treated, share, rows.log_row.to_numpy(), by.rules.trim)
    told = f"who got it can be told (AUC {found.auc:.2f})"
    if not by.told(found):
        told = f"too few rows to say that nobody was chosen (AUC {found.auc:.2f}, at most {found.high:.2f})"
    said = (
        f"{told}; {left.share:.0%} of rows have a counterpart in the other arm, worth {left.treated:,.0f} treated and "
        f"{left.controls:,.0f} controls"
    )
    least = by.settings.min_arm_rows
    limits = f"AUC at most {by.rules.max_auc:g}, {by.rules.min_overlap:.0%} of rows, {least} of either"
    if found.auc > by.rules.max_auc or left.share < by.rules.min_overlap or min(left.treated, left.controls) < least:
        why = f"{doubt}no overlap: {said} (needed: {limits}); {LIFT}"
        return _graded(rows, "none", why, np.zeros(len(rows)))
    kept = within(found.log_odds, by.rules.trim)
    weight = rows.weight.to_numpy() * np.where(kept, balanced(found.log_odds, treated, share), 0.0)
    why = f"{doubt}propensities are estimated: {said}; what was not recorded may still differ: {LIFT}"
    return _graded(rows, "observational", why, weight, found.log_odds)


def _unpredictable(found: Assigned) -> str:
    return f"nothing known before tells who got it (AUC {found.auc:.3f}, by chance .5 +- {found.standard_error:.3f})"


def _graded(
    rows: pd.DataFrame,
    reached: Evidence,
    why: str,
    weight: Vector,
    log_odds: Vector | None = None,
    *,
    logged: bool = False,
) -> Graded:
    treated = rows.treated == 1
    evidence = OfferEvidence(
        offer_id=str(rows.offer_id.iloc[0]),
        kind=str(rows.offer_kind.iloc[0]),
        grade=reached,
        why=why,
        treated=int(treated.sum()),
        controls=int(rows.log_row[~treated].nunique()),
    )
    return Graded(evidence, weight, np.zeros(len(rows)) if log_odds is None else log_odds, logged)
