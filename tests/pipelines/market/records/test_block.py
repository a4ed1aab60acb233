"""How events become rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pipelines.market.records.block import WEEK_SECONDS, Block, events, names, within


def test_ids_are_unique_texts_of_one_length(block: Block) -> None:
    ids = block.ids.to_pylist()
    assert len(set(ids)) == block.customers
    assert ids[0] == "c0000000"
    assert block.who(np.array([2, 0])).to_pylist() == ["c0000002", "c0000000"]


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.0, "2024-01-01 00:00:00+00:00"), (86_400.9, "2024-01-02 00:00:00+00:00"), (-1.0, "2023-12-31 23:59:59+00:00")],
)
def test_instants_are_whole_seconds_after_the_start(block: Block, seconds: float, expected: str) -> None:
    assert str(block.at(np.array([seconds]))[0].as_py()) == expected


def test_events_lie_within_their_week_and_after_its_beginning(rng: np.random.Generator) -> None:
    weeks = np.repeat(np.arange(3), 5_000)
    seconds = within(weeks, rng)
    assert (seconds > weeks * WEEK_SECONDS).all()
    assert (seconds <= (weeks + 1) * WEEK_SECONDS).all()


def test_a_count_is_as_many_events() -> None:
    week, customer = events(np.array([[0.0, 2.0], [1.0, 0.0]]))
    assert (week.tolist(), customer.tolist()) == ([0, 0, 1], [1, 1, 0])


def test_names() -> None:
    assert names(("a", "b"), np.array([1, 0, 1])).to_pylist() == ["b", "a", "b"]


def test_a_broken_feed_loses_what_happens_since(block: Block, broken: Block) -> None:
    weeks = np.array([0, 19, 20, 25])
    assert (block.broken_since(), broken.broken_since()) == (None, 20)
    assert block.arriving(weeks).tolist() == [True] * 4
    assert broken.arriving(weeks).tolist() == [True, True, False, False]


def test_only_the_weeks_to_tell_are_told_by_their_number_from_the_start(block: Block) -> None:
    late = replace(block, told=20)
    assert late.matrix("purchases").shape == (len(block.weeks) - 20, block.customers)
    assert np.array_equal(late.whole().matrix("purchases"), block.matrix("purchases"))
    week, who = late.events("purchases")
    all_weeks, everybody = block.events("purchases")
    assert np.array_equal(week, all_weeks[all_weeks >= 20])
    assert np.array_equal(who, everybody[all_weeks >= 20])
    assert np.array_equal(late.of("amount", week, who), block.of("amount", week, who))


def test_customers_arrive_in_the_weeks_they_sign_up_and_those_of_old_at_first(block: Block) -> None:
    parts = [replace(block, weeks=block.weeks[:end], told=told) for told, end in ((0, 10), (10, 20), (20, 26))]
    arriving = [part.arriving_customers() for part in parts]
    assert np.array_equal(np.sort(np.concatenate(arriving)), block.arriving_customers())
    assert (block.traits.arrives[arriving[0]] < 10).all()
    assert ((block.traits.arrives[arriving[1]] >= 10) & (block.traits.arrives[arriving[1]] < 20)).all()
    assert (block.traits.arrives[arriving[0]] < 0).mean() > 0.8
