"""Everybody before every action: what the models say and the stages let pass, from feature tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from configs.errors import DataError
from decisioning.arbitration import Evidence
from decisioning.audience import ARMS, Audience
from decisioning.menu import Menu
from decisioning.offers import Offer
from decisioning.policy import DoNotDisturb
from features.vectors import FeatureVector, Value
from serving.catalogue import Catalogue
from serving.effects import EffectModel
from serving.model import TrainedModel
from serving.models import Interval, Named
from serving.pairs import pairs
from serving.stages import Contacts, possible, preferences

Numbers = NDArray[np.float32]
Vector = NDArray[np.float64]
Flags = NDArray[np.bool_]
TARGETS = ("retention", "margin")


class TableModel(Named, Protocol):
    """A model, or a rule, that predicts whole tables."""

    def predict_table(self, table: pa.Table) -> NDArray[np.float64]:
        """One number per row."""
        ...


@dataclass(frozen=True)
class Judges:
    """The models that a campaign asks; only the response model is needed."""

    response: TrainedModel
    churn: TrainedModel | None = None
    value: TableModel | None = None
    effects: EffectModel | None = None


@dataclass(frozen=True)
class Everyone:
    """n customers before K actions. `evidence` is by action (K,).

    Uplifts (n, K) are NaN where there is no evidence, and where an action may not be made: nobody is asked about those.
    """

    customer_ids: pa.Array
    p_churn: Vector
    value_at_stake: Vector
    audience: Audience
    uplift: Numbers
    margin_uplift: Numbers
    evidence: tuple[Evidence, ...]


def everyone(
    pieces: Iterator[pa.Table],
    menu: Menu,
    catalogue: Catalogue,
    judges: Judges,
    now: datetime,
    *,
    contacts: Contacts,
    refusals: Contacts,
    progress: Callable[[int], None] = lambda _: None,
) -> Everyone:
    """Ask the models and the stages about every customer of `pieces` and every action of `menu`.

    `contacts` and `refusals` are those that caps and rests look at, by customer. Raises DataError where there is nobody
    or nothing to decide on.
    """
    if not menu.actions:
        raise DataError("there is no offer to make: the catalogue is empty")
    asked, done = list[Everyone](), 0
    for piece in pieces:
        asked.append(_of_piece(piece, menu, catalogue, judges, now, contacts, refusals))
        done += piece.num_rows
        progress(done)
    if not done:
        raise DataError("there is nobody to decide for: the snapshot has no customers")
    return _together(asked)


def _of_piece(
    table: pa.Table,
    menu: Menu,
    catalogue: Catalogue,
    judges: Judges,
    now: datetime,
    contacts: Contacts,
    refusals: Contacts,
) -> Everyone:
    count = table.num_rows
    unknown = np.full(count, np.nan)
    stake = unknown if judges.value is None else judges.value.predict_table(table)
    rows = catalogue.rows(menu.actions, FeatureVector("", now, {}))
    allowed = possible(menu, table, now, contacts, refusals)
    p_accept = _accepts(table, menu, rows, judges.response, allowed)
    effects = _effects(table, menu, rows, judges.effects, allowed)
    on_margin = menu.rules.effect_on == "margin"
    effect_value = effects.margin if on_margin else (effects.uplift * stake[:, None]).astype(np.float32)
    return Everyone(
        customer_ids=table["customer_id"].combine_chunks(),
        p_churn=unknown if judges.churn is None else judges.churn.predict_table(table),
        value_at_stake=stake,
        audience=Audience(
            arm=np.array([ARMS.index(menu.rules.arms.of(one)) for one in table["customer_id"].to_pylist()], np.intp),
            possible=allowed,
            disturbs=effects.disturbs,
            p_accept=p_accept,
            effect_value=effect_value,
            preference=preferences(menu, table),
        ),
        uplift=effects.uplift,
        margin_uplift=effects.margin,
        evidence=effects.evidence,
    )


def _accepts(
    table: pa.Table, menu: Menu, rows: Sequence[Mapping[str, Value]], model: TrainedModel, allowed: Flags
) -> Numbers:
    """P(accept) of every action (n, K), 0 where it may not be made."""
    seen = pairs(model.artefact.sources, model.row_encoder, table, _kinds(menu), f"{model.name} {model.version}")
    found = np.zeros(allowed.shape, dtype=np.float32)
    for at, (row, offer) in enumerate(zip(rows, _offers(menu), strict=True)):
        if len(who := np.flatnonzero(allowed[:, at])):
            found[who, at] = model.predict_matrix(seen.beside(row, offer.kind, who))
    return found


@dataclass(frozen=True)
class _Effects:
    """Uplifts and whether they drive away, (n, K), asked only where an action may be made; evidence by action (K,)."""

    uplift: Numbers
    margin: Numbers
    disturbs: Flags
    evidence: tuple[Evidence, ...]


def _effects(
    table: pa.Table, menu: Menu, rows: Sequence[Mapping[str, Value]], model: EffectModel | None, allowed: Flags
) -> _Effects:
    uplifts = {target: np.full(allowed.shape, np.nan, dtype=np.float32) for target in TARGETS}
    disturbs, careful = np.zeros(allowed.shape, dtype=bool), menu.rules.do_not_disturb
    evidence: list[Evidence] = ["none"] * len(rows)
    if model is not None:
        seen = pairs(model.artefact.sources, model.row_encoder, table, _kinds(menu), f"{model.name} {model.version}")
        for at, (row, offer) in enumerate(zip(rows, _offers(menu), strict=True)):
            evidence[at] = model.grade(offer, menu.actions[at].channel)
            who = np.flatnonzero(allowed[:, at])
            if evidence[at] == "none" or not len(who):
                continue
            measured = model.measure(seen.beside(row, offer.kind, who), model.tried(offer))
            for target, (uplift, _, _) in measured.items():
                uplifts[target][who, at] = uplift
            disturbs[who, at] = _drives_away(measured, careful)
    return _Effects(uplifts["retention"], uplifts["margin"], disturbs, tuple(evidence))


def _drives_away(measured: Mapping[str, Interval], careful: DoNotDisturb) -> Flags:
    """As `decisioning.removals` has it: by the effect on retention, or where that was not learned on margin."""
    uplift, _, high = measured.get("retention") or measured["margin"]
    judged = high if careful == "certain" else uplift
    return np.asarray((judged < 0) & (careful != "off"))


def _kinds(menu: Menu) -> tuple[str, ...]:
    return tuple(dict.fromkeys(offer.kind for offer in menu.offers))


def _offers(menu: Menu) -> list[Offer]:
    return [one.offer for one in menu.actions if one.offer]


def _together(pieces: Sequence[Everyone]) -> Everyone:
    audiences = [piece.audience for piece in pieces]

    def joined(name: str) -> NDArray[np.generic]:
        return np.concatenate([getattr(audience, name) for audience in audiences])

    preference = audiences[0].preference
    return Everyone(
        customer_ids=pa.concat_arrays([piece.customer_ids for piece in pieces]),
        p_churn=np.concatenate([piece.p_churn for piece in pieces]),
        value_at_stake=np.concatenate([piece.value_at_stake for piece in pieces]),
        audience=Audience(
            arm=joined("arm"),  # type: ignore[arg-type]
            possible=joined("possible"),  # type: ignore[arg-type]
            disturbs=joined("disturbs"),  # type: ignore[arg-type]
            p_accept=joined("p_accept"),  # type: ignore[arg-type]
            effect_value=joined("effect_value"),  # type: ignore[arg-type]
            preference=preference if isinstance(preference, float) else joined("preference"),  # type: ignore[arg-type]
        ),
        uplift=np.concatenate([piece.uplift for piece in pieces]),
        margin_uplift=np.concatenate([piece.margin_uplift for piece in pieces]),
        evidence=pieces[0].evidence,
    )
