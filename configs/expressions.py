"""Eligibility expressions in CEL: held to what they may do, and asked as seldom as their answers allow."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import cel

from configs.expression_cuts import Cuts, place
from configs.expression_text import ROOTS, Reading, Root, read
from decisioning.offers import Attribute

MOST_KNOWN = 4096
SYNTAX = re.compile(r"ERROR: <input>:(\d+):(\d+): (?:Syntax error: )?(.*)")

Facts = Mapping[str, Mapping[str, Attribute]]
Key = tuple[object, ...]
Asked = tuple[Root, str, str, Cuts | None]  # root, name, variable of the flat program, cuts


@dataclass(frozen=True)
class Expression:
    """An eligibility expression that names the attributes it asks for, by root; `cuts` as in `Reading`.

    What it said of the same facts it says again without CEL, where each value handed over costs microseconds. Facts are
    the same where they are of one type and equal, or numbers between the same cuts. A number that is NaN is none, and
    -0 is 0.
    """

    text: str
    customer: frozenset[str] = field(compare=False)
    offer: frozenset[str] = field(compare=False)
    context: frozenset[str] = field(compare=False)
    cuts: Mapping[str, Cuts] = field(compare=False)
    _program: Any = field(repr=False, compare=False)
    _flat: Any = field(repr=False, compare=False)
    _asked: tuple[Asked, ...] = field(repr=False, compare=False)
    _known: dict[Key, bool] = field(default_factory=dict, repr=False, compare=False)

    def __call__(self, facts: Facts) -> bool:
        """Whether {"customer", "offer", "context"} pass; whatever CEL gives or raises."""
        key = self._key(facts)
        found = self._known.get(key)
        if found is None:
            found = self.ask(facts)
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[key] = found
        return found

    def ask(self, facts: Facts) -> bool:
        """The same, by CEL."""
        flat: dict[str, Attribute] = {}
        for root, name, variable, _ in self._asked:
            held = facts[root]
            if name not in held:
                return self._ask_in_maps(facts)
            flat[variable] = settled(held[name])
        answer: bool = self._flat.execute(flat)
        return answer

    def _ask_in_maps(self, facts: Facts) -> bool:
        given: dict[str, dict[str, Attribute]] = {root: {} for root in ROOTS}
        for root, name, _, _ in self._asked:
            if name in facts[root]:
                given[root][name] = settled(facts[root][name])
        answer: bool = self._program.execute(given)
        return answer

    def _key(self, facts: Facts) -> Key:
        """What the answer hangs on: by name the type and value, no type where it is missing."""
        key: list[object] = []
        for root, name, _, cuts in self._asked:
            value = facts[root].get(name, key)
            if value is key:
                key += (None, None)
            elif isinstance(value, float):
                key += (float, None if value != value else value if cuts is None else place(cuts, value))
            else:
                key += (type(value), value)
        return tuple(key)


def compiled(text: str) -> Expression:
    """An expression; raises ValueError with all that is wrong with it, what was given and what is allowed."""
    reading = read(text)
    if problems := list(_patterns(reading)):
        raise ValueError("; ".join(problems))
    program = _parsed(text)
    if strange := set(program.variables()) - set(ROOTS):  # CEL's own reading has the last word
        raise ValueError(f"{min(strange)} is unknown; {', '.join(ROOTS)} are allowed")
    return Expression(
        text=text,
        customer=frozenset(reading.names["customer"]),
        offer=frozenset(reading.names["offer"]),
        context=frozenset(reading.names["context"]),
        cuts=reading.cuts,
        _program=program,
        _flat=_parsed(reading.flat),
        _asked=tuple(_asked(reading)),
    )


def unknown(expression: Expression, *, customer: Collection[str], offer: Collection[str]) -> Iterator[str]:
    """Attributes that an expression asks for and that no customer or offer has, with what may have been meant."""
    for root, asked, known in (("customer", expression.customer, customer), ("offer", expression.offer, offer)):
        for name in sorted(asked - set(known)):
            close = get_close_matches(name, known, n=1)
            meant = f"; did you mean {root}.{close[0]}?" if close else ""
            yield f"{root}.{name} is unknown{meant}"


def settled(value: Attribute) -> Attribute:
    """A fact as CEL sees it."""
    if not isinstance(value, float):
        return value
    return None if value != value else value + 0.0  # -0 + 0 is 0


def _asked(reading: Reading) -> Iterator[Asked]:
    for root in ROOTS:
        for at, name in enumerate(reading.names[root]):
            yield root, name, f"{root}_{at}", reading.cuts.get(name) if root == "customer" else None


def _parsed(text: str) -> Any:
    try:
        return cel.compile(text)
    except ValueError as error:
        found = SYNTAX.search(str(error))
        if found is None:
            raise
        line, column, what = found.groups()
        raise ValueError(f"line {line}, character {column}: {what}") from error


def _patterns(reading: Reading) -> Iterator[str]:
    """Patterns of `matches` that are none: it would say so only once it is asked."""
    for pattern in reading.patterns:
        try:
            cel.compile(f"''.matches({pattern})").execute()
        except RuntimeError as error:
            yield f"{pattern} is not a pattern: {str(error).splitlines()[-1].partition('. ')[0].strip()}"
