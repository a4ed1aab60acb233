from __future__ import annotations

import pytest

from pipelines.console import speaker
from pipelines.story import Story


def test_steps_are_numbered_and_what_is_told_stands_under_them(capsys: pytest.CaptureFixture[str]) -> None:
    story = Story(speaker(False))
    story.tell("Before")
    with story.step("First"):
        pass
    story.tell("what came of it")
    with story.step("Second"):
        pass
    lines = [line for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert [lines[0], lines[1], lines[3], lines[4]] == ["Before", "1. First", "   what came of it", "2. Second"]
    assert lines[2].strip().endswith(" s")
    assert story.number == 2
    assert story.seconds() >= 0
