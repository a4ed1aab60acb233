"""What the ledger keeps of a decision, and gives again for its key."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from configs.errors import Conflict
from decisioning.arbitration import Effect
from serving.deciding import Decider
from serving.schemas import DecideRequest
from tests.serving.asking import decide, logged
from tests.serving.fakes import FakeEffects, FakeModel, World, rules

KEEPS = Effect(0.1, 0.05, 0.15, "randomised", 3.0, 2.0, 4.0)


def test_the_ledger_keeps_the_answer_and_what_it_rests_on(world: World) -> None:
    response = (
        Decider(world.runtime()).decide(DecideRequest(customer_id="c1", context={"page": "cart"}), "key").response
    )
    [row] = logged(world)
    assert row["response"].encode() == response
    assert json.loads(row["features"])["values"]["recency__purchase_days"] == 40.0
    assert json.loads(row["features"])["by_kind"] == {kind: {"affinity__accepted": 2.0} for kind in ("A", "B")}
    assert json.loads(row["request"])["context"] == {"page": "cart"}
    assert json.loads(row["models"])[0] == {"name": "tenure-churn", "version": "1"}
    kept = {name: row[name] for name in ("idempotency_key", "arm", "p_churn", "value_at_stake", "offer_id", "channel")}
    assert kept == {
        "idempotency_key": "key",
        "arm": "policy",
        "p_churn": 0.3,
        "value_at_stake": 120.0,
        "offer_id": "o2",
        "channel": "email",
    }


def test_the_ledger_keeps_every_action_that_could_have_been_chosen(world: World) -> None:
    world.policy = rules(exploration={"epsilon": 0.4, "floor": 0.0})
    world.effects = FakeEffects({"o1": KEEPS})
    decide(world)
    assert json.loads(logged(world)[0]["features"])["actions"] == {
        "offer_id": ["o1", "o1", "o2", None],
        "channel": ["email", "sms", "email", None],
        "selection_probability": pytest.approx([0.7, 0.1, 0.1, 0.1]),
        "p_accept": [0.5, 0.5, 0.5, 0.0],
        "margin": [10.0, 10.0, 20.0, 0.0],
        "cost": [2.0, 2.0, 2.0, 0.0],
        "contact_cost": [0.1, 0.2, 0.1, 0.0],
        "lever": [0.0, 0.0, 0.0, 0.0],
        "preference": [0.0, 0.0, 0.0, 0.0],
        "shadow_cost": [0.0, 0.0, 0.0, 0.0],
        "net_value": pytest.approx([15.9, 15.8, 8.9, 0.0]),
        "effect_value": [12.0, 12.0, None, None],
        "evidence": ["randomised", "randomised", "none", "none"],
        "uplift": [0.1, 0.1, None, None],
        "margin_uplift": [3.0, 3.0, None, None],
    }


def test_a_key_gets_its_answer_even_after_a_model_swap(world: World) -> None:
    runtime = world.runtime()
    decider = Decider(runtime)
    request = DecideRequest(customer_id="c1")
    first = decider.decide(request, "key")
    runtime.models.current = replace(runtime.models.current, response=FakeModel("tenure-response", 0.0, "2"))
    again = decider.decide(request, "key")
    assert again.response == first.response
    assert (first.made is None, again.made) == (False, None)
    assert decider.decide(request).response != first.response
    with pytest.raises(Conflict, match="another body"):
        decider.decide(DecideRequest(customer_id="c2"), "key")
    assert len(logged(world)) == 2


def test_the_order_of_fields_makes_no_other_body(world: World) -> None:
    decider = Decider(world.runtime())
    one, other = (
        DecideRequest.model_validate_json(f'{{"customer_id": "c1", "context": {context}}}')
        for context in ('{"a": 1, "b": 2}', '{"b":2,"a":1}')
    )
    assert decider.decide(one, "key").response == decider.decide(other, "key").response


def test_a_rehearsal_leaves_no_trace(world: World, tmp_path: Path) -> None:
    Decider(world.runtime()).rehearse(DecideRequest(customer_id="c1"))
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as reader:
        assert reader.execute("SELECT count(*) FROM decisions").fetchone() == (0,)
