"""An effect problem of known truth: one offer keeps the restless and disturbs the calm, the other does nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd

from configs.effects import OfferEvidence
from configs.training import EffectTraining
from training.effects.contrast import fold_of
from training.effects.problem import EffectProblem

FEATURES = ("channel", "profile__plan", "recency__silence_days", "offers__kind", "offers__value")
QUICK = EffectTraining(folds=3, max_rounds=20)
VALUES = {"ten_off": 10.0, "mug": 2.0}
KINDS = {"ten_off": "discount", "mug": "gift"}
SHARE = 0.5


def kept_by(restless: np.ndarray, offer_id: np.ndarray) -> np.ndarray:
    """The truth: what an offer adds to the probability of staying."""
    return np.where(offer_id == "ten_off", np.where(restless, 0.3, -0.1), 0.0)


def problem(customers: int = 3000, seed: int = 0) -> EffectProblem:
    """One wave: half are control, the others get one of two offers by e-mail, at random."""
    rng = np.random.default_rng(seed)
    restless = rng.random(customers) < 0.5
    made = np.where(rng.random(customers) < SHARE, rng.choice(list(VALUES), customers), "control")
    treated = made != "control"
    stays = rng.random(customers) < np.where(restless, 0.4, 0.8) + np.where(treated, kept_by(restless, made), 0.0)
    log = pd.DataFrame(
        {
            "customer_id": [f"c{number}" for number in range(customers)],
            "as_of": pd.Timestamp("2023-03-01", tz="UTC"),
            "closes_at": pd.Timestamp("2023-04-26", tz="UTC"),
            "offer_id": made,
            "offer_kind": pd.Series(made).map(KINDS),
            "channel": np.where(treated, "email", None),
            "propensity": np.where(treated, SHARE / 2, 1 - SHARE),
            "wave": pd.Timestamp("2023-03-01", tz="UTC"),
            "stratum": 0,
            "retention": stays.astype(float),
            "margin": np.where(stays, rng.gamma(2.0, 15.0, customers), 0.0),
            "accepted": np.where(treated, (rng.random(customers) < 0.3).astype(float), np.nan),
        }
    )
    customer = pd.DataFrame(
        {
            "profile__plan": np.where(restless, "monthly", "yearly"),
            "recency__silence_days": rng.gamma(2.0, 8.0, customers).round(1),
        }
    )
    return EffectProblem(
        dataset="simulated",
        horizon_days=56,
        rows=_stacked(pd.concat([log, customer], axis=1)),
        features=FEATURES,
        evidence=tuple(
            OfferEvidence(offer_id=name, kind=KINDS[name], grade="randomised", why="drawn", treated=1, controls=1)
            for name in VALUES
        ),
        log=log,
        censored=7,
        warnings=("7 treatments are left out: their window is still open",),
    )


def every_action(posed: EffectProblem) -> pd.DataFrame:
    """Each log row under each offer."""
    first = posed.rows.drop_duplicates("log_row").sort_values("log_row")
    copies = [
        first.assign(
            offer_id=name, offer_kind=KINDS[name], channel="email", offers__value=value, offers__kind=KINDS[name]
        )
        for name, value in VALUES.items()
    ]
    columns = ["log_row", "customer_id", "as_of", "offer_id", "offer_kind", "channel", "fold", *FEATURES[1:]]
    return pd.concat(copies, ignore_index=True)[columns]


def _stacked(log: pd.DataFrame) -> pd.DataFrame:
    """Control rows stand for both offers, with half the weight each."""
    log = log.assign(log_row=np.arange(len(log)), fold=fold_of(log.customer_id, QUICK.folds))
    control = log[log.offer_id == "control"]
    parts = [log[log.offer_id != "control"].assign(treated=1.0, weight=1.0)]
    parts += [
        control.assign(offer_id=name, offer_kind=kind, channel="email", treated=0.0, weight=0.5)
        for name, kind in KINDS.items()
    ]
    rows = pd.concat(parts, ignore_index=True)
    return rows.assign(share=SHARE, offers__value=rows.offer_id.map(VALUES), offers__kind=rows.offer_kind)
