"""A stored decision explained: made again from what the ledger keeps, or told from the row of its campaign."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from configs.errors import NotFound
from serving.answers import DecideAnswer, ExplanationRecord, to_json
from serving.archive import Archive
from serving.basis import Basis
from serving.campaign_answer import campaign_explanation
from serving.decided import of_campaign
from serving.entries import DecisionEntry
from serving.ledger import Ledger
from serving.rendering import answer

Again = Callable[[DecisionEntry], Basis]
DIFFERS = "decided again, the answer differs from the stored one; what is explained is the new one"


def explained(ledger: Ledger, campaigns: Path, again: Again, decision_id: str) -> ExplanationRecord:
    """The explanation of a decision in full; `again` makes it again, `campaigns` is the folder of those made in batch.

    Raises NotFound, also where what the decision rested on is gone, and StoreUnavailable.
    """
    try:
        entry = ledger.find_decision(decision_id)
    except NotFound:
        return _told(of_campaign(campaigns, Archive(ledger.engine), decision_id))
    return in_full(entry, again(entry))


def in_full(entry: DecisionEntry, basis: Basis) -> ExplanationRecord:
    """A decision made again, explained in full whatever its request asked for."""
    identical = response_of(basis) == entry.response
    return ExplanationRecord("real_time", identical, () if identical else (DIFFERS,), answer(_in_full(basis)))


def response_of(basis: Basis) -> str:
    """The response that a decision made again gives; the ledger's is held against it."""
    return to_json(answer(basis)).decode()


def _in_full(basis: Basis) -> Basis:
    request = basis.given.request.model_copy(update={"explain": "full"})
    return replace(basis, given=replace(basis.given, request=request))


def _told(made: DecideAnswer) -> ExplanationRecord:
    campaign_id = made.decision_id.rpartition("-")[0]
    notes = (
        f"made in batch, by campaign {campaign_id}: everybody was decided for at once within budgets",
        "the campaign's file keeps what was chosen and each of its terms; other candidates and what was filtered are "
        "not kept, so that neither why-not nor flips can be told",
    )
    return ExplanationRecord("campaign", None, notes, replace(made, explanation=campaign_explanation(made)))
