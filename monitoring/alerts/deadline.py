"""A bound on work that has none of its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

Made = TypeVar("Made")


def within(seconds: float, work: Callable[[], Made]) -> Made:
    """What `work` gives. Raises TimeoutError once `seconds` have passed, and whatever `work` raises.

    Work that does not end is left to a thread that no exit waits for. It bounds what time-outs of sockets do not: a
    name that does not resolve, an answer that comes a byte at a time (https://github.com/encode/httpx/issues/1450).
    """
    future: Future[Made] = Future()
    Thread(target=_settle, args=(future, work), name="within", daemon=True).start()
    return future.result(seconds)


def _settle(future: Future[Made], work: Callable[[], Made]) -> None:
    try:
        future.set_result(work())
    except BaseException as error:  # raised again where it is waited for
        future.set_exception(error)
