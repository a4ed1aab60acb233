"""Logs: an exception by type and place, never by what it says."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest

from serving.logs import keep_personal_data_out, where

NAME = "tests.serving.logs"


@pytest.fixture
def output() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logger = logging.getLogger(NAME)
    logger.addHandler(handler)
    keep_personal_data_out([NAME])
    yield stream
    logger.removeHandler(handler)


def test_a_traceback_becomes_type_and_place(output: io.StringIO) -> None:
    try:
        int("anna@example.com")
    except ValueError:
        logging.getLogger(NAME).exception("Exception in %s", "ASGI application\n")
    said = output.getvalue()
    assert said.startswith("Exception in ASGI application: ValueError at test_logs.py:")
    assert said.endswith("in test_a_traceback_becomes_type_and_place\n")
    assert "anna" not in said


def test_a_record_without_an_exception_is_left_alone(output: io.StringIO) -> None:
    logging.getLogger(NAME).error("%s is now version %d", "tenure-churn", 2)
    assert output.getvalue() == "tenure-churn is now version 2\n"


def test_an_exception_never_raised_has_no_place() -> None:
    assert where(ValueError("x")) == "an unknown place"
