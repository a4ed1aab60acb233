"""A message POSTed to a webhook: tried again where that may help, never for longer than its deadline."""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import get_ident
from time import monotonic

import httpx
from tenacity import RetryCallState, Retrying, retry_if_result, stop_before_delay, wait_exponential_jitter
from tenacity.wait import wait_base

from configs.clock import wall_clock
from configs.monitoring import Webhook
from monitoring import words
from monitoring.alerts.deadline import within
from monitoring.alerts.endpoint import Endpoint

BACKOFF = wait_exponential_jitter(initial=0.5, max=8, jitter=0.5)  # seconds
SIGNATURE = "X-Tenure-Signature-256"
LAST_TRY = 0.9  # of the deadline: a try that begins later has no time to be answered in
TALKATIVE = ("httpx", "httpcore.http11")  # loggers that tell URLs and the answer's headers


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a webhook took a message: `why` not, after how many tries. `to` is masked."""

    to: str
    sent: bool
    why: str | None
    tries: int


@dataclass(frozen=True, slots=True)
class Answer:
    """How one try went. Where it is worth another, `pause_seconds` is the least to wait before it."""

    taken: bool
    said: str
    again: bool = False
    pause_seconds: float = 0.0


def send(body: bytes, endpoint: Endpoint, settings: Webhook, *, backoff: wait_base = BACKOFF) -> Delivery:
    """POST `body`, which is JSON, and say how it was taken: whatever goes wrong is an answer, not an error.

    Tried again after no connection, no answer, 429 and 5xx, while there is time before the deadline, which holds.
    """
    ends = monotonic() + settings.deadline_seconds
    headers = headers_of(body, endpoint.secret)

    def attempt() -> Answer:
        seconds = min(settings.timeout_seconds, ends - monotonic())
        return _answer(lambda: _post(body, endpoint.url, headers, seconds), seconds)

    def pause(state: RetryCallState) -> float:
        return max(backoff(state), _last(state).pause_seconds)

    retrying = Retrying(
        retry=retry_if_result(lambda answer: answer.again),
        wait=pause,
        stop=stop_before_delay(LAST_TRY * settings.deadline_seconds),
        retry_error_callback=_last,
    )
    answer = retrying(attempt)
    tries = int(retrying.statistics["attempt_number"])
    why = None if answer.taken else f"{answer.said} ({words.count(tries, 'try', 'tries')})"
    return Delivery(endpoint.shown, answer.taken, why, tries)


def headers_of(body: bytes, secret: str) -> Mapping[str, str]:
    """The headers of every try alike: the key is the body's hash, the signature its HMAC-SHA256 in hexadecimal."""
    code = hmac.new(os.fsencode(secret), body, hashlib.sha256).hexdigest()
    signed = {SIGNATURE: f"sha256={code}"} if secret else {}
    key = hashlib.sha256(body).hexdigest()
    return {"Content-Type": "application/json", "User-Agent": "tenure", "Idempotency-Key": key, **signed}


def pause_of(retry_after: str, now: datetime) -> float:
    """Seconds that a Retry-After header asks for, as a number or a date; 0 where it is neither (RFC 9110, 10.2.3)."""
    if retry_after.isdecimal():
        return float(retry_after)
    try:
        at = parsedate_to_datetime(retry_after)
    except ValueError:
        return 0.0
    return max(0.0, ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds())


def _answer(post: Callable[[], Answer], seconds: float) -> Answer:
    """What `post` gives within `seconds`; errors in words that hold neither URL nor secret."""
    try:
        return within(seconds, post)
    except (TimeoutError, httpx.TimeoutException):
        return Answer(False, f"no answer within {seconds:.3g} s", again=True)
    except httpx.ConnectError as error:  # it knows of host and port alone
        return Answer(False, f"cannot connect: {error}", again=True)
    except httpx.TransportError as error:
        return Answer(False, f"the connection failed: {type(error).__name__}", again=True)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:  # a proxy's address, certificates
        return Answer(False, f"cannot be asked: {type(error).__name__}")


def _post(body: bytes, url: str, headers: Mapping[str, str], seconds: float) -> Answer:
    """One try. The answer's own body is left unread."""
    with (
        _unlogged(),
        httpx.Client(timeout=seconds) as client,
        client.stream("POST", url, content=body, headers=headers) as response,
    ):
        status = response.status_code
        again = status == httpx.codes.TOO_MANY_REQUESTS or response.is_server_error
        said = f"answered {status}{', and redirects are not followed' * response.is_redirect}"
        pause_seconds = pause_of(response.headers.get("Retry-After", ""), wall_clock())
        return Answer(response.is_success, said, again, pause_seconds)


@contextmanager
def _unlogged() -> Iterator[None]:
    """Keep what this thread asks out of the logs of httpx, which tell the whole URL."""
    here = get_ident()
    loggers = [logging.getLogger(name) for name in TALKATIVE]

    def from_elsewhere(_: logging.LogRecord) -> bool:
        return get_ident() != here

    for logger in loggers:
        logger.addFilter(from_elsewhere)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(from_elsewhere)


def _last(state: RetryCallState) -> Answer:
    if state.outcome is None:
        raise RuntimeError("asked for the answer of a try that was not made")
    answer: Answer = state.outcome.result()
    return answer
