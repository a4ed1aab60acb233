"""The words are true: links lead somewhere, examples parse, every setting and command is documented."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel, TypeAdapter
from typer.main import get_command

from configs.dataset import Dataset
from configs.evidence import EvidenceRules
from configs.loading import parse
from configs.monitoring import Monitoring
from configs.policy import Policy
from configs.profile import Profile
from configs.training import Training
from pipelines.cli import app
from serving.schemas import DecideRequest, EventRequest, OutcomeRequest, ScoreRequest
from training.promotion import Gate

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
README = (ROOT / "README.md").read_text()
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text()
BODIES: dict[str, type[BaseModel]] = {
    "/v1/score": ScoreRequest,
    "/v1/decide": DecideRequest,
    "/v1/outcomes": OutcomeRequest,
    "/v1/events": EventRequest,
}


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text())
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert missing == []


def test_the_readme_fits_in_150_lines() -> None:
    assert README.count("\n") <= 150


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_mappings_and_policies_shown_are_valid(page: Path) -> None:
    for text in blocks(page.read_text(), "yaml"):
        content = yaml.safe_load(text)
        parse(content, Policy if "exploration" in content else Dataset, page.name)


def curls() -> Iterator[tuple[str, str]]:
    for block in blocks(README, "bash"):
        words = shlex.split(block.replace("\\\n", " "))
        for start in (index for index, word in enumerate(words) if word == "curl"):
            path = words[start + 1].removeprefix("localhost:3000")
            if "-d" in words[start:]:
                yield path, words[start:][words[start:].index("-d") + 1]


def test_every_endpoint_has_a_curl_whose_body_fits_its_schema() -> None:
    shown = {path: body for path, body in curls() if path in BODIES}
    assert set(shown) == set(BODIES)
    for path, body in shown.items():
        TypeAdapter(BODIES[path]).validate_json(json.dumps(json.loads(body)))
    assert "localhost:3000/v1/decisions/DECISION_ID" in README


def names(kind: type[BaseModel]) -> Iterator[str]:
    """The settings of a type and of the types within it."""
    for name, field in kind.model_fields.items():
        yield name
        for inner in nested(field.annotation):
            yield from names(inner)


def nested(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from nested(part)


SETTINGS = sorted(
    {
        (kind.__name__, name)
        for kind in (Dataset, Policy, Training, EvidenceRules, Monitoring, Profile)
        for name in names(kind)
    }
    | {("Gate", name) for name in Gate.__dataclass_fields__}
)


@pytest.mark.parametrize(("kind", "name"), SETTINGS)
def test_every_setting_is_documented(kind: str, name: str) -> None:
    assert re.search(rf"`[^`]*\b{name}\b[^`]*`", CONFIGURATION), f"{kind}.{name} is not in docs/configuration.md"


def test_every_command_of_the_readme_exists_and_every_command_has_an_example() -> None:
    commands = get_command(app).commands  # type: ignore[attr-defined]
    shown = set(re.findall(r"^tenure (\w+)", README, re.MULTILINE))
    assert shown <= set(commands)
    assert {name for name, command in commands.items() if f"tenure {name}" not in (command.epilog or "")} == set()


def test_every_make_target_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    named = {target for page in PAGES for target in re.findall(r"`make ([a-z-]+)", page.read_text())}
    assert {target for target in named if not re.search(rf"^{target}:", makefile, re.MULTILINE)} == set()
