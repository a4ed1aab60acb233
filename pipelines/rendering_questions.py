"""A decision explained, and decisions made again, in words for people and as the one JSON document."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.markup import escape

from pipelines.console import Cell, Speaker

if TYPE_CHECKING:
    from pipelines.replay import Replayed
    from serving.answers import ComparisonAnswer, DecideAnswer, ExplanationAnswer, ExplanationRecord, OfferAnswer

HOW = {
    "rule": "it comes first by the arm's rule",
    "exploration": "exploration drew it in place of what comes first",
    "random": "it was drawn at random",
    "holdout": "the customer is held out",
    "fallback": "the policy's fallback, as every other offer was filtered",
    "campaign": "a campaign chose it, with everybody's budgets in view",
}
COLUMNS = (
    "rank", "candidate", "p_accept", "effect", "margin", "cost", "contact", "lever", "preference", "shadow",
    "net value", "chance", "behind by", "mostly by",
)  # fmt: skip


def explained(say: Speaker, found: ExplanationRecord, currency: str) -> None:
    """What was decided and why, every candidate term by term, what was filtered, and what would flip it."""
    from pipelines.words import decision_lines
    from serving.answers import to_json

    made = found.decision
    for line in decision_lines(made, currency):
        say.say(line)
    explanation = made.explanation
    if explanation:
        _candidates(say, made, explanation, currency)
        _filtered(say, made)
        _flips(say, explanation, currency)
    if found.identical:
        say.say("decided again from the ledger: identical to the stored answer, bit for bit")
    for note in found.notes:
        say.say(f"[yellow]note:[/yellow] {escape(note)}")
    if say.as_json:
        say.document(json.loads(to_json(found)))


def replayed(say: Speaker, found: Replayed) -> None:
    """How many are identical, the first differences by field, and what is gone."""
    say.say(found.headline)
    for one in found.first_differences:
        field = one.path or "the bytes, though no field"
        say.say(escape(f"  {one.decision_id}: {field}: stored {_value(one.stored)}, now {_value(one.again)}"))
    for lost in found.gone:
        say.say(f"  [yellow]gone:[/yellow] {escape(lost.why)} ({lost.decisions:,} decisions, first {lost.first})")
    say.document({**asdict(found), "ok": found.ok})


def _candidates(say: Speaker, made: DecideAnswer, explanation: ExplanationAnswer, currency: str) -> None:
    say.say(f"\n[bold]Why this[/bold]: {HOW[explanation.how]}")
    if explanation.why:
        say.say(escape(f"  {_lead(explanation.why, made.arm, currency)}"))
    against = {(one.offer_id, one.channel): one for one in explanation.why_not}
    listed = made.considered or made.offers
    say.say("\n[bold]Why not that[/bold]: each term of every candidate")
    say.table(COLUMNS, [_row(one, against.get((one.offer_id, one.channel))) for one in listed])


def _lead(why: ComparisonAnswer, arm: str, currency: str) -> str:
    """What carries the first over the runner-up."""
    from pipelines.flips_in_words import name

    unit = "of p_accept" if arm == "acceptance" else currency
    terms = sorted(why.terms.items(), key=lambda term: -abs(term[1]))
    told = ", ".join(f"{term.replace('_', ' ')} {value:+,.2f}" for term, value in terms if round(value, 2))
    by = "it alone is an offer" if why.loses_by is None else f"ahead by {why.loses_by:,.2f} {unit}"
    return f"before {name(why.offer_id, why.channel)}: {by}{f' ({told})' if told else ''}"


def _row(one: OfferAnswer, against: ComparisonAnswer | None) -> list[Cell]:
    from pipelines.flips_in_words import name

    terms = one.factors
    return [
        one.rank,
        escape(name(one.offer_id, one.channel)),
        terms.p_accept,
        terms.effect_value,
        terms.margin,
        terms.cost,
        terms.contact_cost,
        terms.lever,
        terms.preference,
        terms.shadow_cost,
        one.net_value,
        one.selection_probability,
        against.loses_by if against else None,
        against.mostly.replace("_", " ") if against else None,
    ]


def _filtered(say: Speaker, made: DecideAnswer) -> None:
    if made.filtered:
        say.say("\n[bold]Filtered[/bold]: what could not be made, by stage and rule")
        rows = [(one.offer_id, one.channel or "any", one.stage, escape(one.reason)) for one in made.filtered]
        say.table(("offer", "channel", "stage", "reason"), rows)


def _flips(say: Speaker, explanation: ExplanationAnswer, currency: str) -> None:
    from pipelines.flips_in_words import flip_sentences

    say.say("\n[bold]What would flip it[/bold]: the least change of one number, all else as it was")
    for line in flip_sentences(explanation.flips, currency):
        say.say(f"  {escape(line)}")
    if explanation.no_flips:
        say.say(f"  none: {escape(explanation.no_flips)}")


def _value(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."
