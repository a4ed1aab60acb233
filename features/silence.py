"""How surprising a customer's present silence is, against the customer's own habit. NumPy on float64; NaN is null.

Everything works from stored sums and instants, so that it is exact at any later time of asking.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.float64]
DAY = 86_400.0
HALF_LIFE_DAYS = 56.0
AHEAD_DAYS = 56.0
STATE = (
    "observed_at",
    "computed_at",
    "weeks",
    "weighted_visits",
    "weighted_spend",
    "gaps",
    "gap_days",
    "gap_logs",
    "gap_logs_squared",
)
INPUTS = ("last_at", *STATE)
FEATURES = (
    "week_share",
    "spend_rate",
    "silence_ratio",
    "silence_log_survival",
    "quiet_odds_visits",
    "quiet_odds_spend",
)

# What is believed of gaps before any are seen, worth two observations: 10 days in all, log-mean 1.2, log-variance .81.
PRIOR_GAPS, PRIOR_GAP_DAYS, PRIOR_LOG_MEAN, PRIOR_LOG_VARIANCE = 2.0, 20.0, 1.2, 0.81
# Gamma shape, gamma rate in days, log-odds of dropping out (rounded fits to Complete Journey before July 2017; the
# models learn the features' weight, so only the curve's form comes from here). Spend is in units of three log-dollars.
VISITS, SPEND, SPEND_UNIT = (0.9, 4.5, -6.8), (1.2, 15.0, -6.6), 3.0


def silence(stored: Mapping[str, Column], asked_at: Column) -> dict[str, Column]:
    """FEATURES at `asked_at` (seconds since 1970) from the INPUTS of the purchases view."""
    silent = (asked_at - stored["last_at"]) / DAY
    span = np.maximum((asked_at - stored["observed_at"]) / DAY, 1.0)
    decay = np.exp2(-(asked_at - stored["computed_at"]) / DAY / HALF_LIFE_DAYS)
    visits, spend = stored["weighted_visits"] * decay, stored["weighted_spend"] * decay
    gaps = stored["gaps"]
    return {
        "week_share": stored["weeks"] / np.ceil(span / 7),
        "spend_rate": spend / _exposure(span),
        "silence_ratio": silent * (gaps + PRIOR_GAPS) / (np.nan_to_num(stored["gap_days"]) + PRIOR_GAP_DAYS),
        "silence_log_survival": _log_survival(silent, gaps, stored["gap_logs"], stored["gap_logs_squared"]),
        "quiet_odds_visits": _quiet_odds(VISITS, visits, span, silent),
        "quiet_odds_spend": _quiet_odds(SPEND, spend / SPEND_UNIT, span, silent),
    }


def _log_survival(silent: Column, gaps: Column, logs: Column, squares: Column) -> Column:
    """Log of the chance that a log-normal gap, fitted to the customer's own and shrunk, is longer than this silence."""
    from scipy.special import log_ndtr

    logs, squares = np.nan_to_num(logs), np.nan_to_num(squares)
    mean = (logs + PRIOR_GAPS * PRIOR_LOG_MEAN) / (gaps + PRIOR_GAPS)
    around = np.maximum(squares - logs**2 / np.maximum(gaps, 1.0), 0.0)
    spread = np.sqrt((around + PRIOR_GAPS * PRIOR_LOG_VARIANCE) / (gaps + PRIOR_GAPS))
    survival: Column = log_ndtr(-(np.log(np.maximum(silent, 0.3)) - mean) / spread)
    return survival


def _quiet_odds(constants: tuple[float, float, float], count: Column, span: Column, silent: Column) -> Column:
    """Log-odds of no purchase in the next AHEAD_DAYS days: BG/NBD on discounted counts and exposures.

    Fader, Hardie and Lee (2005), with a constant for their dropout term, whose fit was flat.
    """
    shape, rate, dropout = constants
    exposed = rate + _exposure(span)
    still = np.exp((shape + count) * np.log(exposed / (exposed + AHEAD_DAYS)))
    heard = np.maximum(exposed - _exposure(silent), rate)  # a purchase may be older than the sign-up
    gone = 1 / (1 + np.exp(-(dropout + (shape + count) * np.log(exposed / heard))))
    quiet = np.clip(1 - (1 - gone) * (1 - still), 1e-6, 1 - 1e-6)
    odds: Column = np.log(quiet / (1 - quiet))
    return odds


def _exposure(days: Column) -> Column:
    """Days, each counted by its weight: the integral of 2^(-t / HALF_LIFE_DAYS) from 0 to `days`."""
    exposed: Column = HALF_LIFE_DAYS / np.log(2) * (1 - np.exp2(-np.maximum(days, 0.0) / HALF_LIFE_DAYS))
    return exposed
