"""Latency of the service over one kept-alive connection, to that of an empty BentoML endpoint in the same minutes."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import company
from benchmarks.results import record
from benchmarks.servers import Client, serving
from configs.workspace import ENVIRONMENT
from pipelines.session import Session

ROUNDS = 8
BLOCKS, BLOCK = 8, 50  # requests of a round come in blocks, in turns with the other servers'
WARM = 100
Milliseconds = NDArray[np.float64]
Work = Mapping[str, tuple[Client, str, Callable[[], Mapping[str, object]]]]  # where, and what is asked


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

        def customer() -> str:
            return f"c{rng.integers(company.CUSTOMERS):07d}"

        work: Work = {
            "empty": (empty, "/nothing", dict),
            "score": (tenure, "/v1/score", lambda: {"customer_ids": [customer()]}),
            "decide": (tenure, "/v1/decide", lambda: {"customer_id": customer()}),
        }
        for client, path, body in work.values():
            _ask(client, path, body, WARM)
        rounds = [_round(work, backwards=bool(turn % 2)) for turn in range(ROUNDS)]
    return Timed(*(np.array([found[name] for found in rounds]) for name in ("empty", "score", "decide")))


def _round(work: Work, *, backwards: bool) -> dict[str, list[float]]:
    """Milliseconds by what was asked. Short blocks keep a slow minute from falling on one of them alone."""
    found: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(BLOCKS):
        for name in sorted(work, reverse=backwards):
            found[name] += _ask(*work[name], BLOCK)
    return found


def _ask(client: Client, path: str, body: Callable[[], Mapping[str, object]], times: int) -> list[float]:
    return [client.post(path, body()) for _ in range(times)]


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
            f"{ROUNDS} alternating rounds of {BLOCKS * BLOCK} requests on one connection, median of the rounds"
        ),
    )
