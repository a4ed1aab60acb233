from __future__ import annotations

import pytest

from configs.errors import ConfigError
from configs.loading import load, parse
from configs.reasons import DEFAULT, Phrasebook


def test_the_shipped_phrases_load_and_end_with_a_general_one() -> None:
    book = load(DEFAULT, Phrasebook)
    assert list(book.churn)[-1] == "*"
    assert list(book.response)[-1] == "*"


@pytest.mark.parametrize(
    ("phrases", "message"),
    [
        (
            {"up": "{value} of {thing}", "down": "x"},
            r"up: Value error, \{thing\} is unknown; \{feature\} and \{value\}",
        ),
        ({"up": "x"}, "down: Field required"),
    ],
)
def test_a_phrase_with_an_unknown_field_is_refused(phrases: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse({"churn": {"a*": phrases}, "response": {}}, Phrasebook, "reasons.yaml")
