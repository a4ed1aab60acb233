"""What performance comes to, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from configs.monitoring import Monitoring
from monitoring import words
from monitoring.performance.matured import Fit, Performance
from monitoring.site.elements import Finding

DECAYED = (
    "Customers leave for reasons the model has not learned, unless Data names a broken feed: retrain on the latest "
    "outcomes, and ask what has changed."
)


def findings(performance: Performance, settings: Monitoring) -> Iterator[Finding]:
    """What is to be said of predictions whose outcome is known."""
    page, fit = "predictions", performance.fit
    if fit is None:
        what = f"Too early to say whether the predictions came true: {performance.missing}."
        yield Finding("wait", what, _waiting(performance), "", page)
        return
    size = f"over {words.count(performance.matured, 'prediction')} whose outcome is known"
    if _miscalibrated(fit, settings):
        error = f"off by {words.points(fit.ece)} on average, {size}; chance explains {words.points(fit.ece_by_chance)}"
        do = "Retrain or recalibrate before weighing offers with these risks."
        yield Finding("act", "The predicted risks do not match what happened.", error, do, page)
    elif decayed := _decayed(performance, settings):
        yield Finding("act", "The predicted risks no longer match what happens.", decayed, DECAYED, f"{page}#windows")
    if fit.auc.low <= 0.5:
        do = "Look for a broken input, then retrain."
        yield Finding("act", "The ranking of customers by risk is no better than chance.", _auc(fit), do, page)
    elif not (_miscalibrated(fit, settings) or _decayed(performance, settings)):
        yield Finding("good", "The predicted risks match what happened.", f"{_auc(fit)}, {size}", "", page)
    yield from _of_slices(performance, page)


def _decayed(performance: Performance, settings: Monitoring) -> str:
    """By how much the risks of the last span with known outcomes are off; "" where chance explains it or few mind."""
    known = [(one, one.came) for one in performance.windows if one.came is not None]
    if not known:
        return ""
    window, came = known[-1]
    if came.ece <= max(settings.max_ece, came.ece_by_chance):
        return ""
    return (
        f"of {words.count(window.customers, 'customer')} predicted {words.span(window.begins, window.ends)}, "
        f"{words.percent(window.predicted)} were expected to leave and {words.percent(came.left.value)} did; "
        f"off by {words.points(came.ece)}, chance explains {words.points(came.ece_by_chance)}"
    )


def _of_slices(performance: Performance, page: str) -> Iterator[Finding]:
    worst = next((one for one in performance.slices if one.differs), None)
    if worst is None:
        return
    what = f"The predicted risks are off for one group most: {worst.attribute.replace('_', ' ')} {worst.value}."
    size = (
        f"{words.percent(worst.predicted)} predicted, {words.percent(worst.observed)} observed, "
        f"of {words.count(worst.customers, 'customer')}"
    )
    do = "See whether something about this group has changed; retrain with what tells it."
    yield Finding("watch", what, size, do, f"{page}#slices")


def _miscalibrated(fit: Fit, settings: Monitoring) -> bool:
    return fit.ece > max(settings.max_ece, fit.ece_by_chance)


def _auc(fit: Fit) -> str:
    return f"AUC {fit.auc.value:.3f} ({fit.auc.low:.3f} to {fit.auc.high:.3f})"


def _waiting(performance: Performance) -> str:
    if performance.next_matures_at is None or performance.all_mature_at is None:
        return "no prediction is waiting for its outcome"
    due = words.span(performance.next_matures_at, performance.all_mature_at)
    return f"{words.count(performance.waiting, 'outcome')} due {due}"
