"""Follows the registry: a new champion is loaded in the background and swapped in between two requests."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import Protocol, TypeVar

from configs.errors import TenureError
from serving.models import Champions, ChurnModel, EffectsModel, Model, Models, Named

CHURN, VALUE, RESPONSE, EFFECTS = "tenure-churn", "tenure-value", "tenure-response", "tenure-effects"
POLL_SECONDS = 5.0

Held = TypeVar("Held", bound=Named)
Loaded = TypeVar("Loaded", bound=Named)
logger = logging.getLogger(__name__)


class Registry(Protocol):
    """What serving needs of a model registry."""

    def champion(self, name: str) -> str | None:
        """The version under the alias `champion` of a registered model, None for none. Raises StoreUnavailable."""
        ...

    def artefact(self, name: str, version: str) -> Path:
        """The directory of a version's artefact on this machine. Raises StoreUnavailable."""
        ...


class Follower:
    """Keeps `models` at the champions of `registry`; loaders read (name, version, directory) and raise TenureError.

    `value_rule` stands in for the value model where value is a rule and no model is to be followed.
    """

    def __init__(
        self,
        registry: Registry,
        load: Callable[[str, str, Path], ChurnModel],
        models: Models,
        value_rule: Model | None = None,
        *,
        load_effects: Callable[[str, str, Path], EffectsModel],
    ) -> None:
        self._registry = registry
        self._value_rule = value_rule
        self._load = load
        self._load_effects = load_effects
        self._models = models
        self._stopped = Event()
        self._complaints: dict[str, str] = {}

    def poll(self) -> None:
        """Look once: an alias moved swaps the model, an alias taken away takes it away, a failure keeps it."""
        held = self._models.current
        effects = self._follow(EFFECTS, held.effects, self._load_effects)
        self._models.current = Champions(
            churn=self._follow(CHURN, held.churn, self._load),
            value=self._value_rule or self._follow(VALUE, held.value, self._load),
            response=self._follow(RESPONSE, held.response, self._load),
            effects=effects,
            effects_away=effects is None and EFFECTS in self._complaints,
        )

    def start(self, every_seconds: float = POLL_SECONDS) -> None:
        """Poll in a thread from now on, until `stop` or the end of the process."""
        Thread(target=self._run, args=(every_seconds,), name="registry", daemon=True).start()

    def stop(self) -> None:
        """End the polling."""
        self._stopped.set()

    def _run(self, every_seconds: float) -> None:
        while not self._stopped.wait(every_seconds):
            self.poll()

    def _follow(self, name: str, held: Held | None, load: Callable[[str, str, Path], Loaded]) -> Held | Loaded | None:
        try:
            version = self._registry.champion(name)
            if version is None or (held and held.version == version):
                self._complaints.pop(name, None)
                return held if version else None
            model = load(name, version, self._registry.artefact(name, version))
        except TenureError as error:
            self._complain(name, str(error))
            return held
        logger.warning("%s is now version %s", name, version)
        self._complaints.pop(name, None)
        return model

    def _complain(self, name: str, message: str) -> None:
        if self._complaints.get(name) != message:  # once, not every five seconds
            logger.error("%s stays as it is: %s", name, message)
        self._complaints[name] = message
