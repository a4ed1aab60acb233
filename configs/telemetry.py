"""Process-wide switches that must be set before a library is imported."""

from __future__ import annotations

import os
import time
from collections.abc import MutableMapping

OFF = {
    "BENTOML_DO_NOT_TRACK": "True",
    "DO_NOT_TRACK": "true",
    "FEAST_USAGE": "False",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "RAY_USAGE_STATS_ENABLED": "0",
}
STEADY = {
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",  # our own bar tells of progress
    "OMP_NUM_THREADS": "1",  # LightGBM with more threads than free cores is ten times slower
}


def prepare_process(environment: MutableMapping[str, str] = os.environ) -> None:
    """Turn every library's telemetry off and work in UTC; thread counts the user has set are kept.

    Called first by each entry point (command line, service), never at import.
    """
    for name, value in {**OFF, **STEADY}.items():
        environment.setdefault(name, value)
    environment["TZ"] = "UTC"  # feast's sqlite store writes process-local time
    time.tzset()
