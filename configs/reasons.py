"""How reasons are worded: the types of `configs/reasons.yaml`."""

from __future__ import annotations

from pathlib import Path
from string import Formatter

from pydantic import field_validator

from configs.loading import Frozen

DEFAULT = Path(__file__).with_suffix(".yaml")
FIELDS = {"feature", "value"}


class Phrases(Frozen):
    """A sentence for a feature that raises the probability and one for a feature that lowers it."""

    up: str
    down: str

    @field_validator("up", "down")
    @classmethod
    def _known_fields(cls, sentence: str) -> str:
        unknown = {field for _, field, _, _ in Formatter().parse(sentence) if field is not None} - FIELDS
        if unknown:
            raise ValueError(f"{{{min(unknown)}}} is unknown; {{feature}} and {{value}} are allowed")
        return sentence


class Phrasebook(Frozen):
    """Phrases by feature glob, per model; the first glob that matches speaks, so the general ones stand last.

    Null says nothing.
    """

    churn: dict[str, Phrases | None]
    response: dict[str, Phrases | None]
