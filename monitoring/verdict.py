"""From what every room found to a verdict in one line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from monitoring import words
from monitoring.site.elements import LEVELS, Finding


@dataclass(frozen=True, slots=True)
class Verdict:
    """Findings, gravest first. `ok` is false when any of them needs action: exit code 1."""

    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing needs action."""
        return not any(finding.level == "act" for finding in self.findings)

    @property
    def headline(self) -> str:
        """The whole report in one line."""
        found = {level: sum(finding.level == level for finding in self.findings) for level in LEVELS}
        acting = f"{words.count(found['act'], 'thing needs', 'things need')} action" if found["act"] else ""
        watching = f"{words.count(found['watch'], 'thing')} to watch" if found["watch"] else ""
        waiting = f"{words.count(found['wait'], 'check')} waiting for data" if found["wait"] else ""
        if not (acting or watching or waiting):
            return "All is well"
        return "; ".join(filter(None, (acting or "Nothing needs action", watching, waiting)))


def conclude(findings: Iterable[Finding]) -> Verdict:
    """The findings of all rooms, gravest first, else in the order given."""
    return Verdict(tuple(sorted(findings, key=lambda finding: LEVELS.index(finding.level))))
