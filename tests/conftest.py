"""What all tests stand on: UTC, no TENURE_ setting of the developer's, and Hypothesis without a stopwatch."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

DATA = "TENURE_TEST_DATA"
KEPT = {DATA, "TENURE_BROWSER"}

# Shared machines stall: a slow example is no failure. Derandomised, so that a failure is one for everybody.
settings.register_profile(
    "tenure", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
settings.load_profile("tenure")

os.environ["TZ"] = "UTC"  # feast's sqlite store writes process-local time
time.tzset()
for _name, _value in {"DO_NOT_TRACK": "true", "MLFLOW_DISABLE_TELEMETRY": "true", "OMP_NUM_THREADS": "1"}.items():
    os.environ.setdefault(_name, _value)
for _name in [name for name in os.environ if name.startswith("TENURE_") and name not in KEPT]:
    del os.environ[_name]


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """The path of a file in TENURE_TEST_DATA; skips the test where there is none."""

    def find(name: str) -> Path:
        folder = os.environ.get(DATA)
        if not folder:
            pytest.skip(f"{DATA} is not set: the public file {name} is the user's own copy")
        path = Path(folder) / name
        if not path.exists():
            pytest.skip(f"{path} is not there")
        return path.absolute()

    return find
