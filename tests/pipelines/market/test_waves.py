"""One campaign as a frame: as many rows as asked, outcomes beside the truth they are drawn from."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipelines.market import ACTIONS, Drift, Wave, wave


@pytest.fixture(scope="module")
def randomised() -> Wave:
    return wave(6_000, 4)


def test_it_has_exactly_the_rows_asked_for(randomised: Wave) -> None:
    assert len(randomised.frame) == len(randomised.truth.margin) == 6_000
    assert randomised.frame.customer_id.is_unique
    assert randomised.truth.profit.shape == (6_000, len(ACTIONS))
    assert set(randomised.categories) <= set(randomised.features) <= set(randomised.frame)


def test_the_same_arguments_give_the_same_frame(randomised: Wave) -> None:
    pd.testing.assert_frame_equal(wave(6_000, 4).frame, randomised.frame)
    assert not wave(6_000, 5).frame.equals(randomised.frame)


def test_control_has_no_offer_no_channel_and_no_answer(randomised: Wave) -> None:
    frame = randomised.frame
    control = frame.offer_id == "control"
    assert control.mean() == pytest.approx(0.4, abs=4 * np.sqrt(0.24 / 6_000))
    assert frame.loc[control, ["offer_kind", "channel", "accepted"]].isna().all(axis=None)
    assert frame.loc[~control, ["offer_kind", "channel", "accepted"]].notna().all(axis=None)
    assert (frame.loc[control, ["cost", "contact_cost", "depth"]] == 0).all(axis=None)
    assert np.array_equal(frame.propensity, np.where(control, 0.4, 0.6 / len(ACTIONS)))


def test_outcomes_scatter_around_their_truth(randomised: Wave) -> None:
    frame, truth = randomised.frame, randomised.truth
    name = (frame.offer_id + ":" + frame.channel.fillna("")).to_numpy()
    for place, action in [(None, "control:"), *enumerate(action.name for action in ACTIONS)]:
        at = name == action
        kept = truth.retention if place is None else truth.retention_under[:, place]
        margin = truth.margin if place is None else truth.margin_under[:, place]
        for noise in (frame.retention[at] - kept[at], frame.margin[at] - margin[at]):
            assert abs(noise.mean()) < 4.0 * noise.std() / np.sqrt(at.sum())


@pytest.mark.parametrize(("seed", "rows"), [(0, 1), (1, 7), (2, 300)])
def test_small_ones(seed: int, rows: int) -> None:
    assert len(wave(rows, seed).frame) == rows


def test_one_action_against_control() -> None:
    found = wave(2_000, 1, actions=["gift_box:mail"], control_share=0.5).frame
    assert set(found.offer_id) == {"control", "gift_box"}
    assert set(found.propensity) == {0.5}


@pytest.mark.parametrize("actions", [["gift_box:sms"], ["nothing"], []])
def test_an_unknown_action_is_named_with_those_there_are(actions: list[str]) -> None:
    with pytest.raises(ValueError, match=f"no such action: {', '.join(actions)}.*discount_10:email"):
        wave(10, 0, actions=actions)


def test_a_managers_log_hides_its_propensities() -> None:
    found = wave(3_000, 1, log="observational").frame
    assert found.propensity.isna().all()
    assert found.true_propensity.between(0.0, 1.0, inclusive="neither").all()
    assert found.groupby(found.offer_id == "control").overdue.mean().diff().iloc[-1] < -0.3


def test_concept_drift_changes_what_offers_do() -> None:
    calm, drifted = (wave(3_000, 1, drifts=drifts) for drifts in ((), (Drift("concept", 24),)))
    assert np.array_equal(calm.frame.overdue, drifted.frame.overdue, equal_nan=True)  # the past is the same
    discount = [place for place, action in enumerate(ACTIONS) if action.name == "discount_25:sms"]
    assert drifted.truth.profit[:, discount].mean() < calm.truth.profit[:, discount].mean() - 0.5


def test_most_profit_lies_with_few_and_contacting_everybody_wastes_it(randomised: Wave) -> None:
    profit = randomised.truth.profit
    best = np.sort(profit.max(axis=1))[::-1]
    few = best[: len(best) // 5].sum()
    assert few > 0.6 * np.maximum(best, 0.0).sum()
    assert profit.mean(axis=0).max() * len(best) < 0.75 * few  # the best single action, to all
    assert (profit < 0).all(axis=1).mean() > 0.05  # some had better be left alone


def profit_at_a_fifth(score: np.ndarray, profit: np.ndarray) -> float:
    """What the fifth of the customers with the highest scores earns."""
    return float(profit[np.argsort(-score, kind="stable")[: len(score) // 5]].sum())


def test_effects_are_visible_but_risk_is_a_bad_guide_to_them(randomised: Wave) -> None:
    """A rule by hand on the records beats targeting by the true risk of leaving several times over."""
    seen, profit = randomised.frame, randomised.truth.profit
    place = {action.name: number for number, action in enumerate(ACTIONS)}
    suits = [
        (seen.complaint_weeks <= 8, "service_care:sms"),
        (seen.discounted_share > 0.32, "discount_25:sms"),
        (seen.app_26w / np.minimum(seen.tenure_weeks, 24) > 0.3, "points_1000:push"),
        (seen.amount_mean > 10.3, "gift_box:mail"),
    ]
    action = np.select([found for found, _ in suits], [place[name] for _, name in suits], -1)
    quiet = (seen.recency_weeks >= 3) | (seen.visit_weeks >= 3)
    worth = (seen.rate * seen.amount_mean).fillna(0.0) * np.where(seen.recency_weeks > 18, 0.5, 1.0)
    by_rule = np.where(action >= 0, profit[np.arange(len(seen)), action], 0.0)
    best = profit.max(axis=1)
    oracle = profit_at_a_fifth(best, best)
    assert 0.5 < profit_at_a_fifth((worth * quiet * (action >= 0)).to_numpy(), by_rule) / oracle < 0.7
    for name in ("discount_25:sms", "points_1000:push"):
        at_risk = profit_at_a_fifth(-randomised.truth.retention, profit[:, place[name]])
        assert at_risk / oracle < 0.25


@pytest.mark.parametrize("week", [8, 16, 40])
def test_any_campaign_can_be_had(week: int) -> None:
    found = wave(400, 2, week=week)
    assert found.frame.tenure_weeks.min() >= 4
    assert found.frame.recency_weeks.max() <= week
    contacted = found.frame.contact_weeks.notna().any()
    assert contacted == (week > 8)  # the first campaign has none before it


def test_features_know_nothing_of_what_follows() -> None:
    """Two campaigns that differ only in what is done at the instant see the same features."""
    one, other = (wave(500, 3, actions=[name], control_share=0.5) for name in ("gift_box:mail", "points_250:push"))
    names = list(one.features)
    pd.testing.assert_frame_equal(one.frame[names], other.frame[names])
    assert not one.frame.margin.equals(other.frame.margin)
