"""The model card: what the model is for, what it learned from, how good it is and where it stops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from training.fit import Fitted
from training.leaks import Suspect
from training.problem import Problem

PURPOSE = {
    "churn": "the probability that a customer leaves, or lapses, within the horizon",
    "value": "the margin a customer brings within the horizon",
    "response": "the probability that a customer accepts an offer on a channel",
}
EVIDENCE = "Evidence grade for effects: **none**. The model says {}; it does not know whom an offer changes."
SAYS = {"churn": "who leaves", "value": "what is at stake", "response": "who accepts"}


def card(fitted: Fitted, problem: Problem, importance: Mapping[str, float], leaks: Sequence[Suspect]) -> str:
    """The card as Markdown."""
    artefact, window = fitted.artefact, fitted.artefact.window
    lines = [
        f"# {problem.model} of {problem.dataset}",
        "",
        f"Predicts {PURPOSE[problem.model]}.",
        "",
        "## Data",
        "",
        f"- {window.rows:,} labelled rows, snapshots {window.first_as_of:%Y-%m-%d} to {window.last_as_of:%Y-%m-%d}",
        f"- horizon {window.horizon_days} days after a lead of {window.lead_days} days",
        *([f"- {window.positives:.2%} of rows have label 1"] if window.positives is not None else []),
        f"- fingerprint `{window.fingerprint}`",
        "",
        "## Figures",
        "",
        f"On rows the model had not seen ({len(fitted.judged):,}; split: {fitted.split.how}):",
        "",
        "| figure | value |",
        "|---|---|",
        *(f"| {name} | {value:.4f} |" for name, value in fitted.metrics.items()),
        "",
        "## Form",
        "",
        f"- {len(artefact.sources)} features, {len(artefact.columns)} encoded columns",
        f"- boosters' weight {artefact.weight:.2f}, {fitted.found.rounds} rounds, `{fitted.found.shape}`",
        *([f"- linear part's ridge {fitted.ridge:g}"] if fitted.ridge is not None else []),
        f"- calibration: slope {artefact.calibration.slope:.3f}, intercept {artefact.calibration.intercept:.3f}",
        "",
        "## What moves predictions",
        "",
        *(f"- {name}: {share:.1%}" for name, share in list(importance.items())[:10]),
        "",
        "## Limits",
        "",
        *(f"- **Suspected leak**: {suspect}" for suspect in leaks),
        f"- {EVIDENCE.format(SAYS[problem.model])}",
        "- Figures hold while customers behave as in the training window; the monitoring report says when they do not.",
        "",
    ]
    return "\n".join(lines)
