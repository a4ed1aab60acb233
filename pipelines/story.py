"""A demo told in steps: each with a number, a title, what came of it, and the seconds it took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from pipelines.console import Bar, Speaker


class Story:
    """Steps with their times."""

    def __init__(self, say: Speaker) -> None:
        self.say = say
        self.number = 0
        self._started = time.monotonic()

    def seconds(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._started

    def tell(self, text: str) -> None:
        """A line, indented under its step."""
        self.say.say(f"   {text}" if self.number else text)

    @contextmanager
    def step(self, title: str) -> Iterator[Bar]:
        """A numbered step whose time is printed when it ends."""
        self.number += 1
        begun = time.monotonic()
        self.say.say(f"\n[bold]{self.number}. {title}[/bold]")
        with self.say.progress() as bar:
            yield bar
        self.say.say(f"   [dim]{time.monotonic() - begun:.1f} s[/dim]")
