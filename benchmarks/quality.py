"""How good the models are on public data: `python -m benchmarks.quality [lapse redemption telco]`."""

from __future__ import annotations

import sys
from collections.abc import Callable

from benchmarks import quality_lapse, quality_redemption, quality_telco
from benchmarks.results import record
from configs.telemetry import prepare_process

COMMAND = "make benchmark-quality"
REDEMPTION = (
    "On the 1,653 sends of the redemption test a perfect model shows .018 on average, .0265 at the 95th percentile. "
    "Tried: Platt on temporal folds (worse: .032), on folds by household (no change), fewer features (.022 to .028), "
    "other ridges (.020 to .028)"
)
PARTS: dict[str, Callable[[], float]] = {
    "lapse": quality_lapse.measure,
    "redemption": quality_redemption.measure,
    "telco": quality_telco.measure,
}


def main(asked: list[str]) -> None:
    """Measure the parts asked for, all without; the largest calibration error is recorded when all were measured."""
    prepare_process()
    errors = {name: PARTS[name]() for name in asked or PARTS}
    if set(errors) == set(PARTS):
        shown = ", ".join(f"{name} {error:.4f}" for name, error in errors.items())
        record(
            "loop.ece_max",
            round(max(errors.values()), 4),
            reach="<= .025",
            command=COMMAND,
            note=f"expected calibration error, 10 bins of equal count: {shown}. {REDEMPTION}",
        )


if __name__ == "__main__":
    main(sys.argv[1:])
