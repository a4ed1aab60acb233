"""What a stored decision answered is tried on a menu built anew, so that a wrong answer would be found."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from benchmarks.decisions_replay import Tried, try_flips
from serving.basis import Basis
from serving.deciding import Decider
from serving.explaining import explanation
from serving.schemas import DecideRequest
from tests.serving.fakes import World, rules, world
from tests.serving.replays import FakeVersions, replayer


def decided(made: World) -> Basis:
    answer = Decider(made.runtime()).decide(DecideRequest(customer_id="c1")).made
    versions = FakeVersions()
    versions.keep(made)
    return replayer(made, versions).again(made.ledger.find_decision(answer.decision_id if answer else ""))


@pytest.fixture
def basis(tmp_path: Path) -> Basis:
    made = world(tmp_path / "ledger.db")
    made.policy = rules(levers=[{"kind": "A", "amount": 0.25}])
    return decided(made)


def test_answers_hold_to_the_step(basis: Basis) -> None:
    tried = Tried()
    try_flips(basis, [asdict(flip) for flip in explanation(basis).flips], tried)
    assert (tried.feasible, tried.done, tried.least, tried.failed) == (6, 6, 6, [])
    assert tried.infeasible == {
        "would need a negative cost": 1,
        "no cost does": 1,
        "no probability does": 2,
        "nothing costs nothing": 1,
        "nothing is not accepted": 1,
    }


def test_a_wrong_answer_is_found(basis: Basis) -> None:
    tried = Tried()
    flips = [asdict(flip) for flip in explanation(basis).flips if flip.change is not None]
    for flip in flips:
        flip["change"] /= 2
    try_flips(basis, flips, tried)
    assert (tried.feasible, tried.done, len(tried.failed)) == (6, 0, 6)


def test_a_larger_answer_than_needed_is_not_the_least(basis: Basis) -> None:
    tried = Tried()
    flips = [asdict(flip) for flip in explanation(basis).flips if flip.of == "lever"]
    for flip in flips:
        flip["change"] *= 2
    try_flips(basis, flips, tried)
    assert tried.least == 0
