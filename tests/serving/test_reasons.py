"""Reasons: the weightiest first, in words, none twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from configs import reasons as shipped
from configs.errors import ConfigError
from configs.loading import load
from configs.reasons import Phrasebook, Phrases
from features.vectors import Value
from serving.reasons import reasons

PHRASES = {
    "recency__*days": Phrases(up="Silent for {value} days", down="Seen {value} days ago"),
    "*_at": None,
    "purchases__*": Phrases(up="Buys little", down="Buys much"),
    "*": Phrases(up="{feature} is {value}: more", down="{feature} is {value}: less"),
}


@pytest.mark.parametrize(
    ("contributions", "row", "expected"),
    [
        ([], {}, ()),
        ([("recency__purchase_days", 0.5)], {"recency__purchase_days": 40.0}, ("Silent for 40 days",)),
        ([("recency__purchase_days", -0.5)], {"recency__purchase_days": 1234.4}, ("Seen 1,234 days ago",)),
        ([("recency__purchase_days", 0.5)], {"recency__purchase_days": None}, ("Purchase days: not known",)),
        ([("recency__purchase_days", 0.5)], {"recency__purchase_days": float("nan")}, ("Silent for not known days",)),
        ([("profile__plan", 0.1)], {"profile__plan": "gold"}, ("plan is gold: more",)),
        ([("profile__share", -0.1)], {"profile__share": 0.1234}, ("share is 0.12: less",)),
        ([("profile__n", 0.1)], {"profile__n": 3.0}, ("n is 3: more",)),
        ([("purchases__a", 0.3), ("purchases__b", 0.2)], {}, ("Buys little",)),
        ([("purchases__a", 0.3), ("purchases__b", -0.2)], {}, ("Buys little", "Buys much")),
        ([("purchases__a", 0.0)], {}, ()),
        ([("purchases__last_at", 0.9), ("purchases__a", 0.2)], {}, ("Buys little",)),
        ([(f"profile__{i}", 1.0) for i in "abcd"], dict.fromkeys(f"profile__{i}" for i in "abcd"), 3),
    ],
)
def test_contributions_become_sentences(
    contributions: list[tuple[str, float]], row: dict[str, Value], expected: tuple[str, ...] | int
) -> None:
    found = reasons(contributions, row, PHRASES)
    assert (len(found) if isinstance(expected, int) else found) == expected


def test_a_feature_without_a_phrase_stays_unsaid() -> None:
    assert reasons([("profile__plan", 1.0)], {}, {"purchases__*": PHRASES["purchases__*"]}) == ()


@pytest.mark.parametrize("section", ["churn", "response"])
def test_the_shipped_phrases_say_something_of_every_feature(section: str) -> None:
    phrases = getattr(load(shipped.DEFAULT, Phrasebook), section)
    assert list(phrases)[-1] == "*"
    assert len(reasons([("new_view__some_feature", 1.0)], {"new_view__some_feature": 2.0}, phrases)) == 1


def test_an_unknown_field_in_a_phrase_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "reasons.yaml"
    path.write_text('churn: {"*": {up: "{valeu} days", down: "no"}}\nresponse: {}\n')
    with pytest.raises(ConfigError) as raised:
        load(path, Phrasebook)
    assert "{valeu} is unknown; {feature} and {value} are allowed" in raised.value.details[0]
