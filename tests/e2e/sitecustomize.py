"""On PYTHONPATH of a child process: notes every connection and every name looked up in TENURE_TEST_CONNECTIONS."""

import os
import sys

LOG = os.environ.get("TENURE_TEST_CONNECTIONS")
WATCHED = {"socket.connect", "socket.getaddrinfo", "socket.sendto"}


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event in WATCHED:
        _write(event, arguments[0] if event == "socket.getaddrinfo" else arguments[1])


def _write(event: str, target: object) -> None:
    host = target[0] if isinstance(target, tuple) else target
    line = f"{event}\t{host!r}\t{' '.join(sys.orig_argv[1:5])}\n".encode()
    descriptor = os.open(LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(descriptor, line)
    finally:
        os.close(descriptor)


if LOG:
    _write("started", "")
    sys.addaudithook(_watch)
