"""A webhook's other end: a real server on this machine that answers as it is told to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR
from threading import Event, Thread
from time import monotonic

DRIP_SECONDS = 0.02


@dataclass(frozen=True)
class Got:
    """One request as it came in; `at` is on the monotonic clock."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float

    @property
    def document(self) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.body)
        return found


class Handler(BaseHTTPRequestHandler):
    """Notes the request, and leaves the answer to the script."""

    def do_POST(self) -> None:
        receiver: Receiver = self.server.receiver  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        receiver.got.append(Got(self.path, headers, body, monotonic()))
        at = min(len(receiver.got), len(receiver.script)) - 1
        try:
            receiver.script[at](self, receiver.over)
        except OSError:
            return  # who asked has gone

    def log_message(self, *_: object) -> None:
        """Nothing."""


Script = Callable[[Handler, Event], None]


def answering(status: int, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Script:
    def answer(handler: Handler, _: Event) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def hanging(_: Handler, over: Event) -> None:
    over.wait()


def dripping(handler: Handler, over: Event) -> None:
    """Headers without end, a byte at a time: no single read ever waits for long."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Never-Done: ")
    while not over.wait(DRIP_SECONDS):
        handler.wfile.write(b"z")
        handler.wfile.flush()


def dripping_body(handler: Handler, over: Event) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while not over.wait(DRIP_SECONDS):
        handler.wfile.write(b"z")
        handler.wfile.flush()


def hanging_up(handler: Handler, _: Event) -> None:
    handler.connection.shutdown(SHUT_RDWR)


@dataclass
class Receiver:
    """Answers by `script`, whose last entry holds for all that follow; `got` holds what came in."""

    script: Sequence[Script]
    url: str = ""
    got: list[Got] = field(default_factory=list)
    over: Event = field(default_factory=Event)


@contextmanager
def receiving(*script: Script) -> Iterator[Receiver]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.block_on_close = True, False
    server.receiver = Receiver(script, f"http://127.0.0.1:{server.server_port}")  # type: ignore[attr-defined]
    receiver: Receiver = server.receiver  # type: ignore[attr-defined]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
