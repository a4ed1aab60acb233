"""Waves of treatment, and control rows that stand for what was made in their wave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.contract import CONTROL
from features.snapshots import MOST_CAMPAIGNS

Vector = NDArray[np.float64]
Index = NDArray[np.intp]
OUTCOMES = ["retention", "margin", "accepted"]
OWN = ["customer_id", "as_of", "closes_at", "stratum", "propensity", "made_share", *OUTCOMES]
ARM = ["stratum", "offer_id", "channel"]
ACTION = ["offer_id", "offer_kind", "channel"]


def waves(as_of: pd.Series[pd.Timestamp]) -> pd.Series[pd.Timestamp]:
    """The wave of each treatment: its instant where those are few, else the Monday of its week (UTC)."""
    if as_of.nunique() <= MOST_CAMPAIGNS:
        return as_of
    day = as_of.dt.floor("D")
    return day - pd.to_timedelta(day.dt.weekday, unit="D")


def actions(log: pd.DataFrame) -> pd.DataFrame:
    """Columns stratum, offer_id, offer_kind, channel, made (rows), part (of the treated rows of the stratum)."""
    made = log[log.offer_id != CONTROL]
    counted = made.groupby(["stratum", *ACTION], dropna=False).size().rename("made").reset_index()
    return counted.assign(part=counted.made / counted.groupby("stratum").made.transform("sum"))


def strata(log: pd.DataFrame) -> pd.DataFrame:
    """`log` with `wave`, and `stratum`: a number per wave, rows with logged propensities apart from those without.

    A company may run an experiment beside its campaign; each is compared within itself.
    """
    with_wave = log.assign(wave=waves(log.as_of))
    return with_wave.assign(stratum=with_wave.groupby(["wave", with_wave.propensity.notna()]).ngroup())


def frequency(log: pd.DataFrame) -> pd.Series[float]:
    """Of each treatment: the part of its stratum that got the same."""
    sizes = [log.groupby(keys, dropna=False).customer_id.transform("size") for keys in (ARM, ["stratum"])]
    return sizes[0] / sizes[1]


def stack(log: pd.DataFrame, max_copies: float, seed: int) -> pd.DataFrame:
    """Each treated row, and each control row once per action (offer, channel) that it stands for.

    Columns OWN (of the treatment itself), log_row (position in `log`), offer_id, offer_kind, channel, treated, share,
    weight. A control row stands for the actions of its stratum in proportion to how often they were made, its weight
    of 1 divided among them: `share`, the chance that a row is a treated one, is that of the stratum, whatever the
    action. It stands for all, or for as many, drawn at random, as make control rows `max_copies` times the treated.
    """
    treated = (log.offer_id != CONTROL).to_numpy()
    stratum, made = log.stratum.to_numpy(), np.flatnonzero(treated)
    choices = dict(_by_stratum(actions(log)))
    controls = {number: np.flatnonzero(~treated & (stratum == number)) for number in choices}
    copies = _copies(choices, controls, max_copies * len(made))
    rng = np.random.default_rng(seed)
    parts = [log.iloc[made][ACTION].assign(log_row=made, treated=1.0, weight=1.0)]
    parts += [_stand_for(rows, controls[number], copies, rng) for number, rows in choices.items()]
    stacked = pd.concat(parts, ignore_index=True)
    own = log[OWN].assign(share=pd.Series(treated, log.index).groupby(log.stratum).transform("mean"))
    return pd.concat([own.iloc[stacked.log_row.to_numpy()].reset_index(drop=True), stacked], axis=1)


def _by_stratum(choices: pd.DataFrame) -> Iterator[tuple[int, pd.DataFrame]]:
    numbers = choices.stratum.to_numpy()
    return ((int(number), choices[numbers == number]) for number in np.unique(numbers))


def _copies(choices: Mapping[int, pd.DataFrame], controls: Mapping[int, Index], room: float) -> int:
    """How many actions a control row may stand for, where all of them are too many; 0: all."""
    full = sum(len(controls[number]) * len(rows) for number, rows in choices.items())
    rows = sum(len(found) for found in controls.values())
    return 0 if full <= room else max(1, int(room // rows))


def _stand_for(made: pd.DataFrame, rows: Index, copies: int, rng: np.random.Generator) -> pd.DataFrame:
    """`rows` with the actions of their stratum that they stand for, and the weight of each."""
    part = made.part.to_numpy()
    if copies == 0 or copies >= len(made):
        action = np.tile(np.arange(len(made)), len(rows))
        log_row, weight = np.repeat(rows, len(made)), np.tile(part, len(rows))
    else:
        action, log_row, weight = _drawn(part, rows, copies, rng)
    return made.iloc[action][ACTION].assign(log_row=log_row, treated=0.0, weight=weight)


def _drawn(part: Vector, rows: Index, copies: int, rng: np.random.Generator) -> tuple[Index, Index, Vector]:
    """`copies` systematic draws per row, each action with probability proportional to `part`; repeats are merged."""
    starts = rng.random(len(rows))[:, None]
    action = np.searchsorted(np.cumsum(part)[:-1], (np.arange(copies) + starts) / copies, side="right")
    pairs, counts = np.unique(np.stack([np.repeat(rows, copies), action.ravel()]), axis=1, return_counts=True)
    return pairs[1], pairs[0], counts / copies
