"""The floor of latency: a BentoML endpoint that does nothing, set up as `serving.service` is."""

from __future__ import annotations

import gc

import bentoml

from configs.telemetry import prepare_process
from serving.service import GENERATIONS

prepare_process()

ANSWER = {"answer": "constant"}


@bentoml.service(workers=1, metrics={"enabled": False}, logging={"access": {"enabled": False}})
class Empty:
    """Answers every request alike."""

    def __init__(self) -> None:
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GENERATIONS)

    @bentoml.api  # type: ignore[untyped-decorator]
    def nothing(self) -> dict[str, str]:
        """A constant."""
        return ANSWER
