"""Which groups of customers are too small to be told."""

from __future__ import annotations

from collections.abc import Sequence


def tellable(sizes: Sequence[int], few: int) -> list[bool]:
    """Which groups may be told: none under `few`, and the rest must not give away what those come to.

    All groups together are told elsewhere, so that one that is kept back alone could be found by taking the others
    away: the smallest that are told follow it until those kept back are `few` or more together.
    """
    shown = [size >= few for size in sizes]
    back = sum(size for size, show in zip(sizes, shown, strict=True) if not show)
    for place in sorted(range(len(sizes)), key=lambda place: sizes[place]):
        if 0 < back < few and shown[place]:
            shown[place] = False
            back += sizes[place]
    return shown
