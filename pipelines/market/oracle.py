"""What only the simulation knows of each treatment: expected outcomes of every action, the best one, and its class."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from pipelines.market.arrays import Index
from pipelines.market.records.block import WEEK_SECONDS, Block, names
from pipelines.market.truth import Truth, expected

CLASSES = ("persuadable", "sure", "lost", "do_not_disturb")
MOVES = 0.05  # an action that adds this much to the probability of staying persuades
DISTURBS = -0.01  # the mean over the actions; below it, contact as such does harm
STAYS = 0.5


def classes(bound: Truth) -> Index:
    """A position in CLASSES by customer: whom some action moves, who stays or leaves anyway, whom contact hurts."""
    uplift = bound.retention_under - bound.retention[:, None]
    moves, harmed = uplift.max(axis=1) >= MOVES, uplift.mean(axis=1) <= DISTURBS
    return np.select([moves, harmed, bound.retention >= STAYS], [0, 3, 1], 2).astype(np.int64)


def best(bound: Truth) -> Index:
    """The most profitable action, a position in the catalogue's; NOTHING, which earns 0, where none earns more."""
    return np.where(bound.profit.max(axis=1) > 0.0, bound.profit.argmax(axis=1), -1)


def truths(block: Block) -> pa.Table:
    """One row per treatment and control, in the order of `treatments`; money in currency, over the horizon.

    Columns `<what>|<offer:channel>` give what is expected under each action: retention, margin, accepted, profit.
    """
    tables, named = [], [action.name for action in block.catalogue.actions]
    for made in block.campaigns:
        part = np.flatnonzero(made.campaign.taking_part)
        bound = expected(block.traits, made.since, block.drifts, catalogue=block.catalogue).of(part)
        about = {
            "customer_id": block.who(part),
            "occurred_at": block.at(np.full(len(part), made.week * WEEK_SECONDS)),
            "true_propensity": made.campaign.propensity[part],
            "retention": bound.retention,
            "margin": bound.margin,
            "class": names(CLASSES, classes(bound)),
            "oracle_action": names((*named, "nothing"), best(bound) % (len(named) + 1)),
            "oracle_profit": bound.profit.max(axis=1).clip(min=0.0),
        }
        tables.append(pa.table({**about, **_under(bound)}))
    return pa.concat_tables(tables)


def _under(bound: Truth) -> dict[str, pa.Array]:
    by = {
        "retention": bound.retention_under,
        "margin": bound.margin_under,
        "accepted": bound.accepts,
        "profit": bound.profit,
    }
    return {
        f"{what}|{action.name}": pa.array(matrix[:, place].astype(np.float32))
        for what, matrix in by.items()
        for place, action in enumerate(bound.catalogue.actions)
    }
