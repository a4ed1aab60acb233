"""What effects are learned from: stacked rows with outcomes, evidence per offer, and the log they came from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from configs.effects import OfferEvidence
from configs.errors import DataError
from configs.evidence import RULES, EvidenceRules
from configs.training import EffectTraining
from features.contract import CONTROL
from features.encoding import from_frame
from features.trials import Trials, trials
from training.columns import fit_sources
from training.effects import logged
from training.effects.arms import arms
from training.effects.assignment import Grading, grade
from training.effects.contrast import Contrast, Index, Matrix, fold_of
from training.effects.log import resolved
from training.effects.stack import ACTION, actions, frequency, stack, strata
from training.effects.uncontrolled import refusals
from training.tasks import Past, dated

MODEL = "response"  # the feature service of customers, kinds of offer and offers


@dataclass(frozen=True)
class EffectProblem:
    """Rows to learn effects from.

    `rows`: one per treatment, and one per control row and action it stands for: customer_id, as_of, closes_at,
    offer_id, offer_kind, channel, treated, share, weight, log_row (position in `log`), retention, margin, accepted
    (NaN: not known), fold, and the `features`. `log`: the treatments that took part, with `propensity` (of the
    treatment made, among those of its wave that took part; never NaN), `wave` and `stratum`. `evidence` covers every
    offer tried, those that did not take part too.
    """

    dataset: str
    horizon_days: int
    rows: pd.DataFrame
    features: tuple[str, ...]
    evidence: tuple[OfferEvidence, ...]
    log: pd.DataFrame
    censored: int
    warnings: tuple[str, ...]

    def fingerprint(self) -> str:
        """Sixteen hex digits of rows, outcomes and weights, whatever their order in memory."""
        own = ["customer_id", "as_of", "offer_id", "channel", "treated", "share", "weight", "retention", "margin"]
        names = [*own, *(name for name in self.features if name not in own)]
        hashed = pd.util.hash_pandas_object(self.rows[names], index=False)
        return hashlib.sha256(np.sort(hashed.to_numpy()).tobytes()).hexdigest()[:16]


def effects(past: Past, settings: EffectTraining, rules: EvidenceRules = RULES) -> EffectProblem:
    """The problem of a dataset's treatments. Raises DataError, offer by offer, where none has evidence."""
    found = graded(past, settings, rules)
    if found.rows.empty:
        raise DataError(
            f"effects: no evidence for any of {len(found.evidence)} offers", details=refused(found.evidence)
        )
    return found


def refused(evidence: tuple[OfferEvidence, ...]) -> tuple[str, ...]:
    """Why the offers without evidence have none, one line each."""
    return tuple(f"{offer.offer_id}: {offer.why}" for offer in evidence if offer.grade == "none")


def graded(past: Past, settings: EffectTraining, rules: EvidenceRules = RULES) -> EffectProblem:
    """As `effects`, but with no rows where no offer has evidence.

    Raises DataError where the records cannot have effects, where no window has closed, and for propensities that cannot
    be any.
    """
    found = trials(past.opened, past.dataset, past.now)
    _require_matured(found, past)
    log = strata(found.rows)
    logged.refuse_impossible(log)
    log = log.assign(propensity=logged.of_actions(log), made_share=frequency(log))
    found_arms = arms(log, settings.min_arm_rows)
    by = Grading(settings, rules, rules.false_alarms / max(1, 2 * found_arms.log.offer_id.nunique()))
    rows, judged = _judge(past, log, found_arms.log, by)
    alone = refusals(past, found_arms.uncontrolled, by)
    everyone = sorted((*found_arms.refused, *alone, *judged), key=lambda one: one.offer_id)
    kept, kept_log = resolved(rows, found_arms.log)
    kept["fold"] = fold_of(kept.customer_id, settings.folds)
    return EffectProblem(
        dataset=past.dataset.name,
        horizon_days=past.dataset.churn.horizon_days,
        rows=kept,
        features=("channel", *(name for name in past.store.names(MODEL) if name in kept and not dated(kept, name))),
        evidence=tuple(everyone),
        log=kept_log,
        censored=found.censored,
        warnings=tuple(_warnings(found, kept_log)),
    )


