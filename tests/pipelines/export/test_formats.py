"""Every export opened with the library that it is for; the Open Bandit Pipeline's by its documented shape."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from pdstools.decision_analyzer.DecisionAnalyzer import DecisionAnalyzer
from vowpalwabbit import Workspace as VowpalWabbit

from configs.errors import ConfigError, DataError
from decisioning.logs import Log
from decisioning.off_policy import evaluate
from pipelines.export import dsjson, open_bandit, parquet, pega
from pipelines.export.logged import Logged, logged
from pipelines.export.run import run
from tests.pipelines.evaluation.decided import CUSTOMERS, DAYS, Served

ALL = 3 * CUSTOMERS
EARLY, LATE = datetime(2023, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def decisions(served: Served) -> list[Logged]:
    return logged(served.ledger.engine, ("accepted",), after=EARLY, until=LATE)


def test_a_decision_is_read_whole(decisions: list[Logged]) -> None:
    assert len(decisions) == ALL
    assert decisions[0].decided_at == DAYS[0]
    for one in decisions:
        assert sum(one.actions["selection_probability"]) == pytest.approx(1.0)
        assert one.reward is None or one.reward in (0.0, 1.0)
    accepted = [one for one in decisions if one.reward == 1.0]
    assert accepted
    assert all(one.outcomes[0][0] == "accepted" for one in accepted)


def test_parquet_holds_all(decisions: list[Logged], tmp_path: Path) -> None:
    parquet.write(decisions, tmp_path / "d.parquet")
    table = pq.read_table(tmp_path / "d.parquet")
    assert table.schema.equals(parquet.SCHEMA)
    for row, one in zip(table.to_pylist(), decisions, strict=True):
        assert (row["decision_id"], row["decided_at"], row["reward"]) == (one.decision_id, one.decided_at, one.reward)
        assert [c["selection_probability"] for c in row["candidates"]] == one.actions["selection_probability"]
        assert [c["net_value"] for c in row["candidates"]] == one.actions["net_value"]
        assert len(row["filtered"]) == len(one.filtered)


def test_the_open_bandit_arrays_are_as_documented(decisions: list[Logged], tmp_path: Path) -> None:
    open_bandit.write(decisions, tmp_path / "d.npz")
    feedback = dict(np.load(tmp_path / "d.npz"))
    names = json.loads((tmp_path / "d.json").read_text())
    rounds, actions = int(feedback["n_rounds"]), int(feedback["n_actions"])
    assert (rounds, actions) == (ALL, len(names["actions"]))
    for name, shape in {
        "action": (rounds,),
        "position": (rounds,),
        "reward": (rounds,),
        "pscore": (rounds,),
        "context": (rounds, len(names["features"])),
        "action_context": (actions, actions),
        "action_available": (rounds, actions),
    }.items():
        assert feedback[name].shape == shape
        assert np.isfinite(feedback[name].astype(float)).all()
    assert feedback["action"].dtype == np.int64
    assert ((feedback["pscore"] > 0) & (feedback["pscore"] <= 1)).all()
    assert feedback["action_available"][np.arange(rounds), feedback["action"]].all()


def test_inverse_propensity_weighting_of_the_arrays_is_ours(decisions: list[Logged], tmp_path: Path) -> None:
    """What the pipeline's InverseProbabilityWeighting computes, mean(reward x policy / pscore), by its formula."""
    made = [one for one in decisions if one.arm == "policy"]
    open_bandit.write(made, tmp_path / "d.npz")
    feedback = dict(np.load(tmp_path / "d.npz"))
    rounds, actions = int(feedback["n_rounds"]), int(feedback["n_actions"])
    policy = feedback["action_available"] / feedback["action_available"].sum(axis=1, keepdims=True)
    theirs = (feedback["reward"] * policy[np.arange(rounds), feedback["action"]] / feedback["pscore"]).mean()
    log = Log(
        actions=tuple(map(str, range(actions))),
        chosen=feedback["action"].astype(np.intp),
        reward=feedback["reward"],
        propensity=feedback["pscore"],
        group=np.arange(rounds, dtype=np.intp),
        possible=feedback["action_available"],
    )
    ours = evaluate(log, policy).ips
    assert ours is not None
    assert ours.value == pytest.approx(theirs)


def test_vowpal_wabbit_learns_from_every_line(decisions: list[Logged], tmp_path: Path) -> None:
    dsjson.write(decisions, tmp_path / "d.json")
    learner = VowpalWabbit(f"--dsjson --cb_explore_adf --quiet -d {tmp_path / 'd.json'}")
    assert learner.get_weighted_examples() == ALL
    # Mean cost seen, weighted by the inverse of its probability, is not 0: labels and probabilities were read.
    assert learner.get_sum_loss() != 0
    learner.finish()
    line = json.loads((tmp_path / "d.json").read_text().splitlines()[0])
    assert (line["p"][0], line["a"][0]) == (decisions[0].probability, decisions[0].chosen + 1)
    assert sum(line["p"]) == pytest.approx(1.0)


def test_pdstools_counts_what_was_decided(decisions: list[Logged], tmp_path: Path) -> None:
    pega.write(decisions, tmp_path / "d.parquet")
    found = DecisionAnalyzer.from_decision_analyzer(str(tmp_path / "d.parquet")).get_overview_stats()
    offers = {offer for one in decisions for offer in one.actions["offer_id"] if offer}
    offers |= {refused["offer_id"] for one in decisions for refused in one.filtered}
    assert found["Actions"] == len(offers)
    with_rows = [one for one in decisions if len(one.names) > 1 or one.filtered]
    assert found["Decisions"] == len(with_rows)
    assert found["Customers"] == len({one.customer_id for one in with_rows})


def test_an_empty_ledger_has_nothing_to_export(opened: object, tmp_path: Path) -> None:
    empty: Served = opened("nothing-to-export")  # type: ignore[operator]
    with pytest.raises(DataError, match="the ledger holds no decision to export in this time"):
        run(empty.session, tmp_path / "d.parquet", "parquet")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "kind"), [("d.csv", "parquet"), ("d.parquet", "obp"), ("d.npz", "dsjson")])
def test_a_file_is_named_as_its_format(served: Served, tmp_path: Path, name: str, kind: str) -> None:
    with pytest.raises(ConfigError, match=f"is allowed for {kind}"):
        run(served.session, tmp_path / name, kind)  # type: ignore[arg-type]


def test_a_decision_without_probability_cannot_be_weighed(decisions: list[Logged], tmp_path: Path) -> None:
    from dataclasses import replace

    one = decisions[0]
    zero = {**one.actions, "selection_probability": [0.0] * len(one.names)}
    with pytest.raises(DataError, match=f"1 decisions have no probability, first {one.decision_id}"):
        open_bandit.write([replace(one, actions=zero)], tmp_path / "d.npz")
