"""The closed loop as a picture: what each policy has earned more than doing nothing, week by week."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from configs.workspace import replacing
from pipelines.loop.run import NOTHING, ORACLE, OURS, Looped

COLOURS = {OURS: "#2b6cb0", ORACLE: "#1a202c"}


def draw(found: Looped, path: Path, currency: str) -> None:
    """Write the picture as PNG. Raises StoreUnavailable."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5.2), layout="constrained")
    axes = figure.subplots()
    weekly = {
        one.policy: np.mean([lived.profit for lived in found.lived if lived.policy == one.policy], axis=0)
        for one in found.summaries
    }
    weeks = np.arange(1, found.loop.weeks + 1)
    for name, profit in weekly.items():
        if name == NOTHING:
            continue
        thick = name in COLOURS
        axes.plot(
            weeks,
            np.cumsum(profit - weekly[NOTHING]),
            label=name,
            color=COLOURS.get(name),
            linewidth=2.4 if thick else 1.2,
            linestyle="--" if name == ORACLE else "-",
        )
    axes.axvline(found.loop.judged_from + 0.5, color="#a0aec0", linewidth=0.8)
    axes.axhline(0.0, color="#a0aec0", linewidth=0.8)
    axes.set_xlabel("week (judged from the line on)")
    axes.set_ylabel(f"earned more than by nothing, {currency}")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    axes.set_title(
        f"{found.loop.customers:,} customers, {len(found.loop.seeds)} markets: regret {found.regret:.3f}, "
        f"lead over {found.best_other} {found.lead:.1%}",
        loc="left",
    )
    with replacing(path) as temporary:
        figure.savefig(temporary, format="png", dpi=150)
