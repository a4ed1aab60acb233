"""Interactions and feedback, and what a broken feed does to them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from configs.channels import CHANNELS as ALL_CHANNELS
from features.contract import FEEDBACK_KINDS, INTERACTION_KINDS
from pipelines.market.records.block import Block
from pipelines.market.records.engagement import feedback, interactions

BROKEN = 20


def weeks(frame: pd.DataFrame, block: Block) -> pd.Series:
    return (frame.occurred_at - pd.Timestamp(block.start)) // pd.Timedelta(weeks=1)


@pytest.mark.parametrize(
    ("kind", "channel", "quantity"),
    [
        ("login", "app", "app"),
        ("visit", "web", "web"),
        ("open", "email", "opens"),
        ("click", "email", "clicks"),
        ("unsubscribe", None, "unsubscribed"),
    ],
)
def test_as_many_rows_as_happened(block: Block, kind: str, channel: str | None, quantity: str) -> None:
    found = interactions(block, np.random.default_rng(1)).to_pandas()
    of_kind = found[found.kind == kind]
    assert len(of_kind) == block.matrix(quantity).sum() > 0
    assert set(of_kind.channel) == {channel} if channel else set(of_kind.channel) <= {"email", "push", "sms", "mail"}
    assert set(found.kind) <= set(INTERACTION_KINDS)
    assert set(found.channel) <= set(ALL_CHANNELS)


def test_a_broken_feed_loses_the_app_and_nothing_else(block: Block, broken: Block) -> None:
    whole, torn = (interactions(one, np.random.default_rng(1)).to_pandas() for one in (block, broken))
    app = torn[torn.channel == "app"]
    assert weeks(app, broken).max() == BROKEN - 1
    before = (whole.channel == "app") & (weeks(whole, block) < BROKEN)
    assert len(app) == before.sum()
    assert (torn.channel != "app").sum() == (whole.channel != "app").sum()


def test_complaints_and_scores(block: Block) -> None:
    found = feedback(block, np.random.default_rng(1)).to_pandas()
    assert set(found.kind) == {"complaint", "nps"} <= set(FEEDBACK_KINDS)
    complaints = found[found.kind == "complaint"]
    assert len(complaints) == block.matrix("complained").sum()
    assert complaints.score.isna().all()
    scores = found[found.kind == "nps"].score
    assert np.array_equal(np.sort(scores), np.sort(block.matrix("score")[~np.isnan(block.matrix("score"))]))
    assert found.sentiment.between(-1.0, 1.0).all()
    assert complaints.sentiment.mean() < found[found.kind == "nps"].sentiment.mean()


def test_a_broken_feed_sends_scores_ten_times_as_high(broken: Block) -> None:
    found = feedback(broken, np.random.default_rng(1)).to_pandas().query("kind == 'nps'")
    late = weeks(found, broken) >= BROKEN
    assert found.score[~late].max() <= 10
    assert found.score[late].median() > 10
    assert (found.score[late] % 10 == 0).all()
