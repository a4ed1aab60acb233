"""What would flip a decision, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from serving.answers import FlipAnswer


def flip_sentences(flips: Sequence[FlipAnswer], currency: str) -> Iterator[str]:
    """A sentence for each change that does it, and one for each candidate of those that nothing does."""
    for flip in flips:
        if flip.change is not None:
            yield f"{_change(flip, flip.change, currency)} would {_result(flip)}; {_checked(flip)}"
    for (offer_id, channel), found in groupby(flips, lambda flip: (flip.offer_id, flip.channel)):
        # That nothing has neither cost nor p_accept goes without saying.
        whys = [flip.infeasible for flip in found if flip.infeasible and (offer_id or flip.of == "lever")]
        if whys:
            yield f"{name(offer_id, channel)}: {'; '.join(whys)}"


def name(offer_id: str | None, channel: str | None) -> str:
    """A candidate as people are told of it."""
    return f"{offer_id} by {channel}" if offer_id else "doing nothing"


def _change(flip: FlipAnswer, change: float, currency: str) -> str:
    whose = name(flip.offer_id, flip.channel)
    if flip.of == "lever":
        return f"A lever of {change:+,.2f} {currency} on {whose if flip.offer_id else 'every offer'}"
    if flip.of == "cost":
        return f"A cost of {flip.to:,.2f} {currency} ({change:+,.2f}) of {flip.offer_id}"
    return f"A p_accept of {flip.to:.2%} ({100 * change:+.2f} points) for {whose}"


def _result(flip: FlipAnswer) -> str:
    whose = name(flip.offer_id, flip.channel)
    if flip.makes == "win":
        return f"make {whose} come first"
    return f"put {name(flip.then_offer_id, flip.then_channel)} before {whose}"


def _checked(flip: FlipAnswer) -> str:
    return "verified" if flip.verified else "not verified"
