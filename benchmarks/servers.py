"""Server processes of the benchmark, and one connection to each that is kept alive."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Event
from time import perf_counter

from configs.telemetry import OFF

ROOT = Path(__file__).parent.parent
HEADERS = {"Content-Type": "application/json"}
READY_SECONDS = 120.0
IDLE_SECONDS = 2.0  # half of what uvicorn waits before it closes a connection
PAUSE = Event()  # never set: waiting on it is a pause


class Client:
    """One connection that is kept alive. After a pause it is opened anew, since servers close what is idle."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self._used = perf_counter()

    def post(self, path: str, body: Mapping[str, object]) -> float:
        """Milliseconds from sending `body` to having read the whole answer. Raises RuntimeError for any but 200."""
        content = json.dumps(body).encode()
        if perf_counter() - self._used > IDLE_SECONDS:
            self.close()
            self._connection.connect()
        began = perf_counter()
        self._connection.request("POST", path, content, HEADERS)
        response = self._connection.getresponse()
        answer = response.read()
        self._used = perf_counter()
        if response.status != HTTPStatus.OK:
            raise RuntimeError(f"{path} answered {response.status}: {answer[:500]!r}")
        return (self._used - began) * 1000

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


@contextmanager
def serving(target: str, environment: Mapping[str, str], log: Path) -> Iterator[Client]:
    """`bentoml serve target` in a process of its own, once it is ready. Raises RuntimeError where it does not start."""
    port = _free_port()
    command = [sys.executable, "-m", "bentoml", "serve", target, "--host", "127.0.0.1", "--port", str(port)]
    settings = {**os.environ, **OFF, **environment, "PYTHONPATH": str(ROOT)}
    with log.open("wb") as said:
        process = subprocess.Popen(command, cwd=ROOT, env=settings, stdout=said, stderr=said)
        try:
            _wait_until_ready(port, process, log)
            with closing(Client(port)) as client:
                yield client
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait_until_ready(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = perf_counter() + READY_SECONDS
    while perf_counter() < deadline and process.poll() is None:
        with closing(HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
            try:
                connection.request("GET", "/readyz")
                if connection.getresponse().status == HTTPStatus.OK:
                    return
            except (OSError, HTTPException):
                pass
        PAUSE.wait(0.2)
    raise RuntimeError(f"the server did not become ready; it said: {log.read_text()[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
