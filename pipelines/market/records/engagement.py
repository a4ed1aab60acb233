"""Visits, newsletters read, complaints and surveys; a broken feed loses the first and garbles the last."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from pipelines.market.arrays import Index
from pipelines.market.catalogue import CHANNELS as CONTACT_CHANNELS
from pipelines.market.records.block import Block, names, within

CHANNELS = ("app", "web", *(name for name in CONTACT_CHANNELS))
KINDS = ("login", "visit", "open", "click", "unsubscribe")
SOURCES = (("app", "app", "login"), ("web", "web", "visit"), ("opens", "email", "open"), ("clicks", "email", "click"))
GARBLED = 10.0  # a broken feed of surveys sends scores of 0 to 100


def interactions(block: Block, rng: np.random.Generator) -> pa.Table:
    """One row per login, visit, newsletter opened or clicked, and unsubscription."""
    parts = [_counted(block, *source) for source in SOURCES]
    week, who, channel, kind = (np.concatenate(column) for column in zip(*parts, _unsubscribed(block), strict=True))
    kept = block.arriving(week) | (channel != CHANNELS.index("app"))
    return pa.table(
        {
            "customer_id": block.who(who[kept]),
            "occurred_at": block.at(within(week[kept], rng)),
            "channel": names(CHANNELS, channel[kept]),
            "kind": names(KINDS, kind[kept]),
        }
    )


def _counted(block: Block, quantity: str, channel: str, kind: str) -> tuple[Index, Index, Index, Index]:
    week, who = block.events(quantity)
    rows = len(who)
    return week, who, np.full(rows, CHANNELS.index(channel)), np.full(rows, KINDS.index(kind))


def _unsubscribed(block: Block) -> tuple[Index, Index, Index, Index]:
    week, who = block.events("unsubscribed")
    channel = np.array([CHANNELS.index(action.channel_name) for action in block.catalogue.actions])
    action = block.of("action", week, who).astype(np.int64)
    return week, who, channel[action], np.full(len(who), KINDS.index("unsubscribe"))


def feedback(block: Block, rng: np.random.Generator) -> pa.Table:
    """Complaints, and answers to "would you recommend us?" as NPS scores."""
    week, who = block.events("complained")
    score = block.matrix("score")
    row, asked = np.nonzero(~np.isnan(score))
    asked_week = row + block.told
    said = score[row, asked] * np.where(block.arriving(asked_week), 1.0, GARBLED)
    weeks, complaints = np.concatenate([week, asked_week]), len(who)
    mood = np.clip(rng.normal(np.r_[np.full(complaints, -0.6), (said - 5.0) / 7.0], 0.2), -1.0, 1.0)
    return pa.table(
        {
            "customer_id": block.who(np.concatenate([who, asked])),
            "occurred_at": block.at(within(weeks, rng)),
            "kind": names(("complaint", "nps"), (np.arange(len(weeks)) >= complaints).astype(np.int64)),
            "score": pa.array(np.r_[np.full(complaints, np.nan), said], from_pandas=True),
            "sentiment": mood,
        }
    )
