"""What goes to stdout: whole lines, or one document."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from rich.markup import escape

from pipelines.console import PIPE_WIDTH, Speaker, speaker, to_json

LONG = "word " * 100


def speaking(*, as_json: bool) -> tuple[Speaker, StringIO, StringIO]:
    out, err = StringIO(), StringIO()
    return Speaker(as_json, Console(file=out, width=PIPE_WIDTH), Console(file=err)), out, err


def test_people_get_lines_that_are_not_broken() -> None:
    say, out, _ = speaking(as_json=False)
    say.say(LONG)
    say.say(escape("must be one of [email, sms]"))
    say.document({"a": 1})
    assert out.getvalue().splitlines() == [LONG, "must be one of [email, sms]"]


def test_a_narrow_pipe_does_not_fold_words() -> None:
    out = StringIO()
    Speaker(False, Console(file=out, width=40), Console(file=StringIO())).say("antidisestablishmentarianism " * 4)
    assert out.getvalue().count("\n") == 1


def test_programs_get_one_document_and_nothing_else() -> None:
    say, out, err = speaking(as_json=True)
    say.say(LONG)
    say.table(("a",), [(1,)])
    with say.progress() as bar:
        bar.at("working", 1, 2)
    say.document({"text": "[bold]as it is[/bold] :smile: " + LONG})
    assert json.loads(out.getvalue()) == {"text": "[bold]as it is[/bold] :smile: " + LONG}
    assert err.getvalue() == ""


def test_progress_is_silent_where_nobody_looks(capfd: pytest.CaptureFixture[str]) -> None:
    with speaker(False).progress() as bar:
        bar.at("working", 1, 2)
        bar.at("logging", 0, 0)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (datetime(2023, 1, 2, 3, tzinfo=UTC), "2023-01-02T03:00:00Z"),
        (Path("/a/b"), "/a/b"),
        (float("nan"), None),
        (float("inf"), None),
        (np.float64(0.5), 0.5),
        (("a", None, True), ["a", None, True]),
        ({"n": {1: "one"}}, {"n": {"1": "one"}}),
        ("ünïcode", "ünïcode"),
    ],
)
def test_values_become_json_types(value: object, expected: object) -> None:
    assert json.loads(to_json({"v": value})) == {"v": expected}


def test_what_json_cannot_say_is_a_mistake_of_ours() -> None:
    with pytest.raises(TypeError, match="set has no place in a JSON document"):
        to_json({1})


def test_tables_show_absent_values_and_put_numbers_right() -> None:
    say, out, _ = speaking(as_json=False)
    say.table(("name", "rows", "share"), [("a", 12_345, 0.123456), ("longer name", None, 2500.0)])
    lines = out.getvalue().splitlines()
    assert [line.rstrip() for line in lines] == [
        "name           rows   share",
        "a            12,345  0.1235",
        "longer name       -   2,500",
    ]
