from dataclasses import replace
from math import sqrt

import numpy as np
import pytest

from pipelines.evaluation.logged import Logged
from pipelines.evaluation.randomised import logged
from pipelines.evaluation.replay import replay
from pipelines.evaluation.report import Evaluation, judge, sentences
from pipelines.session import find_dataset
from tests.pipelines.evaluation.campaign import CATALOGUE, OFFERS, Campaign, campaign
from tests.serving.fakes import rules

DATASET = find_dataset("complete_journey")
POLICY = rules()


def judged(given: Campaign, change: object = None) -> tuple[Evaluation, np.ndarray]:
    found = logged(given.log, given.pairs, CATALOGUE, DATASET, POLICY, "retention")
    policy = replay(found.moments, OFFERS, POLICY.rules(), found.keys).policy
    return _judge(found if change is None else change(found), policy), policy  # type: ignore[operator]


def _judge(found: Logged, policy: np.ndarray) -> Evaluation:
    return judge(
        found,
        policy,
        title="policy 1",
        on="log",
        reward="retention",
        unit="share who stay",
        level=0.95,
        notes=("by the way",),
    )


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    return judged(campaign(8000))[0]


def test_values_are_those_of_the_truth() -> None:
    # Twelve intervals at 99.99%: one misses the truth by chance once in 800.
    given = campaign(20_000, seed=3)
    found, policy = judged(given)
    truths = {"policy 1": (policy * given.stays).sum(axis=1).mean(), "as logged": given.stays.mean()}
    truths |= {"nothing to all": 0.5, "mens to all": given.stays[:, 1].mean()}
    truths |= {"womens to all": given.stays[:, 2:].mean()}
    for one in (found.policy, found.logging, *found.constants):
        for estimate in (one.value.ips, one.value.snips, one.value.dr):
            assert estimate is not None
            assert abs(estimate.value - truths[one.name]) < 3.9 * estimate.standard_error
    assert truths["policy 1"] > 0.57


def test_the_effective_sample_is_the_quarter_where_the_policy_agrees(evaluation: Evaluation) -> None:
    # Agreement is binomial with p = 1/4: 4 standard errors.
    assert abs(evaluation.policy.value.effective_sample_size - 2000) < 4 * sqrt(8000 * 0.25 * 0.75)


def test_constants_come_best_first_and_spread_over_channels(evaluation: Evaluation) -> None:
    assert {one.name for one in evaluation.constants} == {"nothing to all", "mens to all", "womens to all"}
    values = [one.value.answer.value for one in evaluation.constants]
    assert values == sorted(values, reverse=True)
    by_name = {one.name: one.does for one in evaluation.constants}
    assert by_name["womens to all"] == {"womens by email": 0.5, "womens by sms": 0.5}
    assert by_name["mens to all"] == {"mens by email": 1.0}


def test_differences_are_to_the_best_constant_and_to_what_was_logged(evaluation: Evaluation) -> None:
    assert [one.to for one in evaluation.differences] == [evaluation.constants[0].name, "as logged"]
    for one in evaluation.differences:
        assert one.words.startswith(f"policy 1 is worth more than {one.to}: +0.")
        assert one.value.answer.low > 0


def test_a_policy_that_is_the_best_constant_is_not_different_from_it() -> None:
    found = logged(campaign(4000).log, campaign(4000).pairs, CATALOGUE, DATASET, POLICY, "retention")
    nothing = np.eye(4)[np.zeros(4000, int)]
    one = next(one for one in _judge(found, nothing).constants if one.name == "nothing to all")
    best = _judge(found, np.eye(4)[np.full(4000, 1)])
    assert one.value.answer.value == pytest.approx(_judge(found, nothing).policy.value.answer.value)
    same = [d.words for d in best.differences if d.to == "mens to all"]
    assert same in ([], ["policy 1 is not different from mens to all: +0 (95%: +0 to +0)"])


def test_a_refused_policy_says_why_and_gives_no_number() -> None:
    given = campaign(300)
    found, _ = judged(given)
    assert found.refused[0].startswith("effective sample size")
    text = "\n".join(sentences(found))
    assert "policy 1: refused: effective sample size" in text
    assert "policy 1 against as logged: refused: effective sample size" in text
    assert "direct method" not in text
    assert found.logging.value.answer.value == pytest.approx(given.log.retention.mean())


def test_a_log_without_propensities_is_refused_but_for_its_own_policy() -> None:
    given = campaign(4000)
    found, _ = judged(replace(given, log=given.log.assign(propensity=np.nan)))
    assert found.refused[0].startswith("the log holds no propensities")
    assert [one.to for one in found.differences] == ["as logged"]
    assert found.logging.value.refused == ()


def test_all_in_words(evaluation: Evaluation) -> None:
    lines = list(sentences(evaluation))
    assert lines[0] == "8,000 rows of 8,000 customers, 2024-05-01 to 2024-05-01 (log)"
    assert lines[1] == "retention per row in share who stay, 95% intervals:"
    assert [line.partition(":")[0].strip() for line in lines[2:4]] == ["policy 1", "as logged"]
    assert "policy 1 does: " in lines[9]
    assert lines[-1] == "by the way"
    assert lines[-2] == "no holdout: the policy decides for every row"
    [direct] = [line for line in lines if "direct method" in line]
    assert direct.startswith("beside it: 0.")
    assert "no estimate of value" in direct


def test_what_the_policy_does_sums_to_one(evaluation: Evaluation) -> None:
    for one in (evaluation.policy, evaluation.logging, *evaluation.constants):
        assert sum(one.does.values()) == pytest.approx(1.0)
    assert evaluation.policy.does.get("womens by sms", 0.0) < 0.01
