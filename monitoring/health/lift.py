"""What the policy brought, measured between arms, as `tenure lift` finds it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from decisioning.estimates import Estimate
from decisioning.lift import Lift, Lifts, Side
from decisioning.mover import Limits
from decisioning.returns import Return
from monitoring import words
from monitoring.intervals import Interval

Outcome = Literal["retention", "profit"]
EVIDENCE = "randomised"  # arms are drawn by a hash of the customer and of nothing else


@dataclass(frozen=True)
class Compared:
    """The arms on one outcome, each customer by the first decision after `since`, with what a horizon after it brought.

    Retention is the share who stay; profit is in currency a customer. `first` and `last` are of these decisions, `open`
    counts customers whose horizon has not passed, `detectable` says what these sizes can see. `returns` are those of
    profit, on what was spent. `refused` says why nothing is claimed; then `found` may be None.
    """

    outcome: Outcome
    since: datetime
    found: Lifts | None = None
    first: datetime | None = None
    last: datetime | None = None
    open: int = 0
    detectable: str = ""
    warnings: tuple[str, ...] = ()
    refused: str | None = None
    returns: tuple[Return, ...] = ()

    @property
    def policy(self) -> Lift | None:
        """The policy against those left alone, where there is an answer."""
        if self.found is None:
            return None
        found = self.found.of("policy", "holdout")
        return found if found.difference is not None else None

    @property
    def difference(self) -> Interval | None:
        """What customers of the policy had more than those left alone, a customer."""
        return None if self.policy is None else interval(self.policy.difference)


def interval(found: Estimate | Limits | None) -> Interval | None:
    """What arms are compared by, as it is told."""
    return None if found is None else Interval(found.value, found.low, found.high)


def notes(of: Sequence[tuple[str, Sequence[str]]]) -> dict[str, str]:
    """What is to be known of arms (whom, what is said), each once with those that it is of."""
    found: dict[str, list[str]] = {}
    for whom, told in of:
        for said in told:
            found.setdefault(said, []).append(whom.replace("_", " "))
    return {
        said: "all arms" if len(these) == len(of) else words.listing(these, len(these)) for said, these in found.items()
    }


def withheld(compared: Compared, *, fewest: int) -> Compared:
    """The same without the means of arms with fewer customers than `fewest`, who are not told of."""
    if compared.found is None:
        return compared

    def side(one: Side) -> Side:
        return one if one.customers >= fewest else replace(one, mean=None)

    told = tuple(replace(one, arm=side(one.arm), against=side(one.against)) for one in compared.found.lifts)
    return replace(compared, found=replace(compared.found, lifts=told))
