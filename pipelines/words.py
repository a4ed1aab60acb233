"""Decisions in words that a retention manager follows."""

from __future__ import annotations

from collections.abc import Iterator

from rich.markup import escape

from serving.answers import DecideAnswer, FactorsAnswer, OfferAnswer, Score


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
        f"worth {offer.net_value:+.2f} {currency} net; {effect(offer.factors, offer.evidence, currency)}; {chance}"
    )


def effect(found: FactorsAnswer | Score, evidence: str, currency: str) -> str:
    """The effects with their intervals and the evidence for them, in one phrase."""
    parts = []
    if found.uplift is not None and found.uplift_low is not None and found.uplift_high is not None:
        low, high = 100 * found.uplift_low, 100 * found.uplift_high
        parts.append(f"{100 * found.uplift:+.1f} points of retention ({low:+.1f} to {high:+.1f})")
    if found.margin_uplift is not None and found.margin_uplift_low is not None and found.margin_uplift_high is not None:
        low, high = found.margin_uplift_low, found.margin_uplift_high
        parts.append(f"{found.margin_uplift:+,.2f} {currency} of margin ({low:+,.2f} to {high:+,.2f})")
    return "".join(f"effect {part}; " for part in parts) + f"evidence of effect: {evidence}"
