"""The log that took part, with the propensity of every treatment in it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.contract import CONTROL
from training.effects.stack import ARM

Vector = NDArray[np.float64]


def resolved(rows: pd.DataFrame, log: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The stacked `rows` that count (weight above 0) and the treatments behind them, numbered anew by `log_row`.

    `propensity` becomes the probability of the treatment made, among those of its stratum that take part: the logged
    one where every offer of the stratum is graded by it (`logged`), else the treatment's frequency, shifted by the
    estimated `log_odds` of the customer.
    """
    kept = rows[rows.weight > 0]
    there = np.sort(kept.log_row.unique())
    own = log.iloc[there].reset_index(drop=True)
    number = pd.Series(np.arange(len(there)), there)
    kept = kept.assign(log_row=kept.log_row.map(number).astype(np.intp)).reset_index(drop=True)
    by_log = own.stratum.map(kept.groupby("stratum").logged.all()).to_numpy(bool)
    still = own.drop_duplicates(ARM).groupby("stratum").made_share.sum()  # of the stratum, as first logged
    promised = np.minimum(1.0, own.propensity / own.stratum.map(still))
    own = own.assign(propensity=np.where(by_log, promised, _frequency(kept, own)))
    return kept.drop(columns=["log_odds", "logged", "part", "propensity", "made_share"]), own


def _frequency(kept: pd.DataFrame, log: pd.DataFrame) -> Vector:
    """How often the treatment was made in its stratum, by the customer's odds against control.

    With n of control and n_a of each action, the odds of a customer for a are r_a n_a / n, r_a from `log_odds`. Of
    treated rows only the odds of the treatment made are known: the others count as at the average.
    """
    control = (log.offer_id == CONTROL).to_numpy()
    everyone = log.groupby("stratum").customer_id.transform("size").to_numpy(np.float64)
    treated = (log.offer_id != CONTROL).groupby(log.stratum).transform("sum").to_numpy(np.float64)
    made = log.groupby(ARM, dropna=False).customer_id.transform("size").to_numpy()
    shift = np.expm1(kept.log_odds.to_numpy()) * kept.part.to_numpy()
    more = np.bincount(kept.log_row, weights=shift, minlength=len(log))
    own = np.where(control, everyone - treated, (1.0 + more) * made)
    total = everyone + more * np.where(control, treated, made)
    return np.asarray(own / total, np.float64)
