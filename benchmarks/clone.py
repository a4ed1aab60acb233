"""`make demo` and `make test` as a newcomer types them: each from a clean clone of the last commit, set-up included."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.results import record

ROOT = Path(__file__).parent.parent
TARGETS = (("demo", "loop.demo_seconds", "<= 360"), ("test", "loop.test_seconds", "<= 480"))


def main(asked: list[str]) -> None:
    """Record the wall seconds of the targets asked for, both without; a target that fails ends the run."""
    for target, figure, reach in TARGETS:
        if not asked or target in asked:
            seconds = measure(target)
            note = f"`make {target}` from a clean clone, install included (packages from a nearby mirror, cache warm)"
            record(figure, round(seconds, 1), reach=reach, command="make benchmark-speed", note=note)


def measure(target: str) -> float:
    """Wall seconds of one target in a clone of its own."""
    settings = {name: value for name, value in os.environ.items() if not name.startswith("TENURE_") or "DATA" in name}
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "tenure"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)  # noqa: S607 git is on the path
        begun = time.perf_counter()
        subprocess.run(["make", target], cwd=clone, env=settings, check=True)  # noqa: S607 so is make
        return time.perf_counter() - begun


if __name__ == "__main__":
    main(sys.argv[1:])
