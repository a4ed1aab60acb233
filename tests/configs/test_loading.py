from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import Field

from configs.errors import ConfigError
from configs.loading import Frozen, dump, expand, load, parse


class Inner(Frozen):
    share: float = Field(0.5, ge=0, le=1)


class Settings(Frozen):
    name: str
    days: int = 7
    at: datetime | None = None
    inner: Inner = Inner()
    parts: tuple[str, ...] = ()


def test_what_is_dumped_is_loaded_equal(tmp_path: Path) -> None:
    given = Settings(name="Größe", at=datetime(2020, 1, 1, tzinfo=UTC), inner=Inner(share=0.25), parts=("a", "b"))
    dump(given, tmp_path / "settings.yaml")
    assert load(tmp_path / "settings.yaml", Settings) == given


def test_every_problem_is_reported_at_once_with_file_field_and_rule(tmp_path: Path) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text("nmae: x\ndays: many\ninner: {share: 2, extra: 1}\n")
    with pytest.raises(ConfigError) as caught:
        load(path, Settings)
    assert str(caught.value).splitlines() == [
        f"{path}: 5 problems",
        "  - name: Field required",
        "  - days: Input should be a valid integer, unable to parse string as an integer (given 'many')",
        "  - inner.share: Input should be less than or equal to 1 (given 2)",
        "  - inner.extra: Extra inputs are not permitted",
        "  - nmae: Extra inputs are not permitted",
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"name: [", "settings.yaml: not valid YAML"),
        (b"name: a\nname: b\n", "key 'name' is given twice"),
        (b"inner: {share: 0.1, share: 0.2}\nname: a\n", "key 'share' is given twice"),
        (b"name: \xff\xfe\n", "settings.yaml: not UTF-8 text"),
        (b"", "settings.yaml: 1 problem\n  - name: Field required"),
        (b"- a\n- b\n", r"\(top level\): Input should be a valid dictionary"),
    ],
)
def test_a_file_that_cannot_be_settings(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "settings.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=message):
        load(path, Settings)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent.yaml: cannot be read: No such file"):
        load(tmp_path / "absent.yaml", Settings)


def test_a_long_value_is_shown_shortened() -> None:
    with pytest.raises(ConfigError) as caught:
        parse({"name": ["x" * 100]}, Settings, "here")
    assert caught.value.details[0].endswith(f"(given ['{'x' * 55}...)")


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings(name="a").name = "b"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "filled"), [("${A}/x.csv", "1/x.csv"), ("$A", "1"), ("a$$b", "a$b"), ("plain", "plain")]
)
def test_variables_are_filled_in(text: str, filled: str) -> None:
    assert expand(text, {"A": "1"}) == filled


@pytest.mark.parametrize(
    ("text", "message"),
    [("${B}/x", r"\$\{B\}/x: environment variable B is not set"), ("a$", r"must be written as \$\{NAME\} or \$\$")],
)
def test_variables_that_cannot_be_filled_in(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        expand(text, {"A": "1"})
