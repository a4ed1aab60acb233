from __future__ import annotations

import inspect

import pytest

from configs import errors
from configs.errors import TenureError, abridged

CLASSES = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, TenureError)]


@pytest.mark.parametrize(
    ("name", "code", "exit_code", "http_status"),
    [
        ("TenureError", "error", 2, 400),
        ("ConfigError", "config", 2, 400),
        ("WorkspaceError", "workspace", 2, 400),
        ("DataError", "data", 2, 400),
        ("RequestError", "invalid_request", 2, 422),
        ("NotFound", "not_found", 2, 404),
        ("Conflict", "conflict", 2, 409),
        ("TooLarge", "too_large", 2, 413),
        ("StoreUnavailable", "store_unavailable", 3, 503),
        ("CheckFailed", "check_failed", 1, 409),
    ],
)
def test_what_each_error_means_outside(name: str, code: str, exit_code: int, http_status: int) -> None:
    kind = getattr(errors, name)
    assert (kind.code, kind.exit_code, kind.http_status) == (code, exit_code, http_status)


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    drawn = {line.split()[0] for line in (TenureError.__doc__ or "").splitlines() if line.strip() and line[0] == " "}
    assert drawn == {kind.__name__ for kind in CLASSES}


def test_details_follow_the_message() -> None:
    assert str(TenureError("two wrong", details=["a: x", "b: y"])) == "two wrong\n  - a: x\n  - b: y"
    assert TenureError("alone").details == ()


@pytest.mark.parametrize(
    ("given", "shown"), [(3, "3"), ("x" * 58, f"'{'x' * 58}'"), ("x" * 59, f"'{'x' * 56}..."), (None, "None")]
)
def test_what_was_given_is_shown_in_sixty_characters(given: object, shown: str) -> None:
    assert abridged(given) == shown
