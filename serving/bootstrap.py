"""The one place where ports meet what stands behind them: a workspace's stores, models and clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from pathlib import Path
from uuid import uuid4

from configs import profile, reasons
from configs.clock import clock_of, wall_clock
from configs.dataset import Dataset
from configs.loading import load
from configs.policy import Policy
from configs.reasons import Phrasebook
from configs.workspace import ENVIRONMENT, Workspace
from features.events import problems
from features.ingest import RECORDS
from features.refresh import Refresher
from features.store import Store
from serving.archive import Archive
from serving.catalogue import catalogue_of
from serving.effects import load_effects
from serving.ledger import Ledger, ledger_url, open_ledger
from serving.mlflow_registry import MlflowRegistry
from serving.model import load_model
from serving.models import Champions, ChurnModel, EffectsModel, Model, Models
from serving.price import price_model
from serving.prices import PriceFollower
from serving.registry import Follower
from serving.replay import Loaders, Replayer
from serving.runtime import Runtime

FACTORY = "TENURE_RUNTIME"  # "module:function", for a runtime of other parts; tests and benchmarks use it


def build(environment: Mapping[str, str]) -> Runtime:
    """The runtime that `environment` names: of a factory, or of the workspace. Raises TenureError."""
    if factory := environment.get(FACTORY):
        module, _, function = factory.partition(":")
        made: Callable[[], Runtime] = getattr(import_module(module), function)
        return made()
    return of_workspace(Workspace(Path(environment.get(ENVIRONMENT, "workspace"))), environment)


def of_workspace(workspace: Workspace, environment: Mapping[str, str]) -> Runtime:
    """The runtime of a workspace, whose registry is followed from now on. Raises TenureError where it cannot serve."""
    workspace.check()
    dataset = load(workspace.dataset, Dataset)
    clock = clock_of(dataset, environment)
    store = Store(workspace, dataset, profile.load_profile(environment.get(profile.ENVIRONMENT, "local")))
    ledger = Ledger(open_ledger(ledger_url(workspace)))
    policy = load(workspace.policy, Policy)
    archive = Archive(ledger.engine)
    prices = PriceFollower(archive, policy)
    prices.poll()
    prices.start()
    phrases = load(reasons.DEFAULT, Phrasebook)
    return Runtime(
        features=store.online(),
        models=_models(workspace, price_model(dataset)),
        catalogue=catalogue_of(policy, workspace.tables / "offers" / RECORDS),
        policy=policy,
        ledger=ledger,
        phrases=phrases,
        clock=clock,
        wall=wall_clock,
        new_id=lambda: uuid4().hex,
        check_row=partial(problems, dataset),
        refresh=Refresher(workspace, dataset, store, ledger.events_of, clock),
        prices=prices,
        campaigns=workspace.campaigns,
        again=replayer(workspace, dataset, archive, phrases).again,
    )


def replayer(workspace: Workspace, dataset: Dataset, archive: Archive, phrases: Phrasebook) -> Replayer:
    """What makes a workspace's stored decisions again; models are read when a decision asks for them."""
    loaders = Loaders(MlflowRegistry(workspace.mlflow), _load_model, _load_effects, price_model(dataset))
    return Replayer(archive, loaders, phrases)


def _models(workspace: Workspace, value_rule: Model | None) -> Models:
    """The champions, loaded once here and followed from now on."""
    models = Models(Champions())
    registry = MlflowRegistry(workspace.mlflow)
    follower = Follower(registry, _load_model, models, value_rule, load_effects=_load_effects)
    follower.poll()
    follower.start()
    return models


def _load_model(name: str, version: str, directory: Path) -> ChurnModel:
    return load_model(directory, name=name, version=version)


def _load_effects(name: str, version: str, directory: Path) -> EffectsModel:
    return load_effects(directory, name=name, version=version)
