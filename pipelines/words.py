"""Decisions in words that a retention manager follows."""

from __future__ import annotations

from collections.abc import Iterator

from rich.markup import escape

from serving.answers import DecideAnswer, OfferAnswer


def decision_lines(made: DecideAnswer, currency: str) -> Iterator[str]:
    """What was decided for one customer, why, and what was not allowed; in Rich's markup."""
    cold = " (not in the records: a cold start)" if made.cold_start else ""
    yield f"Customer {escape(made.customer_id)}{cold}, decision {made.decision_id}, arm {made.arm}"
    for offer in made.offers:
        yield f"  {escape(_offer(offer, currency))}"
        for reason in offer.reasons:
            yield f"    because {escape(reason)}"
    stages = sorted({filtered.stage for filtered in made.filtered})
    if made.filtered:
        yield f"  {len(made.filtered)} offers or channels were not allowed ({', '.join(stages)})"
    if made.degraded:
        yield f"  [yellow]degraded:[/yellow] {', '.join(made.degraded)}"


def _offer(offer: OfferAnswer, currency: str) -> str:
    chance = f"chosen with probability {offer.selection_probability:.2f}"
    if offer.offer_id is None:
        return f"do nothing; {chance}"
    return (
        f"offer {offer.offer_id} by {offer.channel}: {offer.factors.p_accept:.1%} likely to be accepted, "
        f"worth {offer.net_value:+.2f} {currency} net; evidence of effect: {offer.evidence}; {chance}"
    )
