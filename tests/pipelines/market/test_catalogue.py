"""The offers and the actions they make possible."""

from __future__ import annotations

import yaml

from configs.policy import DEFAULT
from pipelines.market.catalogue import ACTIONS, CHANNELS, KINDS, NOTHING, OFFERS


def test_there_are_six_offers_of_four_kinds_and_an_action_for_each_of_their_channels() -> None:
    assert len({offer.offer_id for offer in OFFERS}) == len(OFFERS) == 6
    assert {offer.kind for offer in OFFERS} == set(KINDS)
    assert [action.name for action in ACTIONS] == [
        f"{offer.offer_id}:{channel}" for offer in OFFERS for channel in offer.channels
    ]


def test_positions_of_an_action_lead_to_its_offer_and_channel() -> None:
    for action in ACTIONS:
        assert OFFERS[action.offer].offer_id == action.offer_id
        assert list(CHANNELS)[action.channel] == action.channel_name
        assert (action.cost, action.contact_cost) == (OFFERS[action.offer].cost, CHANNELS[action.channel_name])


def test_nothing_is_no_position_of_an_action() -> None:
    assert NOTHING not in range(len(ACTIONS))


def test_contacts_cost_what_the_default_policy_says() -> None:
    costs = yaml.safe_load(DEFAULT.read_text())["contact_costs"]
    assert {name: costs[name] for name in CHANNELS} == CHANNELS
