"""A bound on work that has none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from threading import Event
from time import monotonic

import pytest

from monitoring.alerts.deadline import within

ROOT = Path(__file__).parents[3]


def test_work_in_time_gives_what_it_makes() -> None:
    assert within(10, lambda: "made") == "made"


def test_errors_are_those_of_the_work() -> None:
    with pytest.raises(ZeroDivisionError):
        within(10, lambda: 1 / 0)


@pytest.mark.parametrize("seconds", [0.2, 0.0, -1.0])
def test_work_without_end_is_left(seconds: float) -> None:
    over, began = Event(), monotonic()
    with pytest.raises(TimeoutError):
        within(seconds, over.wait)
    assert monotonic() - began < 2
    over.set()


def test_no_exit_waits_for_work_that_was_left() -> None:
    script = """
import threading, monitoring.alerts.deadline as deadline
try:
    deadline.within(0.1, threading.Event().wait)
except TimeoutError:
    print("left")
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT, timeout=60
    )
    assert done.stdout == "left\n"
