"""The text of an expression, read before CEL's parser sees it: how deep it goes, what it names and what it calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from configs.expression_cuts import Cuts, cuts_of
from configs.expression_tokens import Token, depth_of, tokens_of

Root = Literal["customer", "offer", "context"]
ROOTS: tuple[Root, ...] = ("customer", "offer", "context")
FUNCTIONS = ("contains", "double", "endsWith", "has", "int", "matches", "size", "startsWith", "string")
MACROS = ("all", "exists", "exists_one", "filter", "map")  # nested, they take exponential time
MOST_CHARACTERS = 2000
# The parser recurses. A thread's stack of 256 KiB ends at some 40 brackets, or 600 links of a chain.
MOST_LEVELS = 32
LITERALS = ("true", "false", "null")


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
    of an attribute's cuts, all its values fare alike. `patterns` are the literals that `matches` is given. `flat` says
    the same where no attribute is missing, of variables `ROOT_PLACE` by their place in `names`: CEL takes each value in
    a third of the time that it needs for one in a map.
    """

    names: Mapping[Root, tuple[str, ...]]
    cuts: Mapping[str, Cuts]
    patterns: tuple[str, ...]
    flat: str


def read(text: str) -> Reading:
    """What an expression names. Raises ValueError with everything that it may not be, name or do."""
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"{len(text):,} characters; at most {MOST_CHARACTERS:,} are allowed")
    tokens = [Token("side", "", 0), *tokens_of(text), Token("side", "", len(text))]
    if (depth := depth_of(tokens)) > MOST_LEVELS:
        raise ValueError(f"nested {depth} levels deep; at most {MOST_LEVELS} are allowed")
    references = list(_references(tokens))
    if problems := list(dict.fromkeys(_problems(tokens, references))):
        raise ValueError("; ".join(problems))
    names = {root: tuple(dict.fromkeys(one.name for one in references if one.root == root)) for root in ROOTS}
    spans = [(one.name, one.start, one.end) for one in references if one.root == "customer"]
    called = [at for at, token in enumerate(tokens[:-1]) if token.text == "matches" and tokens[at + 1].text == "("]
    patterns = tuple(tokens[at + 2].text for at in called)
    cuts = cuts_of([token.text for token in tokens], spans)
    return Reading(names, cuts, patterns, _flat(text, tokens, references, names))


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


def _flat(
    text: str, tokens: Sequence[Token], references: Sequence[Reference], names: Mapping[Root, tuple[str, ...]]
) -> str:
    pieces, done = list[str](), 0
    for one in references:
        start, end, put = one.start, one.end, f"{one.root}_{names[one.root].index(one.name)}"
        if tokens[start - 2].text == "has":
            start, end, put = start - 2, end + 1, "true"
        pieces += [text[done : tokens[start].at], f" {put} "]
        done = tokens[end].at if end < len(tokens) else len(text)
    return "".join([*pieces, text[done:]])


def _problems(tokens: Sequence[Token], references: Sequence[Reference]) -> Iterator[str]:
    named = {place for reference in references for place in range(reference.start, reference.end)}
    ends = {reference.end for reference in references}
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
        elif at - 1 in ends and before.text == ".":
            yield f".{token.text} at character {before.at + 1} is not allowed: an attribute is a value without parts"
        elif at in named or before.text == ".":
            continue
        elif token.text in ROOTS:
            yield f"{token.text} as a whole is not allowed; one attribute of it is, as in {token.text}.name"
        else:
            yield f"{token.text} is unknown; {', '.join(ROOTS[:-1])} and {ROOTS[-1]} are allowed"


def _call(tokens: Sequence[Token], at: int) -> Iterator[str]:
    """What is wrong with the call at `at`."""
    called, method, after = tokens[at].text, tokens[at - 1].text == ".", tokens[at + 2 : at + 4]
    quoted = len(after) > 1 and after[0].kind == "string" and after[1].text == ")"
    if called in MACROS:
        yield f"{called}() is not allowed: an expression compares values, it does not go through lists"
    elif called not in FUNCTIONS or (called == "has" and method):
        yield f"{called}() is unknown; {', '.join(FUNCTIONS)} are allowed"
    elif called == "matches" and not (method and quoted):
        yield 'matches() takes a pattern in quotes, as in customer.name.matches("^A"); nothing else is allowed'
