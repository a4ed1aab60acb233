"""The offer catalogue as serving holds it: offers with compiled eligibility, and their rows for the response model."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import cel
import pyarrow.parquet as pq

from configs.errors import DataError
from configs.policy import Policy
from decisioning.candidates import Candidate
from decisioning.offers import Attribute, Offer
from features.contract import TABLES
from features.vectors import FeatureVector, Value

DAY_SECONDS = 86_400.0
VIEW = "offers"
WHOLE_CUSTOMER = re.compile(r"\bcustomer\b(?!\s*\.\s*[A-Za-z_])")
SIGNS = re.compile(r"(?:[!-]\s*)+")
FORBIDDEN = re.compile(r"\.\s*(all|exists|exists_one|map|filter)\s*\(")  # they may take exponential time, nested
ALLOWED = frozenset({"contains", "double", "endsWith", "int", "matches", "size", "startsWith", "string"})
MOST_CHARACTERS, MOST_LEVELS = 2000, 32  # before CEL's parser sees it, whose stack has an end
MOST_KNOWN = 4096
CUSTOMER_ATTRIBUTE = re.compile(r"\bcustomer\s*\.\s*([A-Za-z_]\w*)")

Facts = Mapping[str, Mapping[str, Attribute]]


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

    Raises DataError naming every offer whose eligibility does not compile.
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


@dataclass(frozen=True)
class Expression:
    """An eligibility expression in CEL; `customer` names the attributes it asks for, None where it takes them whole.

    Each value handed to CEL costs microseconds, and a customer has a hundred, so that only those it names are. What it
    said of the same attributes and offer it says again without CEL, unless it asks for the `context`.
    """

    program: Any
    customer: frozenset[str] | None
    context: bool
    _known: dict[tuple[object, ...], bool] = field(default_factory=dict, repr=False, compare=False)

    def __call__(self, facts: Facts) -> bool:
        """Whether {"customer", "offer", "context"} pass; whatever CEL gives or raises."""
        given = facts["customer"]
        if self.customer is None:
            return self._asked(facts, given)
        seen = {name: given[name] for name in self.customer if name in given}
        if self.context:
            return self._asked(facts, seen)
        key = (facts["offer"].get("offer_id"), *seen.items())
        if key not in self._known:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[key] = self._asked(facts, seen)
        return self._known[key]

    def _asked(self, facts: Facts, customer: Mapping[str, Attribute]) -> bool:
        answer: bool = self.program.execute({**facts, "customer": dict(customer)})
        return answer


def compiled(text: str) -> Expression:
    """An eligibility expression in CEL.

    Raises ValueError for one that is too long or too deep, that does not parse, or that names what is not there.
    """
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"{len(text):,} characters; at most {MOST_CHARACTERS:,} are allowed")
    if (depth := _depth(text)) > MOST_LEVELS:
        raise ValueError(f"nested {depth} levels deep; at most {MOST_LEVELS} are allowed")
    if found := FORBIDDEN.search(text):
        raise ValueError(
            f"{found.group(1)}() is not allowed: an expression compares values, it does not go through lists"
        )
    program = cel.compile(text)
    if unknown := set(program.variables()) - {"customer", "offer", "context"}:
        raise ValueError(f"{min(unknown)} is unknown; customer, offer and context are allowed")
    called = {name for name in program.functions() if name.isalpha()}  # operators are functions such as _>=_
    if unknown := called - ALLOWED:
        raise ValueError(f"{min(unknown)}() is unknown; {', '.join(sorted(ALLOWED))} are allowed")
    named = None if WHOLE_CUSTOMER.search(text) else frozenset(CUSTOMER_ATTRIBUTE.findall(text))
    return Expression(program, named, "context" in program.variables())


def _depth(text: str) -> int:
    """How deep the parser would go: open brackets, and signs before a value, one within the other."""
    depth = deepest = 0
    for character in text:
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        deepest = max(deepest, depth)
    signs = max((len(run) for run in SIGNS.findall(text)), default=0)
    return max(deepest, signs, text.count("?"))


def _usable(rows: Sequence[Mapping[str, Any]], where: str) -> tuple[Offer, ...]:
    """The offers of `rows`. Raises DataError."""
    offers, problems = [], []
    for row in rows:
        try:
            offers.append(_offer(row))
        except ValueError as error:
            problems.append(
                f"offer {row['offer_id']}: eligibility {row['eligibility']!r}: {str(error).splitlines()[0]}"
            )
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
        channels=tuple(canonical["channels"]),
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
