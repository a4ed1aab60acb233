"""A world of fakes around a real ledger, a client of the API on it, and real server processes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGKILL, SIGTERM

import httpx
import pytest
from starlette.testclient import TestClient

from serving.app import create_app
from tests.serving.fakes import LEDGER, World
from tests.serving.fakes import world as make_world

ROOT = Path(__file__).parents[2]
STARTS_WITHIN_SECONDS = 60


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path / "ledger.db")


@pytest.fixture
def client(world: World) -> Iterator[TestClient]:
    with TestClient(create_app(world.runtime()), raise_server_exceptions=False) as client:
        yield client


class Server:
    """A server process in a process group of its own."""

    def __init__(self, command: list[str], ledger: Path, log: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        environment = {**os.environ, LEDGER: str(ledger), "TENURE_RUNTIME": "tests.serving.fakes:served"}
        for name in ("BENTOML_DO_NOT_TRACK", "PROMETHEUS_MULTIPROC_DIR"):  # Feast sets the latter at import
            environment.pop(name, None)
        environment["__BENTOML_DEBUG_USAGE"] = "True"  # usage data would be printed, not sent
        self.log = log
        with log.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *command, "--host", "127.0.0.1", "--port", str(self.port)],
                cwd=ROOT, env=environment, stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip
        self.url = f"http://127.0.0.1:{self.port}"

    def await_ready(self, path: str) -> None:
        transport = httpx.HTTPTransport(retries=0)
        with httpx.Client(transport=transport, base_url=self.url, timeout=1) as client:
            for _ in range(STARTS_WITHIN_SECONDS * 10):
                try:
                    if client.get(path).is_success:
                        return
                except httpx.TransportError:
                    pass
                try:
                    self.process.wait(0.1)
                except subprocess.TimeoutExpired:
                    continue
                break
        raise AssertionError(f"the server did not start:\n{self.log.read_text()}")

    def kill(self) -> None:
        os.killpg(self.process.pid, SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, SIGTERM)
            self.process.wait(30)


@contextmanager
def serving(command: list[str], ledger: Path, log: Path, ready: str) -> Iterator[Server]:
    server = Server(command, ledger, log)
    try:
        server.await_ready(ready)
        yield server
    finally:
        server.stop()
