"""One campaign of the market as a frame: what was known, who got what, what followed, and what was bound to follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipelines.market.catalogue import NOTHING, SIX, Catalogue
from pipelines.market.climate import Drift
from pipelines.market.engine import Market, Week, nothing
from pipelines.market.history import history
from pipelines.market.living import live
from pipelines.market.logs import CONTROL_SHARE, Campaign, LogKind, Plan, campaign
from pipelines.market.observe import CATEGORIES, observables
from pipelines.market.traits import draw
from pipelines.market.truth import HORIZON_WEEKS, PER_CUSTOMER, Truth, expected

BLOCK = 10_000  # customers simulated together, from one seed
YEAR = 52
SPARE = 1.9  # customers simulated per row wanted: some are too new, or allow not every channel


@dataclass(frozen=True, slots=True)
class Wave:
    """A campaign's rows in `frame`; `features` names the observables, `categories` those of them that are text.

    Beside the observables: customer_id, offer_id ("control" for control), offer_kind, depth, channel (null for
    control), cost (if accepted), contact_cost, propensity (null in an observational log), true_propensity, retention
    (0 or 1), margin (of the horizon, in currency), accepted (0 or 1, NaN for control).
    `truth` has a row for every row of `frame`; its columns of actions are in the order of the catalogue's actions.
    """

    frame: pd.DataFrame
    features: tuple[str, ...]
    categories: tuple[str, ...]
    truth: Truth


def wave(
    rows: int,
    seed: int,
    *,
    log: LogKind = "randomised",
    week: int = 24,
    actions: Sequence[str] | None = None,
    control_share: float | None = None,
    drifts: tuple[Drift, ...] = (),
    catalogue: Catalogue = SIX,
) -> Wave:
    """Exactly `rows` customers of the campaign at the beginning of `week`, with earlier campaigns every eight weeks.

    `actions` (names such as "discount_25:sms") narrows this campaign to some, `control_share` sets its share of control
    in a randomised log. The same arguments give the same frame. Raises ValueError for an unknown action.
    """
    share = CONTROL_SHARE if control_share is None else control_share
    plan = Plan(log, _positions(actions, catalogue), share, catalogue)
    found: list[_Part] = []
    source = np.random.SeedSequence(seed)
    while sum(len(part.frame) for part in found) < rows:
        (child,) = source.spawn(1)
        missing = rows - sum(len(part.frame) for part in found)
        found.append(_part(min(BLOCK, int(SPARE * missing) + 50), child, plan, week, drifts))
    frame = pd.concat([part.frame for part in found], ignore_index=True).head(rows)
    frame.insert(0, "customer_id", [f"c{number:07d}" for number in range(rows)])
    features = tuple(found[0].features)
    return Wave(frame, features, CATEGORIES, _together([part.truth for part in found], rows))


@dataclass(frozen=True, slots=True)
class _Part:
    frame: pd.DataFrame
    features: tuple[str, ...]
    truth: Truth


def _part(customers: int, seed: np.random.SeedSequence, plan: Plan, week: int, drifts: tuple[Drift, ...]) -> _Part:
    """One block's share of the campaign at `week`."""
    rng = np.random.default_rng(seed)
    market = Market(draw(customers, rng, YEAR, drifts), rng, drifts, catalogue=plan.catalogue)
    before = live(
        market, Plan(plan.kind, catalogue=plan.catalogue), week, rng, last_campaign=week - HORIZON_WEEKS
    ).weeks
    seen = observables(market.traits, history(before, customers))
    made = campaign(plan, seen, market.traits, market.consents, week, rng)
    bound = expected(market.traits, market.since(week), drifts, catalogue=plan.catalogue)
    after = [market.step(week, made.action)]
    after += [market.step(week + later, nothing(customers)) for later in range(1, HORIZON_WEEKS)]
    part = np.flatnonzero(made.taking_part)
    frame = pd.concat([seen, _logged(made, plan), _outcomes(after)], axis=1).iloc[part]
    return _Part(frame, tuple(seen.columns), bound.of(part))


def _logged(made: Campaign, plan: Plan) -> pd.DataFrame:
    """Who got what. Doing nothing is the last of each list, where NOTHING, -1, points to."""
    action, actions = made.action, plan.catalogue.actions
    offers = [plan.catalogue.offers[one.offer] for one in actions]
    return pd.DataFrame(
        {
            "offer_id": np.array([*(one.offer_id for one in actions), "control"], dtype=object)[action],
            "offer_kind": np.array([*(offer.kind for offer in offers), None], dtype=object)[action],
            "depth": np.array([*(offer.depth for offer in offers), 0.0])[action],
            "channel": np.array([*(one.channel_name for one in actions), None], dtype=object)[action],
            "cost": np.array([*(one.cost for one in actions), 0.0])[action],
            "contact_cost": np.array([*(one.contact_cost for one in actions), 0.0])[action],
            "propensity": made.propensity if plan.kind == "randomised" else np.nan,
            "true_propensity": made.propensity,
        }
    )


def _outcomes(after: Sequence[Week]) -> pd.DataFrame:
    bought = np.sum([week.purchases + week.billed for week in after], axis=0) > 0
    treated, accepted = after[0].action != NOTHING, after[0].accepted
    return pd.DataFrame(
        {
            "retention": bought.astype(np.float64),
            "margin": np.sum([week.margin for week in after], axis=0),
            "accepted": np.where(treated, accepted, np.nan),
        }
    )


def _positions(names: Sequence[str] | None, catalogue: Catalogue) -> tuple[int, ...]:
    known = [action.name for action in catalogue.actions]
    unknown = [name for name in names or () if name not in known]
    if unknown or names == []:
        raise ValueError(f"no such action: {', '.join(unknown)}; there are {', '.join(known)}")
    return tuple(known.index(name) for name in names or known)


def _together(parts: Sequence[Truth], rows: int) -> Truth:
    retention, margin, retention_under, margin_under, accepts = (
        np.concatenate([getattr(part, name) for part in parts])[:rows] for name in PER_CUSTOMER
    )
    return Truth(retention, margin, retention_under, margin_under, accepts, parts[0].catalogue)
