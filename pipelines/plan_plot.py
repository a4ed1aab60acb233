"""A plan as a picture: how many customers get each action, before and after."""

from __future__ import annotations

from pathlib import Path

from configs.workspace import replacing
from pipelines.plan import Plan

HEIGHT_INCHES, MOST_ACTIONS = 0.42, 24
BEFORE, AFTER = "#9aa5b1", "#2b6cb0"


def draw(plan: Plan, path: Path, currency: str) -> None:
    """Write the picture; its format is that of the suffix. Raises StoreUnavailable."""
    from matplotlib.figure import Figure

    shown = plan.actions[:MOST_ACTIONS]
    figure = Figure(figsize=(9, 1.6 + HEIGHT_INCHES * len(shown)), layout="constrained")
    axes = figure.subplots()
    places = range(len(shown))
    axes.barh([place - 0.2 for place in places], [one[1] for one in shown], 0.4, color=BEFORE, label=_label(plan, 0))
    axes.barh([place + 0.2 for place in places], [one[2] for one in shown], 0.4, color=AFTER, label=_label(plan, 1))
    axes.set_yticks(list(places), [one[0] for one in shown])
    axes.invert_yaxis()
    axes.set_xlabel("customers")
    axes.spines[["top", "right"]].set_visible(False)
    gained = plan.after.value - plan.before.value
    spent = plan.after.cost - plan.before.cost
    axes.set_title(
        f"{plan.changed:,} of {plan.customers:,} customers get something else\n"
        f"expected value {gained:+,.0f} {currency}, cost {spent:+,.0f} {currency}",
        loc="left",
    )
    axes.legend(frameon=False, loc="lower right")
    with replacing(path) as temporary:
        figure.savefig(temporary, format=path.suffix.lstrip(".") or "png", dpi=150)


def _label(plan: Plan, which: int) -> str:
    side = (plan.before, plan.after)[which]
    return f"{('in force', 'planned')[which]}: {side.policy}"
