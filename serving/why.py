"""Why a decision is what it is, in words: what an offer does, who accepts it, why a customer is left alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from decisioning.arbitration import Effect
from decisioning.decision import Ranked
from serving.basis import Basis
from serving.effect_words import sentence, told
from serving.reasons import MAX_REASONS, reasons


def why(ranked: Ranked, basis: Basis) -> tuple[str, ...]:
    """What the offer does to customers like this one, then why this one may accept it; before both, if it stands in."""
    if ranked.candidate.offer is None:
        return (_why_nothing(basis),)
    effect = _effect_sentence(ranked, basis)
    row, response = basis.rows.get(ranked.candidate.key), basis.champions.response
    accepting = (
        () if row is None or response is None else reasons(response.contributions(row), row, basis.phrases.response)
    )
    stands_in = (_why_fallback(basis),) if basis.decision.fallback else ()
    return (*stands_in, *((effect,) if effect else ()), *accepting)[:MAX_REASONS]


def _effect_sentence(ranked: Ranked, basis: Basis) -> str | None:
    """The effect in words, or why there is none to tell of; None where no effects are in use."""
    model, offer, channel = basis.champions.effects, ranked.candidate.offer, ranked.candidate.channel
    if model is None or offer is None or channel is None or "effects_model" in basis.degraded:
        return None
    said = sentence(_effect(ranked), basis.policy.effect_on, tried=model.tried(offer))
    return said or f"Its effect is not known: {model.why(offer, channel)}"


def _effect(ranked: Ranked) -> Effect:
    terms = ranked.factors
    margin = (terms.margin_uplift, terms.margin_uplift_low, terms.margin_uplift_high)
    return Effect(terms.uplift, terms.uplift_low, terms.uplift_high, terms.evidence, *margin)


def _why_nothing(basis: Basis) -> str:
    """Why the customer is left alone."""
    decision = basis.decision
    if "response_model" in basis.degraded:
        return "Nobody can say who accepts what: the response model is away"
    if decision.arm == "holdout":
        return "Held out: a share of customers is never treated, to measure what treatment is worth"
    if decision.arm == "random":
        return "Drawn at random: a share of customers gets any offer or none, to measure what choosing is worth"
    offers = [ranked for ranked in decision.ranked if ranked.candidate.offer is not None]
    if not offers:
        return _all_filtered(basis)
    best = max(offers, key=lambda ranked: ranked.factors.net_value)
    if best.factors.net_value > 0:
        return "Drawn by exploration in place of an offer worth more"
    if harm := _harm(offers, basis):
        return harm
    return f"No offer is worth its cost: the best, {_name(best)}, {best.factors.net_value:+.2f} net"


def _all_filtered(basis: Basis) -> str:
    """Which stages left no offer."""
    stages = _stages(basis)
    if not stages:
        return "There is no offer to make"
    if stages["do_not_disturb"] == stages.total():
        return "Better left alone: every offer would drive this customer away"
    return f"No offer may be made: filtered by {_counted(stages)}"


def _why_fallback(basis: Basis) -> str:
    """Why the fallback is made, whatever it is worth."""
    stages = _stages(basis)
    return (
        f"The fallback: every other offer is filtered by {_counted(stages)}"
        if stages
        else "The fallback: there is no other offer"
    )


def _stages(basis: Basis) -> Counter[str]:
    return Counter(filtered.stage for filtered in basis.decision.filtered)


def _counted(stages: Counter[str]) -> str:
    return ", ".join(f"{stage} ({count})" for stage, count in stages.items())


def _harm(offers: Sequence[Ranked], basis: Basis) -> str | None:
    """That the customer is better not disturbed, where every offer is known to drive away."""
    on = basis.policy.effect_on
    effects = [(found[1], ranked) for ranked in offers if (found := told(_effect(ranked), on))]
    if len(effects) < len(offers) or max(uplift for uplift, _ in effects) >= 0:
        return None
    _, mildest = max(effects, key=lambda pair: pair[0])
    said = _effect_sentence(mildest, basis) or ""
    return f"Better left alone: even {_name(mildest)} {said[:1].lower()}{said[1:]}"


def _name(ranked: Ranked) -> str:
    offer = ranked.candidate.offer
    return f"{offer.offer_id if offer else ''} by {ranked.candidate.channel}"
