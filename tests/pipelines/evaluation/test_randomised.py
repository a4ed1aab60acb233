from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from configs.errors import DataError
from configs.policy import Policy
from decisioning.arbitration import UNKNOWN_EFFECT, Effect
from pipelines.evaluation.logged import Logged, Reward
from pipelines.evaluation.randomised import logged
from pipelines.session import find_dataset
from serving.catalogue import Catalogue
from tests.pipelines.evaluation.campaign import ACCEPTED, CATALOGUE, MARGIN, NOW, OFFERS, Campaign, campaign
from tests.serving.fakes import rules

DATASET = find_dataset("complete_journey")
KEYS = (("", ""), ("mens", "email"), ("womens", "email"), ("womens", "sms"))
CAPPED = rules(caps=[{"scope": "any", "max_contacts": 1, "window_days": 30}])


def made(
    given: Campaign, reward: Reward = "retention", policy: Policy | None = None, catalogue: Catalogue = CATALOGUE
) -> Logged:
    return logged(given.log, given.pairs, catalogue, DATASET, policy or rules(), reward)


def test_rows_are_told_as_they_were_logged() -> None:
    given = campaign(50)
    found = made(given)
    assert found.keys == KEYS
    names = [(offer, channel or "") for offer, channel in zip(given.log.offer_id, given.log.channel, strict=True)]
    assert [found.keys[at] for at in found.log.chosen] == [("", "") if one[0] == "control" else one for one in names]
    assert found.log.reward.tolist() == given.log.retention.tolist()
    assert (found.log.propensity, found.log.possible.all()) == (pytest.approx(np.full(50, 0.25)), True)  # type: ignore[union-attr]
    assert (found.first, found.last, found.notes) == (NOW, NOW, ("no holdout: the policy decides for every row",))


@pytest.mark.parametrize(
    ("reward", "nothing", "womens_by_email"),
    [
        ("retention", lambda p: p[0] + 0.02, lambda p: p[2] + 0.02),
        ("margin", lambda p: MARGIN * p[0] + 1, lambda p: MARGIN * p[2] + 1),
        ("acceptance", lambda p: 0.0, lambda p: ACCEPTED),
        ("profit", lambda p: MARGIN * p[0] + 1, lambda p: MARGIN * p[2] + 1 - 2 * ACCEPTED - 0.1),
    ],
)
def test_expected_rewards_stand_at_their_row_and_action(
    reward: Reward, nothing: object, womens_by_email: object
) -> None:
    given = campaign(40)
    found = made(given, reward).log.expected
    assert found is not None
    for row, p in enumerate(given.stays):
        assert found[row, [0, 2]] == pytest.approx([nothing(p), womens_by_email(p)])  # type: ignore[operator]


def test_moments_hold_what_the_models_say_there() -> None:
    given = campaign(30)
    for row, moment in enumerate(made(given).moments):
        uplift = given.stays[row, 1] - 0.5
        assert moment.circumstances.customer_id == f"c{row}"
        assert moment.circumstances.now == NOW.to_pydatetime()
        assert moment.p_accept == dict.fromkeys(KEYS[1:], ACCEPTED)
        assert moment.effects["mens", "email"] == pytest.approx(
            Effect(uplift, uplift - 0.1, uplift + 0.1, "randomised", MARGIN * uplift, -1.0, 1.0)
        )
        assert moment.value_at_stake == pytest.approx(MARGIN * 0.5 + 1)  # the margin expected without treatment


def test_an_effect_without_evidence_is_unknown() -> None:
    given = campaign(5)
    refused = given.pairs.assign(evidence=given.pairs.evidence.where(given.pairs.offer_id == "mens", "none"))
    for moment in made(replace(given, pairs=refused)).moments:
        assert moment.effects["womens", "sms"] == UNKNOWN_EFFECT
        assert moment.effects["mens", "email"].evidence == "randomised"


def test_without_sales_there_is_no_stake_and_no_effect_on_margin() -> None:
    given = campaign(5)
    pairs = given.pairs.drop(columns=[name for name in given.pairs if "margin" in name])
    bare = replace(given, log=given.log.assign(margin=np.nan), pairs=pairs)
    for moment in made(bare).moments:
        assert moment.value_at_stake is None
        assert moment.effects["mens", "email"].margin is None
        assert moment.effects["mens", "email"].uplift is not None
    with pytest.raises(DataError, match="no row of the log has a profit"):
        made(bare, "profit")


def test_attributes_and_consents_are_those_of_the_day() -> None:
    given = campaign(4)
    log = given.log.assign(consent__sms=[0.0, 1.0, np.nan, 1.0])
    personal = Catalogue((replace(OFFERS[0], eligible=lambda facts: True), OFFERS[1]))
    moments = list(made(replace(given, log=log), catalogue=personal).moments)
    assert [moment.circumstances.consents for moment in moments] == [{"sms": s} for s in (False, True, None, True)]
    assert [moment.circumstances.attributes["town"] for moment in moments] == log.profile__town.tolist()
    assert moments[0].circumstances.attributes["profile__x"] == given.log.profile__x[0]
    # Where no offer asks, attributes are not read at all.
    assert "town" not in next(iter(made(given).moments)).circumstances.attributes


def test_earlier_treatments_of_the_customer_are_contacts() -> None:
    given = campaign(3, seed=1, shares=(0, 1, 0, 0))
    days = [NOW, NOW + pd.Timedelta(days=20), NOW + pd.Timedelta(days=60)]
    again = replace(given, log=given.log.assign(customer_id="c", as_of=days))
    seen = [moment.circumstances.contacts for moment in made(again, policy=CAPPED).moments]
    assert [[(one.offer_id, one.kind, one.at) for one in own] for own in seen] == [[], [("mens", "goods", NOW)], []]


def test_rows_without_the_reward_are_left_out_and_counted() -> None:
    given = campaign(10)
    log = given.log.assign(retention=given.log.retention.where(given.log.row != 9))
    found = made(replace(given, log=log))
    assert len(found.log) == 9
    assert [moment.circumstances.customer_id for moment in found.moments] == [f"c{at}" for at in range(10) if at != 2]
    assert found.notes[1:] == ("1 rows left out: their retention is not known",)


def test_an_action_that_was_not_on_in_a_wave_was_not_possible() -> None:
    given = campaign(20, shares=(0.5, 0.5, 0, 0))
    off = given.pairs[(given.pairs.offer_id != "womens") | (given.pairs.row >= 17)]
    found = made(replace(given, pairs=off)).log
    assert found.possible is not None
    assert found.expected is not None
    assert found.possible[:, 3].tolist() == [False] * 10 + [True] * 10
    assert found.expected[:10, 3] == pytest.approx(np.full(10, 0.52))  # the mean of the others


def test_a_log_without_propensities_has_none() -> None:
    given = campaign(10)
    assert made(replace(given, log=given.log.assign(propensity=np.nan))).log.propensity is None


def test_a_propensity_of_zero_is_an_error() -> None:
    given = campaign(10)
    with pytest.raises(DataError, match=r"the log cannot be used: 10 of 10 propensities are wrong"):
        made(replace(given, log=given.log.assign(propensity=0.0)))


def test_outcomes_nobody_expects_leave_only_weighing() -> None:
    given = campaign(10)
    assert made(replace(given, pairs=given.pairs.drop(columns="expected_retention"))).log.expected is None
