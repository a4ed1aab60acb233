"""The card of the effects: on what evidence, how large, how well ranked, and where they stop."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from decisioning.curves import uplift_by_bin
from training.effects.fit import Learned
from training.effects.model import FittedEffects, known
from training.effects.problem import EffectProblem

UNITS = {
    "retention": "in the probability of staying",
    "margin": "in the dataset's currency over the horizon",
}


PICTURES = ("qini", "uplift_by_decile", "profit")


def card(fitted: FittedEffects, problem: EffectProblem) -> str:
    """The card as Markdown."""
    return "\n".join([*_data(fitted, problem), *_targets(fitted, problem), *_limits(problem)])


def _data(fitted: FittedEffects, problem: EffectProblem) -> Iterator[str]:
    window = fitted.artefact.window
    yield f"# effects of offers of {problem.dataset}"
    yield ""
    yield "Predicts what an offer on a channel changes, against no treatment, for each customer."
    yield ""
    yield "## Evidence"
    yield ""
    yield "| offer | grade | treated | control | why |"
    yield "|---|---|---|---|---|"
    for found in problem.evidence:
        yield f"| {found.offer_id} | **{found.grade}** | {found.treated:,} | {found.controls:,} | {found.why} |"
    yield ""
    yield "## Data"
    yield ""
    yield f"- {window.rows:,} treatments, control included, of {window.customers:,} customers"
    yield f"- made {window.first_as_of:%Y-%m-%d} to {window.last_as_of:%Y-%m-%d}"
    yield f"- judged over {window.horizon_days} days"
    yield f"- {window.censored:,} more left out: their window was cut off by the end of the records (censored, not no)"
    yield f"- fingerprint `{window.fingerprint}`"
    yield ""


def _targets(fitted: FittedEffects, problem: EffectProblem) -> Iterator[str]:
    for one, held_out in zip(fitted.learned, fitted.held_out, strict=True):
        rows = problem.rows.iloc[known(problem, one.target.target)]
        yield f"## Effect on {one.target.target}, {UNITS[one.target.target]}"
        yield ""
        yield f"Learner: **{one.target.learner}**. {one.target.reason}"
        yield ""
        yield from _menu(one)
        yield "Held-out figures, 90% intervals, customers as clusters:"
        yield ""
        yield "| figure | value | low | high |"
        yield "|---|---|---|---|"
        for name, found in held_out.items():
            yield f"| {name} | {found.value:.4f} | {found.low:.4f} | {found.high:.4f} |"
        yield ""
        yield from _deciles(one, rows)
        yield from (f"![{name}](plots/{one.target.target}_{name}.png)" for name in PICTURES)
        yield ""


def _menu(one: Learned) -> Iterator[str]:
    yield "| learner | held-out value at the budget, per customer | low | high |"
    yield "|---|---|---|---|"
    for tried in one.menu:
        yield f"| {tried.learner} | {tried.value:.4f} | {tried.low:.4f} | {tried.high:.4f} |"
    yield ""


def _deciles(one: Learned, rows: pd.DataFrame) -> Iterator[str]:
    group = pd.factorize(rows.customer_id)[0]
    yield "| tenth of the ranking | uplift | low | high |"
    yield "|---|---|---|---|"
    for found in uplift_by_bin(one.scores, one.gains, rows.weight.to_numpy(np.float64), group):
        said = f"{found.low_share:.0%} to {found.high_share:.0%}"
        yield f"| {said} | {found.uplift:.4f} | {found.low:.4f} | {found.high:.4f} |"
    yield ""


def _limits(problem: EffectProblem) -> Iterator[str]:
    yield "## Limits"
    yield ""
    yield from (f"- {warning}" for warning in problem.warnings)
    yield "- An interval is of the average effect on customers who score alike, not of one customer's own effect."
    yield "- An offer never made is read off its attributes, with the grade of its kind and a wider interval."
    yield "- Effects hold for customers, offers and seasons like those of the window above."
    yield ""
