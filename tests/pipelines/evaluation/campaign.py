"""A randomised campaign whose truth is known, as the run of the effects keeps it: (log, pairs)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from decisioning.offers import Offer
from serving.catalogue import Catalogue

NOW = pd.Timestamp("2024-05-01", tz="UTC")
ACTIONS = (("mens", "email"), ("womens", "email"), ("womens", "sms"))
OFFERS = (
    Offer("mens", "Men's", "goods", cost=1.0, value=3.0, channels=("email",)),
    Offer("womens", "Women's", "goods", cost=2.0, value=3.0, channels=("email", "sms")),
)
CATALOGUE = Catalogue(OFFERS)
MARGIN, ACCEPTED = 50.0, 0.3  # of who stays, and of who is offered anything


@dataclass(frozen=True)
class Campaign:
    """`stays` is the true probability to stay under control and each of ACTIONS."""

    log: pd.DataFrame
    pairs: pd.DataFrame
    stays: NDArray[np.float64]


def campaign(count: int, seed: int = 0, shares: Sequence[float] = (0.25,) * 4) -> Campaign:
    """One wave; mens moves low x, womens high x, either drives the others away; sms does nothing."""
    rng = np.random.default_rng(seed)
    x = rng.random(count)
    effect = 0.4 * (x - 0.5)
    stays = np.column_stack([np.full(count, 0.5), 0.5 - effect, 0.5 + effect, np.full(count, 0.5)])
    made = rng.choice(4, count, p=list(shares))
    names = [("control", None), *ACTIONS]
    stayed = (rng.random(count) < stays[np.arange(count), made]).astype(float)
    log = pd.DataFrame(
        {
            "row": np.arange(count) + 7,
            "customer_id": [f"c{at}" for at in range(count)],
            "as_of": NOW,
            "offer_id": [names[at][0] for at in made],
            "channel": pd.Series([names[at][1] for at in made], dtype=object),
            "propensity": np.array(shares)[made],
            "retention": stayed,
            "margin": MARGIN * stayed,
            "accepted": np.where(made == 0, np.nan, (rng.random(count) < ACCEPTED).astype(float)),
            "profile__x": x,
            "profile__town": pd.Series(np.where(x < 0.5, "low", "high"), dtype=object),
            "consent__sms": np.nan,
        }
    )
    pairs = pd.concat([_pairs(log.row, at, stays) for at in range(4)], ignore_index=True)
    return Campaign(log, pairs.sample(frac=1, random_state=seed), stays)


def _pairs(rows: pd.Series[int], at: int, stays: NDArray[np.float64]) -> pd.DataFrame:
    """What models expect of an action: the truth, a little bent."""
    offer_id, channel = ("control", None) if at == 0 else ACTIONS[at - 1]
    uplift = stays[:, at] - stays[:, 0]
    expected = {"expected_retention": stays[:, at] + 0.02, "expected_margin": MARGIN * stays[:, at] + 1.0}
    own = {"row": rows, "offer_id": offer_id, "channel": pd.Series([channel] * len(rows), dtype=object), **expected}
    if at == 0:
        return pd.DataFrame(own)
    on_margin = {"margin_uplift": MARGIN * uplift, "margin_uplift_low": -1.0, "margin_uplift_high": 1.0}
    graded = {"evidence": "randomised", "uplift": uplift, "uplift_low": uplift - 0.1, "uplift_high": uplift + 0.1}
    return pd.DataFrame({**own, **graded, **on_margin, "p_accept": ACCEPTED})
