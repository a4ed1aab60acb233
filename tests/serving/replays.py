"""A runtime that makes its stored decisions again, from fakes that are loaded by name and version."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from configs import reasons
from configs.errors import StoreUnavailable
from configs.loading import load
from configs.reasons import Phrasebook
from serving.archive import Archive
from serving.replay import Loaders, Replayer
from tests.serving.fakes import FakeEffects, FakeModel, World


@dataclass
class FakeVersions:
    """Every version of every model there ever was, until it is gone."""

    held: dict[tuple[str, str], FakeModel | FakeEffects] = field(default_factory=dict)

    def keep(self, world: World) -> None:
        for model in (world.churn, world.value, world.response, world.effects):
            if model is not None:
                self.held[model.name, model.version] = model

    def champion(self, name: str) -> str | None:
        return max((version for held, version in self.held if held == name), default=None)

    def artefact(self, name: str, version: str) -> Path:
        if (name, version) not in self.held:
            raise StoreUnavailable(f"the artefact of {name} version {version} cannot be read")
        return Path(name) / version

    def load(self, name: str, version: str, directory: Path) -> FakeModel:
        found = self.held[name, version]
        assert isinstance(found, FakeModel)
        return replace(found, away=False)

    def load_effects(self, name: str, version: str, directory: Path) -> FakeEffects:
        found = self.held[name, version]
        assert isinstance(found, FakeEffects)
        return replace(found, away=False)


def replayer(world: World, versions: FakeVersions) -> Replayer:
    loaders = Loaders(versions, versions.load, versions.load_effects, None)
    return Replayer(Archive(world.ledger.engine), loaders, load(reasons.DEFAULT, Phrasebook))
