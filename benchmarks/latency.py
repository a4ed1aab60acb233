"""Latency of the service over one kept-alive connection, to that of an empty BentoML endpoint in the same minutes."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import company
from benchmarks.results import record
from benchmarks.servers import post, serving
from configs.workspace import ENVIRONMENT
from pipelines.session import Session

ROUNDS = 12
PER_ROUND = 500
WARM = 300
Milliseconds = NDArray[np.float64]


@dataclass(frozen=True)
class Timed:
    """Milliseconds of each request, by what was asked, rounds x requests."""

    empty: Milliseconds
    score: Milliseconds
    decide: Milliseconds


def measure() -> None:
    """Record the three latency figures."""
    session = company.served()
    with tempfile.TemporaryDirectory() as folder:
        timed = _timed(session, Path(folder))
    _record("loop.score_p50_ratio", timed.score, timed.empty, 50, "<= 4")
    _record("loop.decide_p50_ratio", timed.decide, timed.empty, 50, "<= 6")
    _record("loop.decide_p99_ratio", timed.decide, timed.empty, 99, "<= 8")


def ratio(ours: Milliseconds, floor: Milliseconds, percentile: float) -> float:
    """The median over rounds of the ratio of the rounds' percentiles."""
    return float(np.median(np.percentile(ours, percentile, axis=1) / np.percentile(floor, percentile, axis=1)))


def _timed(session: Session, folder: Path) -> Timed:
    with ExitStack() as stack:
        environment = {ENVIRONMENT: str(session.workspace.root.absolute())}
        tenure = stack.enter_context(serving("serving.service:Tenure", environment, folder / "tenure.log"))
        empty = stack.enter_context(serving("benchmarks.empty:Empty", {}, folder / "empty.log"))
        rng = np.random.default_rng(1)
        customers = lambda: f"c{rng.integers(company.CUSTOMERS):07d}"  # noqa: E731
        work: Mapping[str, tuple[HTTPConnection, str, Callable[[], Mapping[str, object]]]] = {
            "empty": (empty, "/nothing", dict),
            "score": (tenure, "/v1/score", lambda: {"customer_ids": [customers()]}),
            "decide": (tenure, "/v1/decide", lambda: {"customer_id": customers()}),
        }
        found: dict[str, list[list[float]]] = {name: [] for name in work}
        for name, (connection, path, body) in work.items():
            for _ in range(WARM):
                post(connection, path, body())
        for turn in range(ROUNDS):
            for name in sorted(work, reverse=bool(turn % 2)):
                connection, path, body = work[name]
                found[name].append([post(connection, path, body()) for _ in range(PER_ROUND)])
    return Timed(*(np.array(found[name]) for name in ("empty", "score", "decide")))


def _record(figure: str, ours: Milliseconds, floor: Milliseconds, percentile: float, reach: str) -> None:
    base = float(np.median(np.percentile(floor, percentile, axis=1)))
    mine = float(np.median(np.percentile(ours, percentile, axis=1)))
    record(
        figure,
        round(ratio(ours, floor, percentile), 2),
        reach=reach,
        floor=round(base, 3),
        note=(
            f"p{percentile:g} {mine:.2f} ms against {base:.2f} ms of an empty BentoML endpoint; {company.CUSTOMERS:,} "
            f"customers in the sqlite online store, 20 offers on 3 channels, a ledger that syncs every commit; "
            f"{ROUNDS} alternating rounds of {PER_ROUND} requests on one connection, median of the rounds"
        ),
    )
