"""Effects in sentences: the size, how sure it is, and on what it rests."""

from __future__ import annotations

import pytest

from configs.effects import LEVEL
from decisioning.arbitration import UNKNOWN_EFFECT, Effect, EffectOn
from serving import effect_words
from serving.effect_words import sentence, told

KEEPS = Effect(0.031, 0.008, 0.054, "randomised", 2.345, -0.5, 1205.19)
LOSES = Effect(-0.02, -0.03, 0.006, "observational", -1.5, -2.0, -1.0)
SMALL = Effect(0.0042, -0.001, 0.0094, "randomised")
ONLY_MARGIN = Effect(None, None, None, "randomised", 2.0, 1.0, 3.0)


@pytest.mark.parametrize(
    ("effect", "on", "tried", "said"),
    [
        (KEEPS, "retention", True, "Keeps an estimated 3 in 100 more customers like this one (90%: 1 to 5)"),
        (SMALL, "retention", True, "Keeps an estimated 4 in 1,000 more customers like this one (90%: -1 to 9)"),
        (SMALL, "margin", True, "Keeps an estimated 4 in 1,000 more customers like this one (90%: -1 to 9)"),
        (
            LOSES,
            "retention",
            True,
            "Loses an estimated 2 in 100 more customers like this one (90%: -1 to 3; from past records, not from a "
            "test)",
        ),
        (
            KEEPS,
            "retention",
            False,
            "Keeps an estimated 3 in 100 more customers like this one (90%: 1 to 5; read off its attributes, as it was "
            "never made)",
        ),
        (
            KEEPS,
            "margin",
            True,
            "Adds an estimated 2.35 to the margin of a customer like this one (90%: -0.50 to 1,205.19)",
        ),
        (
            LOSES,
            "margin",
            True,
            "Takes an estimated 1.50 from the margin of a customer like this one (90%: 1.00 to 2.00; from past "
            "records, not from a test)",
        ),
        (
            ONLY_MARGIN,
            "retention",
            True,
            "Adds an estimated 2.00 to the margin of a customer like this one (90%: 1.00 to 3.00)",
        ),
        (
            Effect(-0.0004, -0.0104, 0.0096, "randomised", -0.001, -1.0, 1.0),
            "retention",
            True,
            "Keeps as many customers like this one as no offer does (90%: -10 to 10 in 1,000)",
        ),
        (
            Effect(None, None, None, "randomised", -0.001, -1.0, 0.9),
            "margin",
            True,
            "Adds an estimated 0.00 to the margin of a customer like this one (90%: -1.00 to 0.90)",
        ),
        (UNKNOWN_EFFECT, "retention", True, None),
        (UNKNOWN_EFFECT, "margin", False, None),
    ],
)
def test_an_effect_is_a_sentence(effect: Effect, on: EffectOn, tried: bool, said: str | None) -> None:
    assert sentence(effect, on, tried=tried) == said


@pytest.mark.parametrize(
    ("effect", "on", "expected"),
    [
        (KEEPS, "retention", ("retention", 0.031, 0.008, 0.054)),
        (KEEPS, "margin", ("margin", 2.345, -0.5, 1205.19)),
        (SMALL, "margin", ("retention", 0.0042, -0.001, 0.0094)),
        (ONLY_MARGIN, "retention", ("margin", 2.0, 1.0, 3.0)),
        (UNKNOWN_EFFECT, "margin", None),
    ],
)
def test_what_is_told_of(effect: Effect, on: EffectOn, expected: tuple[object, ...] | None) -> None:
    assert told(effect, on) == expected


def test_the_level_in_words_is_that_of_the_intervals() -> None:
    assert f"{LEVEL:.0%}" == effect_words.LEVEL
