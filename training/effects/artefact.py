"""Writes what serving reads of effects: LightGBM text and JSON."""

from __future__ import annotations

from pathlib import Path

from configs.effects import FILE
from training.effects.model import FittedEffects


def write(fitted: FittedEffects, folder: Path) -> None:
    """The artefact's files in `folder`: the boosters, and `effects.json` last."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, booster in fitted.boosters.items():
        booster.save_model(folder / name)
    (folder / FILE).write_text(fitted.artefact.model_dump_json(indent=1))
