"""The errors Tenure raises on purpose, with the exit code and HTTP status each one means."""

from __future__ import annotations

from collections.abc import Sequence

LONGEST_GIVEN = 60


class TenureError(Exception):
    """Base of every error that a person or an application is meant to read.

    TenureError
      ConfigError         a YAML file or setting breaks its type; all problems of one file at once
      WorkspaceError      the workspace is missing, of another version, or busy
      DataError           records or labels cannot support what was asked
      RequestError        a request breaks its schema
        NotFound          no such decision or customer
        Conflict          the same key came with another body
        TooLarge          the body or the list is over the limit
      StoreUnavailable    the feature store, the registry or the ledger does not answer
      CheckFailed         a gate or a drift check said no
    """

    code = "error"
    exit_code = 2
    http_status = 400

    def __init__(self, message: str, *, details: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.details = tuple(details)

    def __str__(self) -> str:
        return "\n  - ".join((self.message, *self.details))


class ConfigError(TenureError):
    """A YAML file or setting breaks its type."""

    code = "config"


class WorkspaceError(TenureError):
    """The workspace is missing, of another version, or busy."""

    code = "workspace"


class DataError(TenureError):
    """Records or labels cannot support what was asked."""

    code = "data"


class RequestError(TenureError):
    """A request breaks its schema."""

    code = "invalid_request"
    http_status = 422


class NotFound(RequestError):
    """No such decision or customer."""

    code = "not_found"
    http_status = 404


class Conflict(RequestError):
    """The same key came with another body."""

    code = "conflict"
    http_status = 409


class TooLarge(RequestError):
    """The body or the list is over the limit."""

    code = "too_large"
    http_status = 413


class StoreUnavailable(TenureError):
    """The feature store, the registry or the ledger does not answer."""

    code = "store_unavailable"
    exit_code = 3
    http_status = 503


class CheckFailed(TenureError):
    """A gate or a drift check said no."""

    code = "check_failed"
    exit_code = 1
    http_status = 409


def abridged(given: object) -> str:
    """What was given as a message shows it: at most 60 characters.

    >>> abridged("customer.age >= 18.0")
    "'customer.age >= 18.0'"
    """
    shown = repr(given)
    return shown if len(shown) <= LONGEST_GIVEN else f"{shown[: LONGEST_GIVEN - 3]}..."
