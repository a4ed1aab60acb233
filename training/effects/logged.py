"""Logged propensities: what they must be to be propensities at all, and whether they fit what was done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from configs.errors import DataError
from features.contract import CONTROL
from training.effects.stack import ARM

Vector = NDArray[np.float64]
ROUNDING = 0.005  # propensities may come with two decimals
BY_CHANCE = 1e-3  # an arm missing from a wave is no contradiction where chance leaves it out so often


@dataclass(frozen=True)
class Promise:
    """What logged propensities promise of one offer and its controls, held against what was done.

    `constant`: the same for everybody in each arm of a wave. `p_value`: of an assignment as far from the promise, the
    worst of the arms, times their number. `said` is the finding in words.
    """

    constant: bool
    p_value: float
    said: str


def refuse_impossible(log: pd.DataFrame) -> None:
    """Raise DataError naming offer, wave and numbers where logged propensities cannot be any; all problems at once."""
    known = log[log.propensity.notna()]
    problems = [*_outside(known), *_sums(known[(known.propensity > 0) & (known.propensity <= 1)])]
    if problems:
        raise DataError(
            "effects: logged propensities that cannot be: each is the probability of the treatment made, above 0 and "
            "at most 1; leave the column empty where it is not known",
            details=problems,
        )


def _outside(known: pd.DataFrame) -> Iterator[str]:
    wrong = known[(known.propensity <= 0) | (known.propensity > 1)]
    for (wave, offer_id), rows in wrong.groupby(["wave", "offer_id"]):
        values = ", ".join(f"{value:g}" for value in rows.propensity.drop_duplicates().head(3))
        yield f"{offer_id}, wave of {wave:%Y-%m-%d %H:%M}: {len(rows)} propensities outside (0, 1]: {values}"


def _sums(known: pd.DataFrame) -> Iterator[str]:
    """Where every arm of a wave has one propensity, they sum to 1 - per offer and channel, or per offer."""
    for (_, wave), rows in known.groupby(["stratum", "wave"]):
        arms = rows.groupby(["offer_id", "channel"], dropna=False).propensity.agg(["min", "max"])
        if not _same(arms).all():
            continue
        offers = arms.groupby("offer_id")["min"].first()
        if not any(_sums_to_one(promised, len(rows)) for promised in (arms["min"], offers)):
            listed = ", ".join(f"{offer_id} {value:g}" for offer_id, value in offers.items())
            total = float(arms["min"].sum())
            missing = " (is an arm missing? controls are treatments with offer_id control)" if total < 1 else ""
            yield f"wave of {wave:%Y-%m-%d %H:%M}: propensities sum to {total:g}, not to 1: {listed}{missing}"


def _same(arms: pd.DataFrame) -> pd.Series[bool]:
    return arms["max"] - arms["min"] < 1e-9


def _sums_to_one(promised: pd.Series[float], rows: int) -> bool:
    missing = 1.0 - float(promised.sum())
    if abs(missing) <= ROUNDING * len(promised) + 1e-9:
        return True
    return 0 < missing < 1 and (1.0 - missing) ** rows > BY_CHANCE


def of_actions(log: pd.DataFrame) -> Vector:
    """The propensity of each treatment as one of (offer, channel), where a log may hold that of the offer alone.

    Then the channel's share among those who got the offer in the wave makes up the rest.
    """
    arms = log.groupby(ARM, dropna=False).propensity.agg(["min", "size"]).reset_index()
    per_action = arms.groupby("stratum")["min"].sum()
    per_offer = arms.groupby(["stratum", "offer_id"])["min"].first().groupby("stratum").sum()
    by_offer = per_action.index[(per_action > 1 + ROUNDING * 2) & (per_offer < per_action - ROUNDING)]
    made = log.groupby(ARM, dropna=False).customer_id.transform("size")
    of_offer = log.groupby(["stratum", "offer_id"]).customer_id.transform("size")
    return np.where(log.stratum.isin(by_offer), log.propensity * made / of_offer, log.propensity).astype(np.float64)


def promise(log: pd.DataFrame, offer_id: str) -> Promise:
    """Hold the propensities (of actions) of `offer_id` and control against what was done in the offer's waves.

    In each arm the mean of [made] / propensity over everybody in its waves is 1 if the propensities are true; the
    spread of that mean is taken over customers, whose treatments may hang together.
    """
    there = log[log.stratum.isin(log.stratum[log.offer_id == offer_id].unique())]
    arms = there[there.offer_id.isin([offer_id, CONTROL])].groupby(["offer_id", "channel"], dropna=False)
    found = [_held(there, rows) for _, rows in arms]
    own = there[there.offer_id.isin([offer_id, CONTROL])].groupby(ARM, dropna=False).propensity.agg(["min", "max"])
    worst = max(found, key=lambda arm: abs(arm[2]))
    p_value = min(1.0, 2 * float(norm.sf(abs(worst[2]))) * len(found))
    said = (
        f"in the arm that fits worst they promise {worst[0]:,.0f} rows, there are {worst[1]:,.0f} (z {worst[2]:+.1f})"
    )
    return Promise(bool(_same(own).all()), p_value, said)


def _held(there: pd.DataFrame, rows: pd.DataFrame) -> tuple[float, float, float]:
    """(rows promised, rows there, z) of one arm."""
    asked = there[there.stratum.isin(rows.stratum.unique())]
    ratio = pd.Series(-1.0, asked.index)
    ratio[rows.index] += 1.0 / rows.propensity
    by_customer = ratio.groupby(asked.customer_id).sum()
    spread = float(np.sqrt((by_customer**2).sum()))
    excess = float(ratio.sum())
    promised = len(rows) * len(asked) / (len(asked) + excess)
    return promised, float(len(rows)), excess / spread if spread > 0 else 0.0
