"""What the documentation says of expressions is what they do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from configs.expression_text import FUNCTIONS, MACROS, MOST_CHARACTERS, MOST_LEVELS
from configs.expressions import compiled

PAGE = (Path(__file__).parents[2] / "docs" / "decisioning.md").read_text()
TABLE = PAGE.partition("| refused | for example | instead |\n")[2].partition("\n\n")[0]
ROWS = [line.split(" | ") for line in TABLE.splitlines()[1:]]


def examples(column: int) -> Iterator[str]:
    for row in ROWS:
        yield from re.findall(r"`([^`]+)`", row[column])


def test_every_rule_has_an_example() -> None:
    assert [len(row) for row in ROWS] == [3] * 8
    assert all("`" in cell for row in ROWS for cell in row[1:])


@pytest.mark.parametrize("text", list(examples(1)))
def test_what_is_said_to_be_refused_is(text: str) -> None:
    with pytest.raises(ValueError, match=r"allowed|is not a pattern"):
        compiled(text)


@pytest.mark.parametrize("text", list(examples(2)))
def test_what_may_be_said_instead_may(text: str) -> None:
    assert compiled(text).text == text


def test_functions_macros_and_limits_are_those_that_hold() -> None:
    assert f"functions but {', '.join(FUNCTIONS)} |" in TABLE
    assert f"macros over lists: {', '.join(MACROS)} |" in TABLE
    assert f"longer than {MOST_CHARACTERS:,} characters or deeper than {MOST_LEVELS} levels" in PAGE


@pytest.mark.parametrize(("deeper", "inmost"), [("({})", "true"), ("1 + {}", "1"), ("true ? false : {}", "true")])
def test_brackets_signs_and_choices_are_levels(deeper: str, inmost: str) -> None:
    text = inmost
    for _ in range(MOST_LEVELS):
        text = deeper.format(text)
    assert compiled(text)
    with pytest.raises(ValueError, match=f"nested {MOST_LEVELS + 1} levels deep"):
        compiled(deeper.format(text))


def test_as_many_conditions_as_fit() -> None:
    assert compiled(" && ".join(["true || false"] * 100))({"customer": {}, "offer": {}, "context": {}})
