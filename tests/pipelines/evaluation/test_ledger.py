import numpy as np
import pytest

from decisioning.off_policy import evaluate
from pipelines.evaluation import ledger
from pipelines.evaluation.logged import NOTHING, Logged, Reward
from pipelines.evaluation.replay import replay
from tests.pipelines.evaluation.decided import DAYS, KNOWN, POLICY, Served
from tests.serving.fakes import rules

KEYS = (NOTHING, ("o1", "email"), ("o1", "sms"), ("o2", "email"), ("o3", "sms"))


def logged(served: Served, reward: Reward = "retention") -> Logged:
    return ledger.logged(served.session, served.catalogue, POLICY, reward, KNOWN)


def test_the_policy_of_the_day_is_replayed_exactly(served: Served) -> None:
    """Features, consents, earlier contacts and models: all that served the decision comes back from the ledger."""
    found = logged(served)
    again = replay(found.moments, served.catalogue.offers, POLICY.rules(), found.keys)
    assert found.keys == KEYS
    assert again.unjudged == {}
    assert found.log.propensity is not None
    assert found.log.of_made(again.policy) == pytest.approx(found.log.propensity)
    capped = again.policy[:, 0] == 1.0  # contacted four days before
    assert 0.1 < capped.mean() < 0.6


def test_what_was_possible_is_what_no_stage_refused(served: Served) -> None:
    found = logged(served)
    again = replay(found.moments, served.catalogue.offers, POLICY.rules(), found.keys)
    assert found.log.possible is not None
    assert (found.log.possible == (again.policy > 0)).all()


def test_the_policy_of_the_day_is_worth_what_came_of_it(served: Served) -> None:
    found = logged(served)
    again = replay(found.moments, served.catalogue.offers, POLICY.rules(), found.keys)
    value = evaluate(found.log, again.policy)
    assert value.ips is not None
    assert value.ips.value == pytest.approx(found.log.reward.mean())
    assert (value.refused, value.support.mean_weight) == ((), pytest.approx(1.0))


@pytest.mark.parametrize(
    ("reward", "low", "high"), [("retention", 0, 1), ("acceptance", 0, 1), ("margin", 0, 200), ("profit", -4.1, 200)]
)
def test_every_reward_can_be_asked_for(served: Served, reward: Reward, low: float, high: float) -> None:
    found = logged(served, reward)
    assert low <= found.log.reward.min() < found.log.reward.max() <= high
    assert found.log.expected is not None
    assert found.log.expected.shape == (len(found.log), len(KEYS))
    assert found.first >= DAYS[0]
    assert found.notes[0] == "no holdout: the policy decides for every row"


def test_a_policy_that_goes_where_none_could_go_is_refused(served: Served) -> None:
    """Without the cap, offers are made to customers whom the policy of the day had to leave alone."""
    found = logged(served)
    free = replay(found.moments, served.catalogue.offers, rules().rules(), found.keys)
    value = evaluate(found.log, free.policy)
    assert value.support.unsupported > 0.1
    assert any("of the policy's choices were never made there" in reason for reason in value.refused)


def test_customers_are_witnesses_not_rows(served: Served) -> None:
    found = logged(served)
    assert len(np.unique(found.log.group)) < 0.5 * len(found.log)
