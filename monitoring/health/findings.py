"""What the decisions come to, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from configs.monitoring import Monitoring
from monitoring import words
from monitoring.health.mix import Mix
from monitoring.site.elements import Finding


def findings(mix: Mix, settings: Monitoring) -> Iterator[Finding]:
    """What is to be said of the decisions."""
    page = "policy"
    if not mix.decisions:
        do = "Check that applications still ask for decisions."
        yield Finding("watch", "No decision was made in this window.", "0 decisions", do, page)
        return
    if mix.impossible_selection_probabilities:
        size = words.count(mix.impossible_selection_probabilities, "decision")
        do = "Report a fault: these decisions cannot be used to judge policies."
        yield Finding("act", "Decisions were logged with an impossible selection probability.", size, do, page)
    lowest = mix.lowest_selection_probability
    if lowest is not None and lowest < settings.min_selection_probability:
        do = "Raise the exploration floor in the policy."
        size = f"lowest {lowest:.2g}, floor {settings.min_selection_probability:g}"
        yield Finding("watch", "Some actions are chosen too rarely to learn from.", size, do, page)
    if mix.degraded.share > settings.max_degraded_share:
        do = "Look at the feature store and the model registry."
        size = f"{words.percent(mix.degraded.share)} of decisions, {words.percent(settings.max_degraded_share)} allowed"
        yield Finding("watch", "Decisions were made without something they needed.", size, do, page)
