"""Server processes of the benchmark, and one connection to each that is kept alive."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Event
from time import perf_counter

from configs.telemetry import OFF

ROOT = Path(__file__).parent.parent
HEADERS = {"Content-Type": "application/json"}
READY_SECONDS = 120.0
PAUSE = Event()  # never set: waiting on it is a pause


@contextmanager
def serving(target: str, environment: Mapping[str, str], log: Path) -> Iterator[HTTPConnection]:
    """`bentoml serve target` in a process of its own, once it is ready, as one connection to it. Raises RuntimeError."""
    port = _free_port()
    command = [sys.executable, "-m", "bentoml", "serve", target, "--host", "127.0.0.1", "--port", str(port)]
    settings = {**os.environ, **OFF, **environment, "PYTHONPATH": str(ROOT)}
    with log.open("wb") as said:
        process = subprocess.Popen(command, cwd=ROOT, env=settings, stdout=said, stderr=said)
        try:
            _wait_until_ready(port, process, log)
            with closing(HTTPConnection("127.0.0.1", port)) as connection:
                connection.connect()
                connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                yield connection
        finally:
            process.terminate()
            process.wait(timeout=30)


def post(connection: HTTPConnection, path: str, body: Mapping[str, object]) -> float:
    """Milliseconds from sending `body` to having read the whole answer. Raises RuntimeError for anything but 200."""
    content = json.dumps(body).encode()
    began = perf_counter()
    connection.request("POST", path, content, HEADERS)
    response = connection.getresponse()
    answer = response.read()
    taken = (perf_counter() - began) * 1000
    if response.status != 200:
        raise RuntimeError(f"{path} answered {response.status}: {answer[:500]!r}")
    return taken


def _wait_until_ready(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = perf_counter() + READY_SECONDS
    while perf_counter() < deadline and process.poll() is None:
        with closing(HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
            try:
                connection.request("GET", "/readyz")
                if connection.getresponse().status == 200:
                    return
            except (OSError, HTTPException):
                pass
        PAUSE.wait(0.2)
    raise RuntimeError(f"the server did not become ready; it said: {log.read_text()[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
