"""Real processes: commands of the command line, and a server that can be killed; each notes its connections."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from signal import SIGTERM

import httpx
import psutil

ROOT = Path(__file__).parents[2]
STARTS_WITHIN_SECONDS = 120
FOREIGN = ("PROMETHEUS_MULTIPROC_DIR", "BENTOML_DO_NOT_TRACK", "DO_NOT_TRACK", "MLFLOW_DISABLE_TELEMETRY")


@dataclass(frozen=True)
class Ran:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, object]:
        """All of stdout as one JSON document."""
        answer: dict[str, object] = json.loads(self.out)
        return answer


@dataclass(frozen=True)
class House:
    """A workspace, and where the connections of its processes are noted."""

    workspace: Path
    connections: Path

    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if name not in FOREIGN}
        if inherited.pop("PYTHONDONTWRITEBYTECODE", None):  # compiling the libraries costs each process ten seconds
            inherited["PYTHONPYCACHEPREFIX"] = str(self.workspace.parent / "bytecode")
        return {
            **inherited,
            "PYTHONPATH": os.pathsep.join((str(Path(__file__).parent), str(ROOT))),
            "TENURE_WORKSPACE": str(self.workspace),
            "TENURE_TEST_CONNECTIONS": str(self.connections),
            "OMP_NUM_THREADS": "1",
        }

    def start(self, *words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "pipelines.cli", *words]
        return subprocess.Popen(
            command, cwd=self.workspace.parent, env=self.environment(), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def tenure(self, *words: str) -> Ran:
        process = self.start(*words)
        out, err = process.communicate(timeout=240)
        return Ran(process.returncode, out, err)

    def noted(self) -> Sequence[tuple[str, str, str]]:
        """(event, target, command) of everything the processes did on the network."""
        return [tuple(line.split("\t", 2)) for line in self.connections.read_text().splitlines()]  # type: ignore[misc]

    @contextmanager
    def serving(self, log: Path) -> Iterator[Server]:
        """A ready `tenure serve` on a free port."""
        server = Server(self, log)
        try:
            server.await_ready()
            yield server
        finally:
            server.end()


class Server:
    """`tenure serve`, and the processes it starts."""

    def __init__(self, house: House, log: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self._log = log
        with log.open("w") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "pipelines.cli", "serve", "--port", str(port)],
                cwd=house.workspace.parent, env=house.environment(), stdout=output, stderr=output,
            )  # fmt: skip
        self.url = f"http://127.0.0.1:{port}"

    def await_ready(self) -> None:
        with httpx.Client(base_url=self.url, timeout=2) as client:
            for _ in range(STARTS_WITHIN_SECONDS * 10):
                try:
                    if client.get("/readyz").is_success:
                        return
                except httpx.TransportError:
                    pass
                try:
                    self._process.wait(0.1)
                except subprocess.TimeoutExpired:
                    continue
                break
        raise AssertionError(f"the server did not become ready:\n{self._log.read_text()}")

    def end(self) -> None:
        """Ask it to end, unless it has."""
        if self._process.poll() is None:
            self._process.send_signal(SIGTERM)
            self._process.wait(60)

    def kill(self) -> None:
        """`kill -9` of BentoML's supervisor and of its worker, which is in a session of its own."""
        supervisor = psutil.Process(self._process.pid)
        workers = supervisor.children(recursive=True)
        for process in (supervisor, *workers):
            process.kill()
        psutil.wait_procs([supervisor, *workers], timeout=60)
        self._process.wait(60)
