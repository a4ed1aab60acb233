"""Offers made without a control group: no effect can be had, but it can be said how far from random they were made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from configs.effects import OfferEvidence
from features.encoding import from_frame
from features.trials import bystanders
from training.columns import fit_sources
from training.effects.arms import LIST_THEM
from training.effects.assignment import LIFT, Grading, look
from training.effects.contrast import fold_of
from training.effects.overlap import overlap
from training.effects.propensity import HALVES, Assigned, judge
from training.tasks import Past

Matrix = NDArray[np.float64]
NO_CONTROL = "no control group: nobody was left untreated on purpose"


@dataclass(frozen=True)
class WouldBe:
    """Treatments of one kind of offer beside customers who got nothing in the same waves, where there are any.

    `rows`: customer_id, as_of, wave, stratum, offer_id, treated, share, log_row. `found`: how well they are told apart;
    None where nobody else was known.
    """

    rows: pd.DataFrame
    found: Assigned | None


def refusals(past: Past, made: pd.DataFrame, by: Grading) -> Iterator[OfferEvidence]:
    """The evidence, none, of each offer in `made`: treatments (with `wave`) that no control row is beside.

    Customers who were known then and got nothing are looked at as would-be controls, one kind of offer at a time.
    """
    for kind, treated in made.groupby("offer_kind"):
        beside = would_be(past, treated, by)
        for offer_id, own in treated.groupby("offer_id"):
            yield OfferEvidence(
                offer_id=str(offer_id),
                kind=str(kind),
                grade="none",
                why=f"{NO_CONTROL}; {_said(beside, str(offer_id), by)}; {LIFT}",
                treated=len(own),
                controls=0,
            )


def would_be(past: Past, treated: pd.DataFrame, by: Grading) -> WouldBe:
    """`treated` (of one kind of offer) beside those who got nothing; the latter are joined the wave's first offer."""
    own = treated[["customer_id", "as_of", "wave", "offer_id", "offer_kind"]].assign(treated=1.0)
    others = bystanders(past.opened, treated, by.rules.check_rows, by.settings.seed)
    first = treated.drop_duplicates("wave").set_index("wave").offer_id
    others = others.assign(
        wave=others.as_of, offer_id=others.as_of.map(first), offer_kind=treated.offer_kind.iloc[0], treated=0.0
    )
    rows = pd.concat([own, others], ignore_index=True)
    rows["stratum"] = rows.groupby("wave").ngroup()
    rows["share"] = rows.groupby("stratum").treated.transform("mean")
    rows = rows[rows.share < 1].reset_index(drop=True)  # where nobody else was known there is nothing to compare
    rows["log_row"] = np.arange(len(rows))
    return WouldBe(rows, look(rows, _features(past, rows), by) if len(rows) else None)


def _features(past: Past, rows: pd.DataFrame) -> Matrix:
    joined = past.store.join(rows, "response")
    names = [name for name in past.store.names("response") if not name.startswith("offers__")]
    return from_frame(fit_sources(joined, names), joined)


def _said(beside: WouldBe, offer_id: str, by: Grading) -> str:
    """The figures of overlap of one offer."""
    rows, found = beside.rows, beside.found
    own = (rows.treated == 1) & (rows.offer_id == offer_id)
    here = (own | ((rows.treated == 0) & rows.wave.isin(rows.wave[own].unique()))).to_numpy()
    offer, others = rows[here], int(here.sum() - own.sum())
    if found is None or not others:
        return "nobody else was known then, so that nobody can be compared"
    treated, log_odds = offer.treated.to_numpy(), found.log_odds[here]
    auc, _, p_value = judge(log_odds, treated, offer.stratum.to_numpy(), fold_of(offer.customer_id, HALVES))
    left = overlap(log_odds, treated, offer.share.to_numpy(), offer.log_row.to_numpy(), by.rules.trim)
    figures = (
        f"the {int(own.sum()):,} who got it are told from {others:,} who got nothing with an AUC of {auc:.2f}, "
        f"{left.share:.0%} of them have a counterpart, worth {left.treated:,.0f} treated and {left.controls:,.0f} "
        "others"
    )
    chance = p_value >= by.alarm and auc < 0.5 + by.rules.near
    return f"{figures}; that looks like chance: if they are the control group, {LIST_THEM}" if chance else figures
