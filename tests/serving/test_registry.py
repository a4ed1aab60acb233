"""Following the registry: what moves is swapped in, what fails is kept."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import pytest

from configs.errors import StoreUnavailable
from serving.models import Champions, Models
from serving.registry import CHURN, EFFECTS, RESPONSE, VALUE, Follower
from tests.serving.fakes import FakeEffects, FakeModel


@dataclass
class FakeRegistry:
    """Aliases by name; `away` makes it fail, `asked` is set at each question."""

    champions: dict[str, str] = field(default_factory=dict)
    away: bool = False
    asked: Event = field(default_factory=Event)

    def champion(self, name: str) -> str | None:
        self.asked.set()
        if self.away:
            raise StoreUnavailable("the model registry does not answer")
        return self.champions.get(name)

    def artefact(self, name: str, version: str) -> Path:
        return Path(name, version)


@dataclass
class Loader:
    """Loads anything but the versions that are broken."""

    broken: set[str] = field(default_factory=set)
    loaded: list[Path] = field(default_factory=list)

    def __call__(self, name: str, version: str, directory: Path) -> FakeModel:
        if version in self.broken:
            raise StoreUnavailable(f"{directory}: a booster cannot be read")
        self.loaded.append(directory)
        return FakeModel(name, 0.5, version)

    def effects(self, name: str, version: str, directory: Path) -> FakeEffects:
        self(name, version, directory)
        return FakeEffects(name=name, version=version)


def versions(models: Models) -> list[tuple[str, str]]:
    return [(model.name, model.version) for model in models.current.present]


def follow(registry: FakeRegistry, loader: Loader) -> tuple[Follower, Models]:
    models = Models(Champions())
    follower = Follower(registry, loader, models, load_effects=loader.effects)
    follower.poll()
    return follower, models


def test_every_champion_is_loaded_once() -> None:
    registry, loader = FakeRegistry({CHURN: "1", VALUE: "4", RESPONSE: "2", EFFECTS: "3"}), Loader()
    follower, models = follow(registry, loader)
    follower.poll()
    assert versions(models) == [(CHURN, "1"), (VALUE, "4"), (RESPONSE, "2"), (EFFECTS, "3")]
    assert isinstance(models.current.effects, FakeEffects)
    assert sorted(loader.loaded) == [Path(CHURN, "1"), Path(EFFECTS, "3"), Path(RESPONSE, "2"), Path(VALUE, "4")]


def test_a_moved_alias_swaps_one_model_and_leaves_requests_theirs() -> None:
    registry = FakeRegistry({CHURN: "1", VALUE: "1"})
    follower, models = follow(registry, Loader())
    taken = models.current
    registry.champions[CHURN] = "2"
    follower.poll()
    assert versions(models) == [(CHURN, "2"), (VALUE, "1")]
    assert models.current.value is taken.value
    assert taken.churn is not None
    assert taken.churn.version == "1"


def test_an_alias_taken_away_takes_the_model_away() -> None:
    registry = FakeRegistry({CHURN: "1"})
    follower, models = follow(registry, Loader())
    registry.champions.clear()
    follower.poll()
    assert versions(models) == []


def test_a_champion_that_does_not_load_keeps_the_one_in_use_and_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    registry, loader = FakeRegistry({CHURN: "1", VALUE: "1"}), Loader(broken={"2"})
    follower, models = follow(registry, loader)
    registry.champions = {CHURN: "2", VALUE: "3"}
    with caplog.at_level(logging.ERROR):
        follower.poll()
        follower.poll()
    assert versions(models) == [(CHURN, "1"), (VALUE, "3")]
    said = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert said == [f"{CHURN} stays as it is: {CHURN}/2: a booster cannot be read"]


def test_a_mended_champion_is_loaded() -> None:
    registry, loader = FakeRegistry({CHURN: "2"}), Loader(broken={"2"})
    follower, models = follow(registry, loader)
    loader.broken.clear()
    follower.poll()
    assert versions(models) == [(CHURN, "2")]


def test_a_registry_away_keeps_everything() -> None:
    registry = FakeRegistry({CHURN: "1", RESPONSE: "1"})
    follower, models = follow(registry, Loader())
    registry.away = True
    follower.poll()
    assert versions(models) == [(CHURN, "1"), (RESPONSE, "1")]


def test_it_polls_on_its_own_until_stopped() -> None:
    registry = FakeRegistry()
    follower, _ = follow(registry, Loader())
    registry.asked.clear()
    follower.start(every_seconds=0.01)
    assert registry.asked.wait(5)
    follower.stop()


def test_a_rule_stands_in_for_the_value_model_and_is_not_followed() -> None:
    registry, models = FakeRegistry({VALUE: "1"}), Models(Champions())
    rule = FakeModel("subscription-price", 30.0, "rule")
    Follower(registry, Loader(), models, rule, load_effects=Loader().effects).poll()
    assert versions(models) == [("subscription-price", "rule")]


def test_damaged_effects_are_away_and_those_in_use_are_kept() -> None:
    registry, loader = FakeRegistry({EFFECTS: "2"}), Loader(broken={"2"})
    follower, models = follow(registry, loader)
    assert (models.current.effects, models.current.effects_away) == (None, True)
    registry.champions[EFFECTS] = "1"
    follower.poll()
    assert (versions(models), models.current.effects_away) == ([(EFFECTS, "1")], False)
    registry.champions[EFFECTS] = "2"
    follower.poll()
    assert (versions(models), models.current.effects_away) == ([(EFFECTS, "1")], False)


def test_effects_that_nobody_promoted_are_not_away() -> None:
    registry, loader = FakeRegistry({EFFECTS: "2"}), Loader(broken={"2"})
    follower, models = follow(registry, loader)
    registry.champions.clear()
    follower.poll()
    assert (models.current.effects, models.current.effects_away) == (None, False)


def test_a_second_outage_is_said_again(caplog: pytest.LogCaptureFixture) -> None:
    registry = FakeRegistry({CHURN: "1"})
    follower, _ = follow(registry, Loader())
    with caplog.at_level(logging.ERROR):
        for away in (True, True, False, True):
            registry.away = away
            follower.poll()
    errors = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    said = [message for message in errors if CHURN in message]
    assert said == [f"{CHURN} stays as it is: the model registry does not answer"] * 2
