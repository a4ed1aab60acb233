"""YAML into frozen, strict types: all problems of one file are reported at once."""

from __future__ import annotations

import os
from collections.abc import Hashable, Mapping
from pathlib import Path
from string import Template
from typing import TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from yaml.constructor import ConstructorError

from configs.errors import ConfigError, abridged


class Frozen(BaseModel):
    """Base of every configuration type: immutable, strict, no unknown key."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class UniqueKeys(yaml.SafeLoader):
    """Refuses a key given twice, of which YAML would keep the last in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, object]:
        """As YAML does. Raises ConstructorError for a repeated key."""
        seen: set[str] = set()
        for key, _ in node.value:
            if str(key.value) in seen:
                raise ConstructorError(None, None, f"key {key.value!r} is given twice", key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


Settings = TypeVar("Settings", bound=Frozen)


def load(path: Path, kind: type[Settings]) -> Settings:
    """The settings in a YAML file. Raises ConfigError naming file, field and rule for every problem."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 text") from error
    try:
        content = yaml.load(text, UniqueKeys)  # noqa: S506 a safe loader
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not valid YAML: {error}") from error
    return parse(content if content is not None else {}, kind, str(path))


def parse(content: object, kind: type[Settings], where: str) -> Settings:
    """`content` as `kind`. Raises ConfigError with one line per problem, each beginning with the field's path."""
    try:
        return kind.model_validate(content, strict=False)
    except ValidationError as error:
        details = [f"{_field(problem['loc'])}: {problem['msg']}{_given(problem)}" for problem in error.errors()]
        raise ConfigError(f"{where}: {len(details)} problem{'s' * (len(details) > 1)}", details=details) from error


def dump(settings: Frozen, path: Path) -> None:
    """Write settings as YAML that `load` reads back equal."""
    text = yaml.safe_dump(settings.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
    path.write_text(text, encoding="utf-8")


def expand(text: str, environment: Mapping[str, str] = os.environ) -> str:
    """`text` with `${NAME}` replaced from the environment. Raises ConfigError naming the variable that is not set."""
    try:
        return Template(text).substitute(environment)
    except KeyError as error:
        raise ConfigError(f"{text}: environment variable {error.args[0]} is not set") from error
    except ValueError as error:
        raise ConfigError(f"{text}: a $ must be written as ${{NAME}} or $$") from error


def _field(location: tuple[str | int, ...]) -> str:
    return ".".join(str(part) for part in location) or "(top level)"


def _given(problem: Mapping[str, object]) -> str:
    if problem["type"] in {"missing", "extra_forbidden"}:
        return ""
    return f" (given {abridged(problem['input'])})"
