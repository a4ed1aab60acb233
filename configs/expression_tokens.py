"""The tokens of an expression, and how deep CEL's parser would go over them, told before it sees the text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

OPENING, CLOSING = ("(", "[", "{"), (")", "]", "}")
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


def tokens_of(text: str) -> Iterator[Token]:
    """The tokens, without space and comments. Raises ValueError at what cannot begin one."""
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


def depth_of(tokens: Sequence[Token]) -> int:
    """How deep the tree may be: brackets, and within each the choices, the operators of a chain and the parts taken."""
    levels, deepest = [_Level()], 0
    for before, token in pairwise(tokens):
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
