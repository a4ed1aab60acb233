"""What would flip a decision, in sentences."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipelines.flips_in_words import flip_sentences
from serving.answers import FlipAnswer

WIN = FlipAnswer("gift", "email", "win", "lever", 0.42, None, "gift", "email", None, True)
LOSE = replace(WIN, makes="lose", change=-0.42, then_offer_id="card", then_channel="sms")
NOTHING = replace(WIN, offer_id=None, channel=None, change=-2.0)


@pytest.mark.parametrize(
    ("flip", "sentence"),
    [
        (WIN, "A lever of +0.42 EUR on gift by email would make gift by email come first; verified"),
        (LOSE, "A lever of -0.42 EUR on gift by email would put card by sms before gift by email; verified"),
        (
            replace(WIN, of="cost", change=-0.79, to=3.2),
            "A cost of 3.20 EUR (-0.79) of gift would make gift by email come first; verified",
        ),
        (
            replace(WIN, of="p_accept", change=0.0102, to=0.1336),
            "A p_accept of 13.36% (+1.02 points) for gift by email would make gift by email come first; verified",
        ),
        (NOTHING, "A lever of -2.00 EUR on every offer would make doing nothing come first; verified"),
        (
            replace(LOSE, then_offer_id=None, then_channel=None),
            "A lever of -0.42 EUR on gift by email would put doing nothing before gift by email; verified",
        ),
        (
            replace(WIN, verified=False),
            "A lever of +0.42 EUR on gift by email would make gift by email come first; not verified",
        ),
    ],
)
def test_a_flip_in_a_sentence(flip: FlipAnswer, sentence: str) -> None:
    assert list(flip_sentences([flip], "EUR")) == [sentence]


def test_what_nothing_flips_is_told_once_per_candidate() -> None:
    none = replace(WIN, change=None, then_offer_id=None, then_channel=None, verified=False)
    flips = [
        replace(none, infeasible="no lever does"),
        replace(none, of="cost", infeasible="no cost does"),
        replace(none, offer_id=None, channel=None, of="cost", infeasible="nothing costs nothing"),
    ]
    assert list(flip_sentences(flips, "EUR")) == ["gift by email: no lever does; no cost does"]
