"""JSON in, JSON out: bodies of a bounded size into strict requests, and every error in one shape."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import TypeVar

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException

from configs.errors import RequestError, TenureError, TooLarge
from serving.answers import Answer, ErrorAnswer, Problem, to_json
from serving.logs import where
from serving.schemas import Ask

MAX_BODY_BYTES = 1_000_000
MAX_DETAILS = 20
UNION_MEMBERS = {
    "bool",
    "int",
    "float",
    "constrained-str",
    "list[constrained-str]",
}  # as pydantic names them in a location
RETRY_AFTER_SECONDS = 1

Asked = TypeVar("Asked", bound=Ask)
logger = logging.getLogger(__name__)


class Malformed(RequestError):
    """The body is not JSON."""

    code = "malformed_json"
    http_status = 400


class UnsupportedMediaType(RequestError):
    """The body does not say that it is JSON."""

    code = "unsupported_media_type"
    http_status = 415


async def parse(request: Request, kind: type[Asked]) -> Asked:
    """The body of `request` as `kind`.

    Raises UnsupportedMediaType, TooLarge, Malformed, or RequestError with one line per problem, each beginning with the
    field's path. What was given is not repeated, since it may be personal.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise UnsupportedMediaType(f"Content-Type is {media_type or 'absent'}; application/json is allowed")
    body = await _read(request)
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        raise _refusal(error.errors(include_url=False, include_context=False, include_input=False)) from None


def respond(answer: Answer | bytes, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer, or one that is JSON already, as a response."""
    content = answer if isinstance(answer, bytes) else to_json(answer)
    return Response(content, status, headers, media_type="application/json")


def give_errors_one_shape(app: FastAPI) -> None:
    """Answer every error of `app` as `{"error": {"code", "message", "details"}}`."""
    for kind in (TenureError, HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(kind, _answer)


def problem(status: int, code: str, message: str, details: Sequence[str] = ()) -> Response:
    """An error response in the one shape."""
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} if status == HTTPStatus.SERVICE_UNAVAILABLE else None
    return respond(ErrorAnswer(Problem(code, message, tuple(details))), status=status, headers=headers)


async def _read(request: Request) -> bytes:
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > MAX_BODY_BYTES:
        raise TooLarge(f"the body has {declared} bytes; at most {MAX_BODY_BYTES} are allowed")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise TooLarge(f"the body has more than {MAX_BODY_BYTES} bytes, which is all that is allowed")
    return bytes(body)


def _refusal(problems: Sequence[ErrorDetails]) -> RequestError:
    if problems[0]["type"] == "json_invalid":
        return Malformed(f"the body is not JSON: {problems[0]['msg'].removeprefix('Invalid JSON: ')}")
    kind = TooLarge if any(found["type"] == "too_long" for found in problems) else RequestError
    lines = _lines(problems)
    more = [f"and {len(lines) - MAX_DETAILS} more"] if len(lines) > MAX_DETAILS else []
    return kind(f"the request has {len(lines)} problem{'s' * (len(lines) > 1)}", details=lines[:MAX_DETAILS] + more)


def _lines(problems: Sequence[ErrorDetails]) -> list[str]:
    """One line per field: where several types are allowed, pydantic complains once for each."""
    messages: dict[str, list[str]] = {}
    for found in problems:
        place = found["loc"][:-1] if found["loc"] and found["loc"][-1] in UNION_MEMBERS else found["loc"]
        complaint = found["msg"].removeprefix("Value error, ")
        messages.setdefault(".".join(map(str, place)) or "body", []).append(complaint)
    return [f"{place}: {', or: '.join(dict.fromkeys(said))}" for place, said in messages.items()]


async def _answer(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException):
        return _no_such_route(request, error)
    if isinstance(error, RequestValidationError):  # of a header: bodies are parsed by `parse`
        error = _refusal(error.errors())
    if isinstance(error, TenureError):
        return problem(error.http_status, error.code, error.message, error.details)
    logger.error("unexpected %s at %s", type(error).__name__, where(error))
    return problem(500, "internal", "an unexpected error; the service's log names the place")


def _no_such_route(request: Request, error: HTTPException) -> Response:
    status = HTTPStatus(error.status_code)
    allowed = (error.headers or {}).get("Allow")
    message = f"{request.method} {request.url.path}: {error.detail}" + (f"; allowed: {allowed}" if allowed else "")
    response = problem(status, status.name.lower(), message)
    response.headers.update(error.headers or {})
    return response
