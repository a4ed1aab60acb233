"""An explanation as it is answered."""

from __future__ import annotations

from decisioning.candidates import NOTHING, Candidate
from decisioning.changes import Inputs
from decisioning.comparisons import Comparison
from decisioning.flips import STEPS, Flip
from decisioning.questions import explain
from serving.answers import ComparisonAnswer, ExplanationAnswer, FlipAnswer
from serving.basis import Basis

RESOLUTION = {of: 1 / steps for of, steps in STEPS.items()}


def explanation(basis: Basis) -> ExplanationAnswer:
    """Why this, why not that, and what would flip it; each flip has been decided again, which takes milliseconds."""
    inputs = Inputs(
        basis.decision.shortlist,
        basis.p_accept,
        basis.effects,
        basis.value_at_stake,
        basis.given.request.item_count,
    )
    found = explain(inputs, basis.decision)
    why_not = tuple(_compared(one) for one in found.against)
    offer_id, channel = _ids(found.first or NOTHING)
    return ExplanationAnswer(
        first_offer_id=offer_id,
        first_channel=channel,
        how=found.how,
        why=why_not[0] if why_not else None,
        why_not=why_not,
        flips=tuple(_flip(one) for one in found.flips),
        no_flips=found.no_flips,
        resolution=RESOLUTION,
    )


def _compared(one: Comparison) -> ComparisonAnswer:
    return ComparisonAnswer(*_ids(one.other), one.by, one.mostly, one.terms)


def _flip(one: Flip) -> FlipAnswer:
    then = _ids(one.then or NOTHING)
    return FlipAnswer(*_ids(one.candidate), one.makes, one.of, one.change, one.to, *then, one.infeasible, one.verified)


def _ids(candidate: Candidate) -> tuple[str | None, str | None]:
    return (candidate.offer.offer_id if candidate.offer else None), candidate.channel
