"""Blocks of customers: any number of them, the same lives from the same seed."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.market.logs import LOGS
from pipelines.market.records.block import Block
from pipelines.market.setting import BLOCK, Setting, blocks


def lives(setting: Setting) -> list[Block]:
    return [block for block, _ in blocks(setting)]


@pytest.mark.parametrize(
    ("customers", "expected"), [(1, [(0, 1)]), (BLOCK, [(0, BLOCK)]), (BLOCK + 1, [(0, BLOCK), (BLOCK, 1)])]
)
def test_blocks_hold_everybody_once(customers: int, expected: list[tuple[int, int]]) -> None:
    assert [(block.first, block.customers) for block in lives(Setting(customers, weeks=1))] == expected


def test_the_first_block_does_not_depend_on_how_many_there_are() -> None:
    one, two = (lives(Setting(customers, weeks=9))[0] for customers in (BLOCK, BLOCK + 500))
    assert np.array_equal(one.matrix("amount"), two.matrix("amount"))


def test_both_logs_share_their_customers_and_their_past() -> None:
    randomised, observational = (lives(Setting(800, weeks=12, log=log))[0] for log in LOGS)
    assert np.array_equal(randomised.matrix("amount")[:8], observational.matrix("amount")[:8])
    assert np.array_equal(randomised.traits.deal, observational.traits.deal)
    assert not np.array_equal(randomised.campaigns[0].campaign.action, observational.campaigns[0].campaign.action)


@pytest.mark.parametrize("seed", [0, 1])
def test_the_same_seed_gives_the_same_market(seed: int) -> None:
    one, other, another = (lives(Setting(300, weeks=9, seed=number))[0] for number in (seed, seed, seed + 10))
    assert np.array_equal(one.matrix("margin"), other.matrix("margin"))
    assert not np.array_equal(one.matrix("margin"), another.matrix("margin"))
