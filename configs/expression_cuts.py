"""Where an expression can tell the numbers of an attribute apart, so that it is asked once for all that fare alike."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence

Cuts = tuple[float, ...]
COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
OPENERS = ("", "(", "[", ",", "?", ":", "&&", "||")
CLOSERS = ("", ")", "]", "}", ",", "?", ":", "&&", "||")
WORDS = ("true", "false", "null")
PAD = ("", "", "")


def cuts_of(tokens: Sequence[str], spans: Sequence[tuple[str, int, int]]) -> Mapping[str, Cuts]:
    """By attribute, the numbers it is held against, ascending; without those that anything else is done with.

    `spans` are (name, start, end) of each place in `tokens` that asks for an attribute.
    """
    padded = [*PAD, *tokens, *PAD]
    found: dict[str, set[float]] = {name: set() for name, _, _ in spans}
    for name, start, end in spans:
        cut = _cut(padded, start + len(PAD), end + len(PAD))
        if cut is None:
            found.pop(name, None)
        elif name in found:
            found[name].update(cut)
    return {name: tuple(sorted(cuts)) for name, cuts in found.items()}


def place(cuts: Cuts, value: float) -> int:
    """Which of the 2 * len(cuts) + 1 parts a number is in: below, at or between cuts."""
    at = bisect_left(cuts, value)
    return 2 * at + (at < len(cuts) and cuts[at] == value)


def _cut(tokens: Sequence[str], start: int, end: int) -> Cuts | None:
    """The number that one use holds an attribute against, none where it tells no numbers apart; None for other uses."""
    before, after = tokens[start - 1], tokens[end]
    if tokens[start - 2] == "has" and before == "(" and after == ")":
        return ()
    for size in (1, 2):  # a literal, or one with a sign
        if before in OPENERS and after in COMPARISONS and tokens[end + 1 + size] in CLOSERS:
            return _numbers(tokens[end + 1 : end + 1 + size])
        if before in COMPARISONS and after in CLOSERS and tokens[start - 2 - size] in OPENERS:
            return _numbers(tokens[start - 1 - size : start - 1])
    return None


def _numbers(literal: Sequence[str]) -> Cuts | None:
    """The number of a literal, none where it is a word; None for anything else."""
    text = literal[-1]
    if len(literal) == 1 and (text in WORDS or text[:1] in ('"', "'")):
        return ()
    number = _exact(text)
    if number is None or literal[:-1] not in ([], ["-"]):
        return None
    return (number,) if len(literal) == 1 else (-number,)


def _exact(text: str) -> float | None:
    """A number that a float holds exactly; None for other numbers and texts."""
    if text.isdecimal():
        return float(text) if float(text) == int(text) else None
    try:
        return float(text)
    except ValueError:
        return None
