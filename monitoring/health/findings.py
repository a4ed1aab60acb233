"""What the decisions come to, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from configs.monitoring import Monitoring
from decisioning.sample_ratio import LOOK_AT
from monitoring import words
from monitoring.health.arms import ArmCheck
from monitoring.health.budgets import BudgetUse
from monitoring.health.exploration import Exploration
from monitoring.health.health import Health
from monitoring.health.lift import Compared
from monitoring.health.mix import Mix
from monitoring.site.elements import Finding
from monitoring.site.numbers import FORMATS, told

PAGE = "policy"


def findings(mix: Mix, health: Health, settings: Monitoring) -> Iterator[Finding]:
    """What is to be said of the decisions, and of what they rest on."""
    if health.later:
        do = "Compare the clocks of the service and of this report; what it does not know of yet is left out."
        size = words.count(health.later, "decision")
        yield Finding("watch", "Decisions are dated after the instant of this report.", size, do, PAGE)
    yield from _of_mix(mix, settings)
    if health.exploration is not None and health.exploration.fails:
        yield _unlike_logged(health.exploration)
    if health.arms is not None and health.arms.ratio.fails:
        yield _unlike_shares(health.arms)
    for use in health.budgets:
        if use.early:
            yield _spent(use)
    for compared in health.lifts:
        yield from _brought(compared)


def _of_mix(mix: Mix, settings: Monitoring) -> Iterator[Finding]:
    if not mix.decisions:
        do = "Check that applications still ask for decisions."
        yield Finding("watch", "No decision was made in this window.", "0 decisions", do, PAGE)
        return
    if mix.impossible_selection_probabilities:
        size = words.count(mix.impossible_selection_probabilities, "decision")
        do = "Report a fault: these decisions cannot be used to judge policies."
        yield Finding("act", "Decisions were logged with an impossible selection probability.", size, do, PAGE)
    lowest = mix.lowest_selection_probability
    if lowest is not None and lowest < settings.min_selection_probability:
        do = "Raise the exploration floor in the policy."
        size = f"lowest {lowest:.2g}, floor {settings.min_selection_probability:g}"
        yield Finding("watch", "Some actions are chosen too rarely to learn from.", size, do, PAGE)
    if mix.degraded.share > settings.max_degraded_share:
        do = "Look at the feature store and the model registry."
        size = f"{words.percent(mix.degraded.share)} of decisions, {words.percent(settings.max_degraded_share)} allowed"
        yield Finding("watch", "Decisions were made without something they needed.", size, do, PAGE)


def _unlike_logged(found: Exploration) -> Finding:
    size = (
        f"{words.percent(found.explored.value)} of {words.count(found.decisions, 'decision')} explored, "
        f"{words.percent(found.expected)} expected"
    )
    do = "Report a fault: policies judged by these probabilities are judged wrongly."
    return Finding("act", "Exploration does not come about as it is logged.", size, do, f"{PAGE}#exploration")


def _unlike_shares(found: ArmCheck) -> Finding:
    worst, ratio = found.ratio.worst, found.ratio
    size = (
        f"{worst.arm.replace('_', ' ')} has {worst.observed:,} where {worst.expected:,.0f} were expected "
        f"({ratio.test} p {ratio.p_value:.2g}; a sound assignment fails {words.percent(ratio.false_alarms)} of times)"
    )
    do = f"Believe no lift until it is known {'; or '.join(LOOK_AT)}."
    return Finding("act", "Customers are not in the arms in the configured shares.", size, do, f"{PAGE}#arms")


def _spent(use: BudgetUse) -> Finding:
    until = "for good" if use.ends is None else f"until {words.day(use.ends)}"
    size = f"{told(use.used, 'number')} of {told(use.limit, 'number')}, nothing more {until}"
    do = "Raise it, pace it evenly, or let `tenure decide --all` find the prices that hold it back."
    return Finding("watch", f"The budget {use.name} is spent early.", size, do, f"{PAGE}#budgets")


def _brought(compared: Compared) -> Iterator[Finding]:
    found = compared.difference
    if found is None:
        return
    form = FORMATS["points" if compared.outcome == "retention" else "money"]
    size = f"{form(found.value)} a customer ({form(found.low)} to {form(found.high)})"
    if found.high < 0:
        what = f"Customers of the policy have less {compared.outcome} than those left alone."
        yield Finding("act", what, size, "Stop it, or offer less: `tenure policy diff`, `tenure plan`.", f"{PAGE}#lift")
    if found.low > 0:
        what = f"Customers of the policy have more {compared.outcome} than those left alone."
        yield Finding("good", what, size, "", f"{PAGE}#lift")
