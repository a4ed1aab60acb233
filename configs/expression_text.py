"""The text of an eligibility expression, read before CEL's parser sees it: how deep it goes, what it names and calls."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from configs.expression_cuts import Cuts, cuts_of

Root = Literal["customer", "offer", "context"]
ROOTS: tuple[Root, ...] = ("customer", "offer", "context")
FUNCTIONS = ("contains", "double", "endsWith", "has", "int", "matches", "size", "startsWith", "string")
MACROS = ("all", "exists", "exists_one", "filter", "map")  # nested, they take exponential time
MOST_CHARACTERS = 2000
# The parser recurses. A thread's stack of 256 KiB ends at some 40 brackets, or 600 links of a chain.
MOST_LEVELS = 32
OPENING, CLOSING = ("(", "[", "{"), (")", "]", "}")
LITERALS = ("true", "false", "null")
SEPARATORS = ("&&", "||", ",", "?", ":")  # operands of && and || are balanced by the parser, however many there are
TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*)
    |(?P<refused>(?:[bB][rR]?|[rR][bB])["']|[rR]?(?:\"{3}|'{3}))
    |(?P<string>[rR](?:"[^"\n\r]*"|'[^'\n\r]*')|"(?:[^"\\\n\r]|\\.)*"|'(?:[^'\\\n\r]|\\.)*')
    |(?P<number>0[xX][0-9a-fA-F]+[uU]?|(?:\d+\.\d+|\.\d+|\d+)(?:[eE][+-]?\d+)?[uU]?)
    |(?P<name>[A-Za-z_]\w*)
    |(?P<sign>&&|\|\||[<>=!]=|[-+*/%<>!?:.,()\[\]{}])""",
    re.VERBOSE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text; the sides of the whole are tokens without text."""

    kind: str
    text: str
    at: int

    @property
    def ends_value(self) -> bool:
        """Whether a value may end here, so that a dot or a bracket that follows takes a part of it."""
        return self.kind in ("string", "number") or self.text in CLOSING or (self.kind == "name" and self.text != "in")


@dataclass(frozen=True, slots=True)
class Reference:
    """An attribute that is asked for, as the tokens from `start` up to `end` say."""

    root: Root
    name: str
    start: int
    end: int


@dataclass(frozen=True)
class Reading:
    """What an expression asks for, by root and in order of appearance.

    `cuts` are those of the customer's attributes that are only held against literals: between two neighbouring numbers
    of an attribute's cuts, all its values fare alike. `patterns` are the literals that `matches` is given.
    """

    names: Mapping[Root, tuple[str, ...]]
    cuts: Mapping[str, Cuts]
    patterns: tuple[str, ...]


def read(text: str) -> Reading:
    """What an expression names. Raises ValueError with everything that it may not be, name or do."""
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"{len(text):,} characters; at most {MOST_CHARACTERS:,} are allowed")
    tokens = [Token("side", "", 0), *_tokens(text), Token("side", "", len(text))]
    if (depth := _depth(tokens)) > MOST_LEVELS:
        raise ValueError(f"nested {depth} levels deep; at most {MOST_LEVELS} are allowed")
    references = list(_references(tokens))
    if problems := list(dict.fromkeys(_problems(tokens, references))):
        raise ValueError("; ".join(problems))
    names = {root: tuple(dict.fromkeys(one.name for one in references if one.root == root)) for root in ROOTS}
    spans = [(one.name, one.start, one.end) for one in references if one.root == "customer"]
    patterns = tuple(tokens[at + 2].text for at, token in enumerate(tokens) if token.text == "matches")
    return Reading(names, cuts_of([token.text for token in tokens], spans), patterns)


def _tokens(text: str) -> Iterator[Token]:
    at = 0
    while at < len(text):
        found = TOKEN.match(text, at)
        if found is None or found.lastgroup == "refused":
            refused = found.group() if found else text[at]
            quotes = "; strings are in single or double quotes, closed on their line" if refused[-1] in "\"'" else ""
            raise ValueError(f"{refused} at character {at + 1} is not allowed{quotes}")
        if found.lastgroup and found.lastgroup != "space":
            yield Token(found.lastgroup, found.group(), at)
        at = found.end()


def _depth(tokens: Sequence[Token]) -> int:
    """How deep the tree may be: brackets, and within each the choices, the operators of a chain and the parts taken."""
    levels, deepest = [_Level()], 0
    for before, token in zip(tokens, tokens[1:], strict=False):
        level = levels[-1]
        if token.text in OPENING:
            level.parts += before.ends_value
            levels.append(_Level())
        elif token.text in CLOSING:
            levels = levels[:-1] or [_Level()]
        elif token.text in SEPARATORS:
            level.choices = 0 if token.text == "," else level.choices + (token.text == "?")
            level.operators = level.parts = 0
        elif token.text == ".":
            level.parts += 1
        elif token.kind == "sign" or token.text == "in":
            level.operators, level.parts = level.operators + 1, 0
        deepest = max(deepest, sum(one.depth for one in levels) - 1)
    return deepest


@dataclass(slots=True)
class _Level:
    """What nests within one pair of brackets."""

    choices: int = 0
    operators: int = 0
    parts: int = 0

    @property
    def depth(self) -> int:
        return 1 + self.choices + self.operators + self.parts


def _references(tokens: Sequence[Token]) -> Iterator[Reference]:
    for at, token in enumerate(tokens):
        if token.kind != "name" or tokens[at - 1].text == ".":
            continue
        for root in ROOTS:
            if token.text == root and (found := _part(tokens, at)):
                name, end = found
                yield Reference(root, name, at, end)


def _part(tokens: Sequence[Token], at: int) -> tuple[str, int] | None:
    """(the name, where it ends) of root.name or root["name"]; None for anything else that begins at `at`."""
    after = tokens[at + 1 : at + 4]
    texts = [token.text for token in after]
    if len(after) > 2 and texts[0] == "." and after[1].kind == "name" and texts[2] != "(":
        return texts[1], at + 3
    plain = len(after) > 2 and after[1].kind == "string" and texts[1][0] in "\"'" and "\\" not in texts[1]
    return (texts[1][1:-1], at + 4) if plain and (texts[0], texts[2]) == ("[", "]") else None


def _problems(tokens: Sequence[Token], references: Sequence[Reference]) -> Iterator[str]:
    named = {place for reference in references for place in range(reference.start, reference.end)}
    for at, token in enumerate(tokens[:-1]):
        before, after = tokens[at - 1], tokens[at + 1]
        if token.text == "." and not before.ends_value:
            yield f"the dot at character {token.at + 1} is of nothing"
        if token.kind != "name" or token.text in (*LITERALS, "in"):
            continue
        if after.text == "{":
            yield f"{token.text}{{}} is not allowed: there are no types to build"
        elif after.text == "(":
            yield from _call(tokens, at)
        elif at in named:
            continue
        elif before.text == ".":
            yield f".{token.text} at character {before.at + 1} is not allowed: an attribute is a value without parts"
        elif token.text in ROOTS:
            yield f"{token.text} as a whole is not allowed; one attribute of it is, as in {token.text}.name"
        else:
            yield f"{token.text} is unknown; {', '.join(ROOTS[:-1])} and {ROOTS[-1]} are allowed"


def _call(tokens: Sequence[Token], at: int) -> Iterator[str]:
    """What is wrong with the call at `at`."""
    called, given = tokens[at].text, tokens[at + 2 : at + 4]
    if called in MACROS:
        yield f"{called}() is not allowed: an expression compares values, it does not go through lists"
    elif called not in FUNCTIONS:
        yield f"{called}() is unknown; {', '.join(FUNCTIONS)} are allowed"
    elif called == "matches" and (tokens[at - 1].text != "." or [one.kind for one in given] != ["string", "sign"]):
        yield 'matches() takes a pattern in quotes, as in customer.name.matches("^A"); nothing else is allowed'
