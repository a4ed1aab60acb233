"""What only the simulation knows: classes, the best action, a row per treatment."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.market.catalogue import ACTIONS, NOTHING
from pipelines.market.oracle import CLASSES, best, classes, truths
from pipelines.market.records.block import Block
from pipelines.market.records.contacts import treatments
from pipelines.market.truth import Truth

K = len(ACTIONS)


def truth(*, kept: float, uplift: list[float], margin: list[float] | None = None) -> Truth:
    added = np.array([(uplift + [0.0] * K)[:K]])
    return Truth(
        retention=np.array([kept]),
        margin=np.array([10.0]),
        retention_under=kept + added,
        margin_under=10.0 + np.array([((margin or []) + [0.0] * K)[:K]]),
        accepts=np.zeros((1, K)),
    )


@pytest.mark.parametrize(
    ("kept", "uplift", "expected"),
    [
        (0.6, [0.05], "persuadable"),
        (0.6, [0.05] + [-0.5] * 11, "persuadable"),  # some action moves, though most would harm
        (0.6, [0.04], "sure"),
        (0.4, [0.04], "lost"),
        (0.5, [], "sure"),
        (0.9, [-0.02] * 12, "do_not_disturb"),
        (0.1, [-0.02] * 12, "do_not_disturb"),
    ],
)
def test_classes(kept: float, uplift: list[float], expected: str) -> None:
    assert CLASSES[classes(truth(kept=kept, uplift=uplift))[0]] == expected


@pytest.mark.parametrize(
    ("margin", "expected"),
    [
        ([], NOTHING),
        ([0.005], NOTHING),  # less than the e-mail costs
        ([0.0, 0.1], 1),
        ([5.0, 4.0, 6.0], 2),
    ],
)
def test_the_oracle_does_nothing_where_nothing_pays(margin: list[float], expected: int) -> None:
    bound = truth(kept=0.5, uplift=[], margin=margin)
    assert best(bound)[0] == expected


def test_there_is_a_row_for_every_treatment_in_the_same_order(block: Block) -> None:
    known, made = truths(block), treatments(block, "randomised")
    for name in ("customer_id", "occurred_at"):
        assert known[name].to_pylist() == made[name].to_pylist()
    assert np.array_equal(known["true_propensity"].to_numpy(), made["propensity"].to_numpy())


def test_columns_agree_with_each_other(block: Block) -> None:
    known = truths(block).to_pandas()
    names = [action.name for action in ACTIONS]
    profit = known[[f"profit|{name}" for name in names]].to_numpy()
    for place, action in enumerate(ACTIONS):
        added = known[f"margin|{action.name}"] - known.margin
        paid = known[f"accepted|{action.name}"] * action.cost + action.contact_cost
        assert np.allclose(profit[:, place], added - paid, atol=1e-3)  # written in single precision
    assert np.allclose(known.oracle_profit, profit.max(axis=1).clip(min=0.0), atol=1e-4)
    nothing = known.oracle_action == "nothing"
    assert ((known.oracle_profit == 0.0) == nothing).all()
    chosen = profit[np.arange(len(known)), [names.index(name) if name in names else 0 for name in known.oracle_action]]
    assert np.allclose(chosen[~nothing], known.oracle_profit[~nothing], atol=1e-4)


def test_every_class_is_found(block: Block) -> None:
    assert set(truths(block)["class"].to_pylist()) == set(CLASSES)
