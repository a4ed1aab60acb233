from __future__ import annotations

from pathlib import Path

import pytest

from configs.errors import ConfigError
from configs.profile import load_profile


def test_the_default_is_one_machine() -> None:
    assert (load_profile("local").online_store.type, load_profile("local").online_store.settings) == ("sqlite", {})


def test_a_profile_may_be_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("online_store: {type: redis, settings: {connection_string: 'localhost:6379'}}\n")
    assert load_profile(str(path)).online_store.settings == {"connection_string": "localhost:6379"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("online_store: {type: cassandra}", "online_store.type: Input should be 'sqlite', 'redis' or 'postgres'"),
        ("offline_store: {}", "offline_store: Extra inputs are not permitted"),
    ],
)
def test_a_wrong_profile_is_refused(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(content)
    with pytest.raises(ConfigError, match=message):
        load_profile(str(path))


def test_an_unknown_profile_names_those_there_are() -> None:
    with pytest.raises(ConfigError, match=r"profile 'cloud': no such file; there are .*local"):
        load_profile("cloud")
