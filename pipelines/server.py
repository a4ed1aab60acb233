"""The service as a process of its own, for the demo and the tests: started, waited for, stopped."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from configs.errors import StoreUnavailable
from configs.workspace import ENVIRONMENT, Workspace

ROOT = Path(__file__).parent.parent
PATIENCE_SECONDS = 120.0


def command(host: str, port: int) -> list[str]:
    """What runs the service: `bentoml serve`, as a user of BentoML would type it."""
    return [sys.executable, "-m", "bentoml", "serve", "serving.service:Tenure", "--host", host, "--port", str(port)]


@contextmanager
def running(workspace: Workspace, log: Path, environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """A ready service on a free port of this machine, by its URL. Raises StoreUnavailable with the end of its log."""
    port = _free_port()
    settings = {**os.environ, **(environment or {}), ENVIRONMENT: str(workspace.root.absolute())}
    with log.open("w") as output:
        process = subprocess.Popen(  # noqa: S603 our own command
            command("127.0.0.1", port), cwd=ROOT, env=settings, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            _wait(process, f"http://127.0.0.1:{port}", log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE_SECONDS)


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urlopen(f"{url}/readyz", timeout=2) as answer:  # noqa: S310 our own address
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.2)
    raise StoreUnavailable(f"the service did not become ready; the end of {log}:\n{log.read_text()[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
