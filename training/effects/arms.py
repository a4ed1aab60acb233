"""Which offers have arms to compare: enough treated rows, and controls in the same waves."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from configs.effects import OfferEvidence
from features.contract import CONTROL

LIST_THEM = "record them in `treatments` with offer_id control"


@dataclass(frozen=True)
class Arms:
    """`log`: treatments of the offers that can be compared, and their controls, rows numbered anew.

    `refused`: the offers with too few rows. `uncontrolled`: treatments of the offers without any control.
    """

    log: pd.DataFrame
    refused: tuple[OfferEvidence, ...]
    uncontrolled: pd.DataFrame


def arms(log: pd.DataFrame, least: int) -> Arms:
    """Sort the offers of `log` (with `stratum`) into those that have `least` rows in either arm, and the others."""
    control = log.offer_id == CONTROL
    controlled = log.stratum.isin(log.stratum[control].unique())
    kept, refused, alone = [], [], []
    for _, made in log[~control].groupby("offer_id"):
        beside = _best_logged(made[controlled[made.index]], log[control], least)
        controls = int(log.stratum[control].isin(beside.stratum.unique()).sum())
        if beside.empty:
            alone.append(made)
        elif min(len(beside), controls) < least:
            refused.append(_too_few(made, len(beside), controls, least))
        else:
            kept.append(beside)
    treated = pd.concat(kept) if kept else log.iloc[:0]
    both = log.index.isin(treated.index) | (control & log.stratum.isin(treated.stratum.unique()))
    return Arms(log[both].reset_index(drop=True), tuple(refused), pd.concat(alone) if alone else log.iloc[:0])


def _best_logged(made: pd.DataFrame, controls: pd.DataFrame, least: int) -> pd.DataFrame:
    """The treatments with logged propensities where they alone suffice, else all: an experiment beats a campaign."""
    logged = made[made.propensity.notna()]
    beside = int(controls.stratum.isin(logged.stratum.unique()).sum())
    return logged if min(len(logged), beside) >= least else made


def _too_few(made: pd.DataFrame, treated: int, controls: int, least: int) -> OfferEvidence:
    few = "treated" if treated < controls else "control"
    return OfferEvidence(
        offer_id=str(made.offer_id.iloc[0]),
        kind=str(made.offer_kind.iloc[0]),
        grade="none",
        why=(
            f"{treated} treated and {controls:,} control rows in the same waves, at least {least} of each are needed; "
            f"{least - min(treated, controls)} more {few} customers, drawn at random, would do"
        ),
        treated=treated,
        controls=controls,
    )
