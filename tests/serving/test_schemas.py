"""Requests are strict, and their vocabulary is the contract's."""

from __future__ import annotations

from typing import get_args

import pytest
from pydantic import ValidationError

from features.contract import OUTCOME_KINDS
from serving.schemas import DecideRequest, OutcomeKind, OutcomeRequest, ScoreRequest


def test_outcome_kinds_are_those_of_the_contract() -> None:
    assert get_args(OutcomeKind) == OUTCOME_KINDS


def test_defaults_ask_for_one_offer_without_reasons() -> None:
    asked = DecideRequest.model_validate_json('{"customer_id": "c"}')
    assert (asked.item_count, asked.explain, asked.context, asked.excluded_offers) == (1, "none", {}, [])


@pytest.mark.parametrize(
    ("given", "taken"), [("true", True), ("1", 1.0), ("1.5", 1.5), ('"1"', "1"), ("null", None), ("-0.0", 0.0)]
)
def test_a_context_value_keeps_its_type(given: str, taken: object) -> None:
    value = DecideRequest.model_validate_json(f'{{"customer_id": "c", "context": {{"x": {given}}}}}').context["x"]
    assert (value, type(value)) == (taken, type(taken))


def test_a_request_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        ScoreRequest(customer_ids=["a"]).explain = True  # type: ignore[misc]


@pytest.mark.parametrize("instant", ["2017-12-01", "yesterday", "2017-13-01T00:00:00Z", "2017-12-01T25:00:00Z"])
def test_an_instant_is_a_date_and_time(instant: str) -> None:
    body = f'{{"outcome_id": "x", "decision_id": "d", "kind": "viewed", "occurred_at": "{instant}"}}'
    with pytest.raises(ValidationError, match="occurred_at"):
        OutcomeRequest.model_validate_json(body)
