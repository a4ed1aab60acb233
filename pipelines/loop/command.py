"""`tenure simulate OUT --loop`: the closed loop into a folder, with a table and a picture."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from configs.errors import ConfigError
from configs.workspace import replacing
from pipelines.loop.plot import draw
from pipelines.loop.run import Lived, Loop, Looped, judged, one_seed

PICTURE, NUMBERS = "loop.png", "loop.json"
CURRENCY = "USD"


@dataclass(frozen=True)
class Done:
    """What was lived, and where it is told."""

    found: Looped
    picture: Path
    numbers: Path


def run(out: Path, loop: Loop, progress: Callable[[str], None] = lambda _: None) -> Done:
    """Live `loop` into `out`, market by market; the workspaces stay there to be opened.

    Raises ConfigError naming every bad setting, or an `out` that is not empty.
    """
    _check(out, loop)
    out.mkdir(parents=True, exist_ok=True)
    lived: list[Lived] = []
    for seed in loop.seeds:
        lived += one_seed(loop, seed, out, progress)
    found = judged(loop, lived)
    draw(found, out / PICTURE, CURRENCY)
    with replacing(out / NUMBERS) as path:
        path.write_text(json.dumps(_numbers(found), indent=1) + "\n")
    return Done(found, out / PICTURE, out / NUMBERS)


def _check(out: Path, loop: Loop) -> None:
    problems = []
    if not 500 <= loop.customers <= 100_000:
        problems.append(f"customers: {loop.customers} given, 500 to 100,000 allowed")
    if not 2 <= loop.weeks <= 104:
        problems.append(f"weeks: {loop.weeks} given, 2 to 104 allowed")
    if loop.budget < 0:
        problems.append(f"budget: {loop.budget:g} given, 0 or more allowed")
    if problems:
        raise ConfigError("no such loop", details=problems)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ConfigError(f"{out}: not an empty folder; give another, or empty it")


def _numbers(found: Looped) -> dict[str, object]:
    return {
        "loop": asdict(found.loop),
        "regret": found.regret,
        "best_other": found.best_other,
        "lead": found.lead,
        "summaries": [asdict(one) for one in found.summaries],
        "weekly": [one.plain() for one in found.lived],
    }


def of(customers: int, weeks: int, seed: int, seeds: int, budget: float | None) -> Loop:
    """The loop that the command line asks for; without a `budget`, as much a customer as the figures are found with."""
    usual = Loop()
    asked = replace(usual, customers=customers, weeks=weeks, seeds=tuple(range(seed, seed + seeds)))
    money = usual.budget * customers / usual.customers if budget is None else budget
    return replace(asked, budget=money, judged_from=min(usual.judged_from, weeks // 2))
