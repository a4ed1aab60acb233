"""The offer catalogue as serving holds it: offers with compiled eligibility, and their rows for the response model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from configs.errors import DataError, abridged
from configs.expressions import Expression as Expression  # of offers: asked for where they are
from configs.expressions import compiled as compiled
from configs.policy import Policy
from decisioning.candidates import Candidate
from decisioning.offers import Offer
from features.contract import TABLES
from features.vectors import FeatureVector, Value

DAY_SECONDS = 86_400.0
VIEW = "offers"


@dataclass(frozen=True)
class Catalogue:
    """Every offer there is, valid now or not; `retired` are the kinds, by id, of those that are offered no more."""

    offers: tuple[Offer, ...]
    retired: Mapping[str, str] = field(default_factory=dict)
    _rows: Mapping[str, Mapping[str, Value]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_rows", {offer.offer_id: _row(offer) for offer in self.offers})

    def kind(self, offer_id: str) -> str:
        """The kind of an offer; empty for one that nothing is known of any more."""
        return str(self._rows.get(offer_id, {}).get(f"{VIEW}__kind") or self.retired.get(offer_id, ""))

    def kinds_at(self, now: datetime) -> tuple[str, ...]:
        """The kinds of the offers that may be made at `now`."""
        return tuple(dict.fromkeys(offer.kind for offer in self.offers if offer.valid_at(now)))

    def rows(self, candidates: Sequence[Candidate], vector: FeatureVector) -> list[Mapping[str, Value]]:
        """What the response model sees of each candidate: the customer, affinity to the kind, offer, `channel`."""
        shared: dict[str, Mapping[str, Value]] = {}
        rows: list[Mapping[str, Value]] = []
        for candidate in candidates:
            if (offer := candidate.offer) is None:
                raise ValueError("nothing has no row: it is not scored")
            if offer.kind not in shared:
                shared[offer.kind] = {**vector.values, **vector.by_kind.get(offer.kind, {})}
            rows.append({**shared[offer.kind], **self._rows[offer.offer_id], "channel": candidate.channel})
        return rows


def catalogue_of(policy: Policy, path: Path) -> Catalogue:
    """The offers of a policy; where it names none, those of the records at `path`.

    Raises DataError naming every offer of the records whose eligibility does not compile; a policy's own all do.
    """
    if policy.offers is None:
        return read_catalogue(path)
    columns = ["offer_id", "kind"]
    recorded = pq.read_table(path, columns=columns).to_pylist() if path.exists() else []
    rows = [{"categories": None, **one.attributes, **dict(one)} for one in policy.offers]
    offers = _usable(rows, f"policy {policy.version}")
    own = {offer.offer_id for offer in offers}
    return Catalogue(offers, {row["offer_id"]: row["kind"] for row in recorded if row["offer_id"] not in own})


def read_catalogue(path: Path) -> Catalogue:
    """The catalogue in an `offers` Parquet file; no offers where there is no file.

    Raises DataError naming every offer whose eligibility does not compile.
    """
    return Catalogue(_usable(pq.read_table(path).to_pylist() if path.exists() else [], str(path)))


def _usable(rows: Sequence[Mapping[str, Any]], where: str) -> tuple[Offer, ...]:
    """The offers of `rows`. Raises DataError."""
    offers, problems = [], []
    for row in rows:
        try:
            offers.append(_offer(row))
        except ValueError as error:
            problems.append(f"offer {row['offer_id']}: eligibility {abridged(row['eligibility'])}: {error}")
    if problems:
        raise DataError(f"{where}: {len(problems)} offers cannot be used", details=problems)
    return tuple(offers)


def _offer(row: Mapping[str, Any]) -> Offer:
    canonical: dict[str, Any] = {name: row.get(name) for name in TABLES["offers"].names}
    declared = {name: value for name, value in row.items() if name not in canonical and name != "attributes"}
    text, categories = canonical["eligibility"] or "", canonical["categories"]
    return Offer(
        offer_id=canonical["offer_id"],
        name=canonical["name"] or canonical["offer_id"],
        kind=canonical["kind"],
        cost=canonical["cost"] or 0.0,
        value=canonical["value"] or 0.0,
        channels=tuple(dict.fromkeys(canonical["channels"])),
        valid_from=canonical["valid_from"],
        valid_to=canonical["valid_to"],
        capacity=canonical["capacity"],
        attributes=declared | {"categories": None if categories is None else float(len(categories))},
        eligibility=text,
        eligible=compiled(text) if text else None,
    )


def _row(offer: Offer) -> Mapping[str, Value]:
    """The offer's features as the feature view `offers` defines them."""
    duration = offer.valid_to - offer.valid_from if offer.valid_from and offer.valid_to else None
    own: Mapping[str, Value] = {
        "kind": offer.kind,
        "cost": offer.cost,
        "value": offer.value,
        "duration_days": duration.total_seconds() / DAY_SECONDS if duration else None,
    }
    return {f"{VIEW}__{name}": value for name, value in {**(offer.attributes or {}), **own}.items()}
