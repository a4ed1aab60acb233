"""The figures measured so far: `results.json`, each with the conditions it was found in."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import platform
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from configs.clock import wall_clock
from configs.workspace import replacing

FILE = Path(__file__).parent / "results.json"
PACKAGES = (
    "bentoml",
    "feast",
    "lightgbm",
    "duckdb",
    "ibis-framework",
    "mlflow",
    "optuna",
    "evidently",
    "scikit-learn",
    "numpy",
    "pandas",
    "pyarrow",
    "sqlalchemy",
)


@dataclass(frozen=True)
class Figure:
    """One measured figure. `reach` is what was asked, e.g. "<= 4"; `floor` what it was held against, if anything."""

    value: float
    reach: str
    floor: float | None
    command: str
    date: str
    machine: str
    versions: Mapping[str, str]
    note: str


def record(
    figure: str,
    value: float,
    *,
    reach: str,
    floor: float | None = None,
    note: str = "",
    command: str = "make benchmark-speed",
    path: Path = FILE,
) -> Figure:
    """Keep `value` under the id `figure`, with today's date, this machine and these versions; other ids stay."""
    measured = Figure(value, reach, floor, command, f"{wall_clock():%Y-%m-%d}", machine(), versions(), note)
    with _alone(path):
        kept = {**load(path), figure: measured}
        with replacing(path) as temporary:
            text = json.dumps({name: asdict(kept[name]) for name in sorted(kept)}, indent=1, ensure_ascii=False)
            temporary.write_text(text + "\n")
    return measured


def load(path: Path = FILE) -> dict[str, Figure]:
    """Every figure kept so far, by id; empty where nothing was measured yet."""
    if not path.exists():
        return {}
    return {name: Figure(**found) for name, found in json.loads(path.read_text()).items()}


def machine() -> str:
    """The processor, the cores this process may use, memory and operating system; no name of a host."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{_processor()}, {cores} cores, {gigabytes:.0f} GB, {platform.system()} {platform.machine()}"


def versions() -> dict[str, str]:
    """Python and the libraries that the figures depend on, as installed."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Both halves of the benchmark may record at once: neither may write over what the other has just added."""
    digest = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]
    with (Path(tempfile.gettempdir()) / f"tenure-results-{digest}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
