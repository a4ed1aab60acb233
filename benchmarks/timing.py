"""Two pieces of work held against one another on a machine that others use too: alternating rounds, medians."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter


@dataclass(frozen=True)
class Compared:
    """Seconds of each round of ours and of the floor, pairwise side by side."""

    ours: tuple[float, ...]
    floor: tuple[float, ...]

    @property
    def ratios(self) -> tuple[float, ...]:
        """Ours to the floor, round by round, smallest first."""
        return tuple(sorted(mine / base for mine, base in zip(self.ours, self.floor, strict=True)))

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios: what slows both within a round cancels out."""
        return median(self.ratios)

    @property
    def spread(self) -> str:
        """The rounds' ratios of seconds in words; far apart, the machine was too busy for the figure to be trusted."""
        return f"rounds' ratios of seconds from {self.ratios[0]:.2f} to {self.ratios[-1]:.2f}"

    @property
    def ours_seconds(self) -> float:
        """The median of ours."""
        return median(self.ours)

    @property
    def floor_seconds(self) -> float:
        """The median of the floor."""
        return median(self.floor)


def compare(ours: Callable[[], object], floor: Callable[[], object], *, rounds: int, warm: bool = True) -> Compared:
    """Time `ours` and `floor` in turns, `rounds` times each, after one untimed turn where `warm`.

    Who goes first changes from round to round, so that neither always finds the caches as the other left them.
    """
    if warm:
        ours()
        floor()
    found: dict[str, list[float]] = {"ours": [], "floor": []}
    pair = [("ours", ours), ("floor", floor)]
    for turn in range(rounds):
        for name, work in pair if turn % 2 == 0 else reversed(pair):
            found[name].append(seconds(work))
    return Compared(tuple(found["ours"]), tuple(found["floor"]))


def seconds(work: Callable[[], object]) -> float:
    """Wall seconds of one call, with earlier garbage collected before it starts."""
    gc.collect()
    began = perf_counter()
    work()
    return perf_counter() - began
