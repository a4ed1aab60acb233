"""The catalogue, the campaigns' treatments, and what came of them: late, and not all of it on record."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.market.arrays import Index, Texts, Vector
from pipelines.market.catalogue import CHANNELS, NOTHING, SIX, Catalogue
from pipelines.market.logs import LogKind
from pipelines.market.records.block import INSTANT, WEEK_SECONDS, Block, names
from pipelines.market.truth import HORIZON_WEEKS

CONTROL = "control"
LOST = 0.03  # of the outcomes never reach the records
DELAY_DAYS, LONGEST_DAYS = 5.0, 27.0  # mean and end of the time an acceptance takes
OUTCOMES = ("viewed", "accepted")


def offers(start: datetime, weeks: int, catalogue: Catalogue = SIX) -> pa.Table:
    """The catalogue, valid throughout and for a horizon longer. An acceptance brings no margin of its own: value 0."""
    rows = len(catalogue.offers)
    end = start + timedelta(weeks=weeks + HORIZON_WEEKS)
    return pa.table(
        {
            "offer_id": [offer.offer_id for offer in catalogue.offers],
            "name": [offer.name for offer in catalogue.offers],
            "kind": [offer.kind for offer in catalogue.offers],
            "cost": [offer.cost for offer in catalogue.offers],
            "value": [0.0] * rows,
            "channels": [list(offer.channels) for offer in catalogue.offers],
            "valid_from": pa.array([start] * rows, INSTANT),
            "valid_to": pa.array([end] * rows, INSTANT),
            "depth": [offer.depth for offer in catalogue.offers],
        }
    )


def treatments(block: Block, log: LogKind) -> pa.Table:
    """Who got what in each campaign, control included; a manager does not write down propensities.

    With a `decision_id` where a service decided.
    """
    week, who, action, propensity, decided = _assigned(block)
    catalogue = block.catalogue
    offer, channel = np.append(catalogue.offer, len(catalogue.offers))[action], np.append(catalogue.channel, 0)[action]
    shown = propensity if log == "randomised" else np.full(len(who), np.nan)
    treated = action != NOTHING
    return pa.table(
        {
            "customer_id": block.who(who),
            "occurred_at": block.at(week * WEEK_SECONDS),
            "offer_id": names((*(offer.offer_id for offer in catalogue.offers), CONTROL), offer),
            "channel": pa.DictionaryArray.from_arrays(
                pa.array(channel.astype(np.int32), mask=~treated), pa.array(list(CHANNELS))
            ),
            "propensity": pa.array(shown, from_pandas=True),
            **_decision_ids(block, decided),
        }
    )


def _assigned(block: Block) -> tuple[Index, Index, Index, Vector, Texts]:
    """(week, customer, action, propensity, decision id), a row for everybody in each campaign."""
    parts = []
    for made in block.campaigns:
        given, part = made.campaign, np.flatnonzero(made.campaign.taking_part)
        ids = np.full(len(part), None) if given.decision_ids is None else given.decision_ids[part]
        parts.append((np.full(len(part), made.week), part, given.action[part], given.propensity[part], ids))
    nobody = (*(np.zeros(0, dtype=np.int64),) * 3, np.zeros(0), np.zeros(0, dtype=object))
    week, who, action, propensity, decided = (np.concatenate(column) for column in zip(nobody, *parts, strict=True))
    return week, who, action, propensity, decided


def _decision_ids(block: Block, decided: Texts) -> dict[str, pa.Array]:
    told = any(made.campaign.decision_ids is not None for made in block.campaigns)
    return {"decision_id": pa.array(decided, pa.string())} if told else {}


def outcomes(block: Block, rng: np.random.Generator) -> pa.Table:
    """What is on record of `outcomes_to_come`: those after the records' end are not yet in."""
    come = outcomes_to_come(block, rng)
    return come.filter(pc.less(come["occurred_at"], block.at(np.array([block.end_seconds]))[0]))


def outcomes_to_come(block: Block, rng: np.random.Generator) -> pa.Table:
    """Contacts noticed (within hours) and offers accepted (within weeks), whether before the records' end or after.

    An acceptance comes after the view. A few of either are never recorded.
    """
    noticed, accepted = (block.events(name) for name in ("noticed", "accepted"))
    hours = 3600.0 + rng.exponential(6 * 3600.0, len(noticed[0])).clip(max=2 * 86_400.0)
    days = 2.2 * 86_400.0 + 86_400.0 * np.minimum(rng.exponential(DELAY_DAYS, len(accepted[0])), LONGEST_DAYS - 2.2)
    week, who = (np.concatenate(pair) for pair in zip(noticed, accepted, strict=True))
    at = week * float(WEEK_SECONDS) + np.concatenate([hours, days])
    kind = (np.arange(len(week)) >= len(noticed[0])).astype(np.int64)
    kept = rng.random(len(week)) >= LOST
    offer = block.catalogue.offer[block.of("action", week, who).astype(np.int64)]
    return pa.table(
        {
            "customer_id": block.who(who[kept]),
            "occurred_at": block.at(at[kept]),
            "kind": names(OUTCOMES, kind[kept]),
            "offer_id": names(tuple(one.offer_id for one in block.catalogue.offers), offer[kept]),
            **_decision_ids(block, _deciding(block, week[kept], who[kept])),
        }
    )


def _deciding(block: Block, week: Index, who: Index) -> Texts:
    """The ids of the decisions that the contacts of some customers in some weeks came from."""
    ids = np.full((len(block.weeks), block.customers), None)
    for made in block.campaigns:
        if made.campaign.decision_ids is not None:
            ids[made.week] = made.campaign.decision_ids
    return np.asarray(ids[week, who])
