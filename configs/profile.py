"""Where the stores are: embedded files by default, servers by configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from configs.errors import ConfigError
from configs.loading import Frozen, load

FOLDER = Path(__file__).parent / "profiles"
ENVIRONMENT = "TENURE_PROFILE"


class OnlineStore(Frozen):
    """Feast's online store. `settings` go to Feast as they are, e.g. `connection_string` for redis."""

    type: Literal["sqlite", "redis", "postgres"] = "sqlite"
    settings: dict[str, str | int | bool] = Field(default_factory=dict)


class Profile(Frozen):
    """Stores by name; absent means the embedded default inside the workspace."""

    online_store: OnlineStore = OnlineStore()


def load_profile(name: str) -> Profile:
    """The profile `configs/profiles/NAME.yaml`, or a path to one. Raises ConfigError naming those that exist."""
    path = Path(name) if name.endswith((".yaml", ".yml")) else FOLDER / f"{name}.yaml"
    if not path.exists():
        known = ", ".join(sorted(file.stem for file in FOLDER.glob("*.yaml")))
        raise ConfigError(f"profile {name!r}: no such file; there are {known}")
    return load(path, Profile)
