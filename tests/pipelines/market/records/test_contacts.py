"""The catalogue, treatments, and outcomes that come late or never."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from pipelines.market.catalogue import ACTIONS, OFFERS
from pipelines.market.logs import LogKind
from pipelines.market.records.block import Block
from pipelines.market.records.contacts import LONGEST_DAYS, LOST, offers, outcomes, treatments


def test_the_catalogue_is_valid_throughout_and_beyond(block: Block) -> None:
    found = offers(block.start, 26).to_pandas()
    assert list(found.offer_id) == [offer.offer_id for offer in OFFERS]
    assert [list(channels) for channels in found.channels] == [list(offer.channels) for offer in OFFERS]
    assert (found.valid_from == block.start).all()
    assert (found.valid_to == block.start + timedelta(weeks=34)).all()


@pytest.mark.parametrize(("log", "told"), [("randomised", True), ("observational", False)])
def test_treatments_are_what_was_assigned(block: Block, log: LogKind, told: bool) -> None:
    found = treatments(block, log).to_pandas()
    week = (found.occurred_at - pd.Timestamp(block.start)) / pd.Timedelta(weeks=1)
    assert set(week) == {8.0, 16.0, 24.0}
    assert len(found) == sum(made.campaign.taking_part.sum() for made in block.campaigns)
    control = found.offer_id == "control"
    assert (found.channel.isna() == control).all()
    names = found.offer_id[~control].astype(str) + ":" + found.channel[~control].astype(str)
    assert set(names) == {action.name for action in ACTIONS}
    assert found.propensity.notna().all() if told else found.propensity.isna().all()


def test_a_wave_promises_each_arm_its_share(block: Block) -> None:
    found = treatments(block, "randomised").to_pandas()
    arms = found.groupby(["occurred_at", "offer_id", "channel"], dropna=False, observed=True).propensity.agg(
        ["min", "max"]
    )
    assert np.allclose(arms["min"], arms["max"])
    assert np.allclose(arms["min"].groupby(level=0).sum(), 1.0)


def test_outcomes_belong_to_a_treatment_and_follow_it(block: Block) -> None:
    sent = treatments(block, "randomised").to_pandas()
    sent = sent[sent.offer_id != "control"].rename(columns={"occurred_at": "treated_at"})
    came = outcomes(block, np.random.default_rng(1)).to_pandas()
    joined = came.merge(sent[["customer_id", "offer_id", "treated_at"]], on=["customer_id", "offer_id"])
    after = (joined.occurred_at - joined.treated_at) / pd.Timedelta(days=1)
    near = joined[(after > 0) & (after <= LONGEST_DAYS)]
    assert len(near) >= len(came)
    assert (
        after[(joined.kind == "accepted") & (after > 0)].median()
        > after[(joined.kind == "viewed") & (after > 0)].median()
    )


def test_a_few_outcomes_are_lost_and_the_latest_are_still_to_come(block: Block) -> None:
    came = outcomes(block, np.random.default_rng(1)).to_pandas()
    end = block.start + timedelta(weeks=len(block.weeks))
    assert came.occurred_at.max() < end
    settled = came.occurred_at < block.start + timedelta(weeks=24)
    for kind, quantity in (("viewed", "noticed"), ("accepted", "accepted")):
        happened = block.matrix(quantity)[:24].sum()
        found = (settled & (came.kind == kind)).sum()
        assert found / happened == pytest.approx(1.0 - LOST, abs=4 * np.sqrt(LOST * (1 - LOST) / happened))
    late = block.matrix("accepted")[24].sum()
    in_time = (~settled & (came.kind == "accepted")).sum()
    assert in_time < 0.95 * late  # two weeks are not enough for all
