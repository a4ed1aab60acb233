from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from decisioning.arbitration import Effect
from decisioning.eligibility import Circumstances, Contact
from decisioning.offers import Offer
from pipelines.evaluation.replay import Key, Moment, replay
from tests.serving.fakes import arms, offer, rules

NOW = datetime(2024, 5, 1, tzinfo=UTC)
O1, O2 = offer("o1", "A", ("email", "sms")), offer("o2", "B", value=20.0)
ACTIONS: tuple[Key, ...] = (("", ""), ("o1", "email"), ("o1", "sms"), ("o2", "email"))
SURE = dict.fromkeys(ACTIONS[1:], 0.5)  # worth .5 x (10 - 2) - .1, the same less .2 - .1, and .5 x (20 - 2) - .1


def moment(p_accept: dict[Key, float] | None = None, **given: object) -> Moment:
    circumstances = Circumstances("c1", NOW)
    return Moment(
        replace(circumstances, **{k: v for k, v in given.items() if hasattr(circumstances, k)}),  # type: ignore[arg-type]
        SURE if p_accept is None else p_accept,
        given.get("effects", {}),  # type: ignore[arg-type]
        given.get("value_at_stake"),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("given", "changes", "expected"),
    [
        (moment(), {}, [0, 0, 0, 1]),
        (moment(dict.fromkeys(SURE, 0.0)), {}, [1, 0, 0, 0]),  # only costs: nothing is better
        (moment(), {"exploration": {"epsilon": 0.2, "floor": 0.0}}, [0.05, 0.05, 0.05, 0.85]),
        (moment(), {"arms": arms(holdout=1.0)}, [0, 0, 0, 1]),  # a holdout is not part of the question
        (moment(excluded_offers=frozenset({"o2"})), {}, [0, 1, 0, 0]),
        (moment(consents={"email": False}), {}, [0, 0, 1, 0]),
        (
            moment(contacts=(Contact("o2", "B", "email", datetime(2024, 4, 30, tzinfo=UTC)),)),
            {"caps": [{"scope": "offer", "max_contacts": 1, "window_days": 7}]},
            [0, 1, 0, 0],
        ),
        (
            moment(effects={("o1", "sms"): Effect(0.1, 0.0, 0.2, "randomised")}, value_at_stake=100.0),
            {},
            [0, 0, 1, 0],  # 10 more
        ),
        (
            moment(effects={("o2", "email"): Effect(0.1, 0.0, 0.2, "randomised", -50.0, -60.0, -40.0)}),
            {"effect_on": "margin"},
            [0, 1, 0, 0],
        ),
    ],
)
def test_the_policy_decides_as_it_would_in_service(
    given: Moment, changes: dict[str, object], expected: list[float]
) -> None:
    found = replay([given], (O1, O2), rules(**changes).rules(), ACTIONS)
    assert found.policy == pytest.approx(np.array([expected]))
    assert found.unjudged == {}


def test_an_action_that_models_say_nothing_of_is_left_out_and_counted() -> None:
    known = {key: p for key, p in SURE.items() if key != ("o2", "email")}
    found = replay([moment(known), moment(known), moment()], (O1, O2), rules().rules(), ACTIONS)
    assert found.policy.argmax(axis=1).tolist() == [1, 1, 3]
    assert found.unjudged == {("o2", "email"): 2}


@pytest.mark.parametrize("personal", [False, True])
def test_moments_that_differ_are_listed_apart(personal: bool) -> None:
    def gold(facts: object) -> bool:
        return facts["customer"]["plan"] == "gold"  # type: ignore[index]

    second = replace(O2, eligible=gold, eligibility="customer.plan == 'gold'") if personal else O2
    moments = [
        moment(attributes={"plan": "gold"}),
        moment(attributes={"plan": "base"}, consents={"sms": False}),
        moment(attributes={"plan": "gold"}, consents={"email": False}),
        moment(attributes={"plan": "gold"}),
    ]
    found = replay(moments, (O1, second), rules().rules(), ACTIONS)
    assert found.policy.argmax(axis=1).tolist() == [3, 1 if personal else 3, 2, 3]


def test_an_offer_is_considered_while_it_is_valid() -> None:
    ended = Offer("o2", "O2", "B", 2.0, 20.0, ("email",), valid_to=NOW)
    assert replay([moment()], (O1, ended), rules().rules(), ACTIONS).policy.argmax() == 1


def test_rows_sum_to_one_and_progress_is_told() -> None:
    told: list[int] = []
    moments = (moment(dict.fromkeys(SURE, at / 3000)) for at in range(2500))
    explores = rules(exploration={"epsilon": 0.1, "floor": 0.01}).rules()
    found = replay(moments, (O1, O2), explores, ACTIONS, told.append)
    assert found.policy.shape == (2500, 4)
    assert np.allclose(found.policy.sum(axis=1), 1.0)
    assert told == [1000, 2000]


def test_no_moments_are_no_rows() -> None:
    assert replay([], (O1, O2), rules().rules(), ACTIONS).policy.shape == (0, 4)
