"""Records told a part at a time: together they are those of the whole."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from pipelines.market.records import contacts, engagement, people, purchases
from pipelines.market.records.block import WEEK_SECONDS, Block

CUTS = (0, 9, 17, 26)
Tell = Callable[[Block], pa.Table]


def rng() -> np.random.Generator:
    return np.random.default_rng(4)


TABLES: dict[str, Tell] = {
    "customers": lambda block: people.customers(block, rng()),
    "consents": people.consents,
    "transactions": lambda block: purchases.transactions(block, rng()),
    "loyalty": purchases.loyalty,
    "interactions": lambda block: engagement.interactions(block, rng()),
    "feedback": lambda block: engagement.feedback(block, rng()),
    "treatments": lambda block: contacts.treatments(block, "randomised"),
}
DRAWN = {"amount", "margin", "quantity", "category", "channel", "discount", "sentiment", "device", "occurred_at"}


def part(block: Block, told: int, end: int) -> Block:
    campaigns = tuple(made for made in block.campaigns if told <= made.week < end)
    return replace(block, weeks=block.weeks[:end], campaigns=campaigns, told=told)


def parts(block: Block, tell: Tell) -> list[pd.DataFrame]:
    return [tell(part(block, *ends)).to_pandas() for ends in itertools.pairwise(CUTS)]


def settled(rows: pd.DataFrame, block: Block) -> pd.DataFrame:
    """What does not depend on the draws of a week: weeks for instants, and no amounts."""
    instants = [name for name in rows if str(rows[name].dtype).startswith("datetime")]
    weeks = {name: (rows[name] - pd.Timestamp(block.start)) // pd.Timedelta(weeks=1) for name in instants}
    kept = rows.drop(columns=[name for name in DRAWN & set(rows) if name not in instants]).assign(**weeks)
    kept = kept.astype({name: str for name in kept if name not in weeks})
    return kept.sort_values(list(kept)).reset_index(drop=True)


@pytest.mark.parametrize("name", list(TABLES))
def test_parts_tell_what_the_whole_tells(block: Block, name: str) -> None:
    together = pd.concat(parts(block, TABLES[name]), ignore_index=True)
    pd.testing.assert_frame_equal(settled(together, block), settled(TABLES[name](block).to_pandas(), block))


@pytest.mark.parametrize("name", ["transactions", "loyalty", "interactions", "feedback", "treatments"])
def test_every_part_keeps_to_its_weeks(block: Block, name: str) -> None:
    for rows, (first, end) in zip(parts(block, TABLES[name]), itertools.pairwise(CUTS), strict=True):
        seconds = (rows.occurred_at - pd.Timestamp(block.start)).dt.total_seconds()
        assert len(rows) > 0
        assert ((seconds >= first * WEEK_SECONDS) & (seconds <= end * WEEK_SECONDS)).all()


def test_a_favourite_that_is_known_stays_the_favourite(block: Block) -> None:
    favourite = purchases.favourites(block.customers, rng())
    for told, end in itertools.pairwise(CUTS):
        rows = purchases.transactions(part(block, told, end), rng(), favourite=favourite).to_pandas()
        rows = rows[rows.category != "membership"]
        who = rows.customer_id.astype(str).str[1:].astype(int)
        share = (rows.category.astype(str).to_numpy() == np.array(purchases.CATEGORIES)[favourite[who]]).mean()
        expected = 0.5 + 0.5 / 8
        assert share == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / len(rows)))


def test_outcomes_to_come_are_those_on_record_and_those_still_out(block: Block) -> None:
    come = contacts.outcomes_to_come(block, rng()).to_pandas()
    on_record = contacts.outcomes(block, rng()).to_pandas()
    end = pd.Timestamp(block.start) + pd.Timedelta(weeks=len(block.weeks))
    assert 0 < len(on_record) < len(come)
    pd.testing.assert_frame_equal(come[come.occurred_at < end].reset_index(drop=True), on_record)


def test_a_service_that_decided_is_named_in_treatments_and_outcomes(block: Block) -> None:
    ids = np.array([f"d-{number}" for number in range(block.customers)], dtype=object)
    made = block.campaigns[0]
    decided = replace(made, campaign=replace(made.campaign, decision_ids=ids))
    known = replace(block, campaigns=(decided, *block.campaigns[1:]))
    sent = contacts.treatments(known, "randomised").to_pandas()
    first = sent.occurred_at == sent.occurred_at.min()
    assert (sent.decision_id[first] == "d-" + sent.customer_id[first].astype(str).str[1:].astype(int).astype(str)).all()
    assert sent.decision_id[~first].isna().all()
    came = contacts.outcomes(known, rng()).to_pandas()
    named = came.dropna(subset="decision_id")
    assert set(named.decision_id) <= set(sent.decision_id[first])
    assert len(named) > 100
    assert "decision_id" not in contacts.treatments(block, "randomised").column_names
