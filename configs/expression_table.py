"""An expression asked about a whole table of customers, once for all who fare alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from configs.expression_cuts import Cuts
from configs.expressions import Expression, settled
from decisioning.eligibility import UNDECIDABLE
from decisioning.offers import Attribute

Verdict = Literal["true", "false", "neither", "undecided"]
VERDICTS: tuple[Verdict, ...] = ("true", "false", "neither", "undecided")
MOST_GROUPS = 2**62

Column = NDArray[np.generic]
Index = NDArray[np.intp]


@dataclass(frozen=True)
class Verdicts:
    """What an expression says of n customers: `code` (n,) are places in VERDICTS; only "true" lets pass."""

    code: NDArray[np.uint8]

    @property
    def passed(self) -> NDArray[np.bool_]:
        """Who passes (n,)."""
        return np.asarray(self.code == VERDICTS.index("true"))

    def counts(self) -> Mapping[Verdict, int]:
        """How many customers there are of each verdict."""
        counted = np.bincount(self.code, minlength=len(VERDICTS)).tolist()
        return dict(zip(VERDICTS, counted, strict=True))


def decide_table(
    expression: Expression,
    columns: Mapping[str, Column],
    *,
    count: int,
    offer: Mapping[str, Attribute],
    context: Mapping[str, Attribute] | None = None,
) -> Verdicts:
    """What an expression says of each of `count` customers, as it would of one after the other.

    `columns` (n,) hold attributes by name: numbers, of which NaN is none, booleans, or objects. One that is not among
    them is missing, which to an expression is another thing than none.
    """
    names = [name for name in sorted(expression.customer) if name in columns]
    group = np.zeros(count, dtype=np.int64)
    size = 1
    for name in names:
        code = _codes(columns[name], expression.cuts.get(name))
        levels = int(code.max(initial=-1)) + 2
        if size * levels > MOST_GROUPS:
            group, size = _renumbered(group)
        group = group * levels + code + 1
        size *= levels
    group, size = _renumbered(group)
    first = np.empty(size, dtype=np.intp)
    first[group[::-1]] = np.arange(count)[::-1]
    rows = zip(*(_facts(columns[name][first]) for name in names), strict=True) if names else [()] * size
    others = {"offer": offer, "context": context or {}}
    answers = [_verdict(expression, {**others, "customer": dict(zip(names, row, strict=True))}) for row in rows]
    return Verdicts(np.array(answers, dtype=np.uint8)[group])


def _renumbered(group: Index) -> tuple[Index, int]:
    """(The same groups numbered without gaps (n,), how many there are)."""
    codes, uniques = pd.factorize(group)
    return codes, len(uniques)


def _codes(values: Column, cuts: Cuts | None) -> Index:
    """A number by customer (n,), the same for values that fare alike; -1 for none."""
    if values.dtype.kind in "iuf" and cuts is not None:
        numbers = values.astype(np.float64)
        held = np.array([*cuts, np.inf])
        at = np.searchsorted(held[:-1], numbers)
        return np.where(np.isnan(numbers), -1, 2 * at + (held[at] == numbers) * (at < len(cuts)))
    if values.dtype.kind in "iufb":
        return pd.factorize(values.astype(np.float64) + 0.0)[0]
    if pd.api.types.infer_dtype(values, skipna=True) not in ("string", "empty"):
        facts = (settled(value) for value in values)
        # True is 1 to a hash, not to an expression.
        values = np.fromiter((None if one is None else (type(one), one) for one in facts), dtype=object)
    return pd.factorize(values)[0]


def _facts(values: Column) -> list[Attribute]:
    """Values (m,) as facts of a customer."""
    if values.dtype.kind in "iu":
        values = values.astype(np.float64)
    return [None if value != value else value for value in values.tolist()]


def _verdict(expression: Expression, facts: Mapping[str, Mapping[str, Attribute]]) -> int:
    try:
        answer: object = expression.ask(facts)
    except UNDECIDABLE:
        return VERDICTS.index("undecided")
    return VERDICTS.index("true" if answer is True else "false" if answer is False else "neither")
