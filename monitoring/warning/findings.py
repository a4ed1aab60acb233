"""What rising risks come to, in a sentence."""

from __future__ import annotations

from collections.abc import Iterator

from configs.monitoring import EarlyWarning
from monitoring import words
from monitoring.site.elements import Finding, Level
from monitoring.site.numbers import money
from monitoring.warning.rises import Warned

PAGE = "early-warning"
LIST = "Begin with the list in early-warning.csv of the workspace"  # by name, hence not on the page


def findings(found: Warned, asked: EarlyWarning) -> Iterator[Finding]:
    """What is to be said of whose risk rose; it needs a person where more did than in an ordinary span."""
    if found.share is None or not found.rose:
        return
    by = f"by more than {points(asked.rise)}"
    level: Level = "watch"
    what, do = f"The risk of some customers rose {by}; whether that is more than usual is not known yet.", f"{LIST}."
    if found.more_than_usual is False:
        level, what, do = "good", f"The risk of no more customers than usual rose {by}.", ""
    elif found.more_than_usual:
        what = f"The risk of more customers than usual rose {by}."
        level, do = "act", f"{LIST}; ask what happened to so many at once."
    yield Finding(level, what, _size(found), do, PAGE)


def points(rise: float) -> str:
    """`0.1` as 10 points."""
    return f"{round(100 * rise, 6):g} points"


def _size(found: Warned) -> str:
    share = found.rose / found.customers
    said = f"{found.rose:,} of {words.count(found.customers, 'customer')} ({words.percent(share)})"
    if found.usual is not None and found.usual.most is not None:
        said += f", {words.percent(found.usual.share)} in the {len(found.usual.spans)} spans before"
    return said if found.at_stake is None else f"{said}; {money(found.at_stake)} {found.currency} at stake"