def contrast(problem: EffectProblem, target: Literal["retention", "margin"], z: Matrix, for_trees: Index) -> Contrast:
    """What a learner sees of the rows whose `target` is known; `z` are all rows of the problem, encoded."""
    known = np.flatnonzero(problem.rows[target].notna())
    rows = problem.rows.iloc[known]
    return Contrast(
        target=target,
        z=z[known],
        for_trees=for_trees,
        treated=rows.treated.to_numpy(np.float64),
        outcome=rows[target].to_numpy(np.float64),
        share=rows.share.to_numpy(np.float64),
        weight=rows.weight.to_numpy(np.float64),
        group=pd.factorize(rows.customer_id)[0].astype(np.intp),
        fold=rows.fold.to_numpy(np.intp),
    )


def every_action(past: Past, problem: EffectProblem, most: int) -> pd.DataFrame:
    """Log rows of some customers times every action of their wave, at most `most` pairs in all.

    Columns log_row, customer_id, as_of, offer_id, offer_kind, channel, fold and the features. Which customers is
    settled by a hash, so that it is the same for every model of the same log.
    """
    log = problem.log.reset_index(names="log_row")
    choices = actions(log)
    order = pd.util.hash_pandas_object(log.customer_id, index=False).to_numpy().argsort(kind="stable")
    count = log.stratum.map(choices.groupby("stratum").size()).fillna(0).to_numpy()[order]
    sampled = np.sort(order[np.cumsum(count) <= most])
    spine = log.iloc[sampled][["log_row", "customer_id", "as_of", "stratum"]]
    pairs = spine.merge(choices[["stratum", *ACTION]], on="stratum").drop(columns="stratum")
    folds = problem.rows.drop_duplicates("log_row").set_index("log_row").fold
    return past.store.join(pairs.assign(fold=pairs.log_row.map(folds)), MODEL)


def _require_matured(found: Trials, past: Past) -> None:
    if not (found.rows.offer_id != CONTROL).any():
        raise DataError(
            f"effects: no treatment has matured by {past.now:%Y-%m-%d} ({found.censored} are still open); "
            "wait, or map more history"
        )


def _judge(
    past: Past, log: pd.DataFrame, compared: pd.DataFrame, by: Grading
) -> tuple[pd.DataFrame, list[OfferEvidence]]:
    """Stacked rows of the treatments `compared`, weighted by their grades, and the evidence of each offer in them."""
    rows = past.store.join(stack(compared, by.rules.max_copies, by.settings.seed), MODEL)
    rows = rows.assign(log_odds=0.0, logged=False, part=rows.weight)
    names = ["channel", *(name for name in past.store.names(MODEL) if not name.startswith("offers__"))]
    x = from_frame(fit_sources(rows, names), rows)
    found: list[OfferEvidence] = []
    for offer_id, index in rows.groupby("offer_id").indices.items():
        own = rows.iloc[index]
        promise = None
        if own.propensity.notna().all():
            promise = logged.promise(log[log.stratum.isin(own.stratum.unique())], str(offer_id))
        one = grade(own, x[index], promise, by)
        rows.loc[own.index, ["weight", "log_odds"]] = np.stack([one.weight, one.log_odds], axis=1)
        rows.loc[own.index, "logged"] = one.logged
        found.append(one.evidence)
    return rows, found


def _warnings(found: Trials, kept: pd.DataFrame) -> Iterator[str]:
    """What a reader of the effects should know of the treatments they come from."""
    if found.censored:
        yield f"{found.censored:,} treatments are left out: their window is still open"
    for reason, count in found.set_aside.items():
        yield f"{count:,} rows set aside: {reason}"
    if len(kept) < len(found.rows):
        lost = len(found.rows) - len(kept)
        yield f"{lost:,} of {len(found.rows):,} treatments take no part: their offers or waves lack evidence"
    known = kept.sort_values(["customer_id", "as_of"])
    follows = known.customer_id.eq(known.customer_id.shift()) & (known.as_of < known.closes_at.shift())
    if follows.any():
        yield (
            f"{int(follows.sum()):,} treatments of {known.customer_id[follows].nunique():,} customers came while the "
            "window of an earlier one was open: effects are of one treatment among the others as they were made"
        )
