"""The catalogue, the campaigns' treatments, and what came of them: late, and not all of it on record."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa

from pipelines.market.arrays import Index, Vector
from pipelines.market.catalogue import ACTIONS, CHANNELS, NOTHING, OFFERS
from pipelines.market.logs import LogKind
from pipelines.market.records.block import INSTANT, WEEK_SECONDS, Block, names
from pipelines.market.truth import HORIZON_WEEKS

CONTROL = "control"
LOST = 0.03  # of the outcomes never reach the records
DELAY_DAYS, LONGEST_DAYS = 5.0, 27.0  # mean and end of the time an acceptance takes
OUTCOMES = ("viewed", "accepted")


def offers(start: datetime, weeks: int) -> pa.Table:
    """The catalogue, valid throughout and for a horizon longer. An acceptance brings no margin of its own: value 0."""
    rows = len(OFFERS)
    end = start + timedelta(weeks=weeks + HORIZON_WEEKS)
    return pa.table(
        {
            "offer_id": [offer.offer_id for offer in OFFERS],
            "name": [offer.name for offer in OFFERS],
            "kind": [offer.kind for offer in OFFERS],
            "cost": [offer.cost for offer in OFFERS],
            "value": [0.0] * rows,
            "channels": [list(offer.channels) for offer in OFFERS],
            "valid_from": pa.array([start] * rows, INSTANT),
            "valid_to": pa.array([end] * rows, INSTANT),
            "depth": [offer.depth for offer in OFFERS],
        }
    )


def treatments(block: Block, log: LogKind) -> pa.Table:
    """Who got what in each campaign, control included; a manager does not write down propensities."""
    week, who, action, propensity = _assigned(block)
    offer = np.array([action.offer for action in ACTIONS] + [len(OFFERS)])[action]
    channel = np.array([action.channel for action in ACTIONS] + [0])[action]
    told = propensity if log == "randomised" else np.full(len(who), np.nan)
    treated = action != NOTHING
    return pa.table(
        {
            "customer_id": block.who(who),
            "occurred_at": block.at(week * WEEK_SECONDS),
            "offer_id": names((*(offer.offer_id for offer in OFFERS), CONTROL), offer),
            "channel": pa.DictionaryArray.from_arrays(
                pa.array(channel.astype(np.int32), mask=~treated), pa.array(list(CHANNELS))
            ),
            "propensity": pa.array(told, from_pandas=True),
        }
    )


def _assigned(block: Block) -> tuple[Index, Index, Index, Vector]:
    """(week, customer, action, propensity), a row for everybody in each campaign."""
    parts = []
    for made in block.campaigns:
        part = np.flatnonzero(made.campaign.taking_part)
        parts.append((np.full(len(part), made.week), part, made.campaign.action[part], made.campaign.propensity[part]))
    nobody = (np.zeros(0, dtype=np.int64),) * 3 + (np.zeros(0),)
    week, who, action, propensity = (np.concatenate(column) for column in zip(nobody, *parts, strict=True))
    return week, who, action, propensity


def outcomes(block: Block, rng: np.random.Generator) -> pa.Table:
    """Contacts noticed (within hours) and offers accepted (within weeks); those after the records' end are not yet in.

    An acceptance comes after the view. A few of either are never recorded.
    """
    noticed, accepted = (np.nonzero(block.matrix(name)) for name in ("noticed", "accepted"))
    hours = 3600.0 + rng.exponential(6 * 3600.0, len(noticed[0])).clip(max=2 * 86_400.0)
    days = 2.2 * 86_400.0 + 86_400.0 * np.minimum(rng.exponential(DELAY_DAYS, len(accepted[0])), LONGEST_DAYS - 2.2)
    week, who = (np.concatenate(pair) for pair in zip(noticed, accepted, strict=True))
    at = week * float(WEEK_SECONDS) + np.concatenate([hours, days])
    kind = (np.arange(len(week)) >= len(noticed[0])).astype(np.int64)
    kept = (rng.random(len(week)) >= LOST) & (at < block.end_seconds)
    offer = np.array([action.offer for action in ACTIONS])[block.matrix("action")[week, who].astype(np.int64)]
    return pa.table(
        {
            "customer_id": block.who(who[kept]),
            "occurred_at": block.at(at[kept]),
            "kind": names(OUTCOMES, kind[kept]),
            "offer_id": names(tuple(one.offer_id for one in OFFERS), offer[kept]),
        }
    )
