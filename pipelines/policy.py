"""`tenure policy`: what a policy file says, whether a workspace can act on it, and how it differs from another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from configs.dataset import Dataset
from configs.errors import ConfigError
from configs.expressions import Expression, unknown
from configs.policy import Policy
from decisioning.arms import MEASURING
from decisioning.menu import Menu
from features import recency
from features.catalogue import views
from features.views.view import CUSTOMER
from pipelines.policies import offers_of
from pipelines.session import Session
from serving.catalogue import Catalogue
from serving.scoring import PROFILE

Json = str | int | float | bool | None | list["Json"] | Mapping[str, "Json"]


@dataclass(frozen=True)
class Checked:
    """A policy that holds, and what it does in words; `warnings` are of things that it can hardly have meant."""

    version: str
    lines: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """A setting that two policies have different values of; "-" where one has none."""

    where: str
    before: str
    after: str


def check(session: Session, policy: Policy) -> Checked:
    """Hold a policy against the offers and features of a workspace. Raises ConfigError with every problem at once."""
    catalogue = offers_of(session, policy)
    if problems := [*unknown_names(policy, catalogue), *_unknown_attributes(session, policy, catalogue)]:
        raise ConfigError(f"policy {policy.version}: {len(problems)} problem(s)", details=problems)
    menu = Menu.of(catalogue.offers, policy.rules())
    return Checked(policy.version, tuple(_told(policy, menu)), tuple(_doubtful(policy, menu)))


def differences(before: Policy, after: Policy) -> tuple[Difference, ...]:
    """Every setting that differs, by its place in the file."""
    one, other = (dict(_flat("", policy.model_dump(mode="json"))) for policy in (before, after))
    return tuple(
        Difference(where, one.get(where, "-"), other.get(where, "-"))
        for where in dict.fromkeys([*one, *other])
        if one.get(where) != other.get(where)
    )


def _flat(where: str, value: Json) -> Iterator[tuple[str, str]]:
    """(place, value) of every leaf; the items of a list go by what names them."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from _flat(f"{where}.{name}".lstrip("."), part)
    elif isinstance(value, list) and value and all(isinstance(part, Mapping) for part in value):
        for number, part in enumerate(value):
            assert isinstance(part, Mapping)  # noqa: S101 for the type checker
            named = part.get("offer_id") or part.get("name") or number
            yield from _flat(f"{where}[{named}]", part)
    elif value is not None:  # a setting that is not given
        yield where, str(value)


def unknown_names(policy: Policy, catalogue: Catalogue) -> Iterator[str]:
    """Offers and kinds that settings name and the catalogue lacks, and channels an offer does not use."""
    offers = {offer.offer_id: offer for offer in catalogue.offers}
    kinds = {offer.kind for offer in catalogue.offers} | set(catalogue.retired.values())
    named = [(f"levers[{at}]", one.offer_id, one.kind) for at, one in enumerate(policy.levers)]
    named += [(f"budgets[{one.name}]", one.offer_id, one.kind) for one in policy.budgets]
    named += [(f"caps[{at}]", one.name, None) for at, one in enumerate(policy.caps) if one.scope == "offer"]
    named += [(f"caps[{at}]", None, one.name) for at, one in enumerate(policy.caps) if one.scope == "kind"]
    if policy.fallback:
        named.append(("fallback", policy.fallback.offer_id, None))
        held = offers.get(policy.fallback.offer_id)
        if held and policy.fallback.channel not in held.channels:
            yield f"fallback: {held.offer_id} is not made by {policy.fallback.channel}; {', '.join(held.channels)} are"
    for where, offer_id, kind in named:
        if offer_id and offer_id not in offers:
            yield f"{where}: offer {offer_id!r} is not in the catalogue{_meant(offer_id, offers)}"
        if kind and kind not in kinds:
            yield f"{where}: no offer is of kind {kind!r}{_meant(kind, kinds)}"


def _unknown_attributes(session: Session, policy: Policy, catalogue: Catalogue) -> Iterator[str]:
    """Attributes that expressions and the preferred channel ask for and that no customer or offer has."""
    customer = _attributes(session.dataset)
    offer = {name for one in catalogue.offers for name in one.described}
    for one in catalogue.offers:
        if isinstance(one.eligible, Expression):
            for problem in unknown(one.eligible, customer=customer, offer=offer):
                yield f"offers[{one.offer_id}].eligibility: {problem}"
    preference = policy.channel_preference
    if preference and preference.attribute not in customer:
        name = preference.attribute
        yield f"channel_preference.attribute: customer.{name} is unknown{_meant(name, customer)}"


def _attributes(dataset: Dataset) -> set[str]:
    """What an expression may ask of a customer: features by their names, declared attributes by their short one too."""
    held = [view for view in views(dataset) if view.entities == CUSTOMER]
    known = {f"{view.name}__{name}" for view in held for name in view.stored}
    known |= {f"{recency.VIEW}__{name}" for name in recency.names(frozenset(view.name for view in held))}
    return known | {name[len(PROFILE) :] for name in known if name.startswith(PROFILE)}


def _meant(name: str, known: set[str] | Mapping[str, object]) -> str:
    close = get_close_matches(name, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _told(policy: Policy, menu: Menu) -> Iterator[str]:
    yield f"policy {policy.version}: {len(menu.offers)} offers, {len(menu.actions)} actions, and nothing"
    shares = ", ".join(f"{arm} {menu.rules.arms.share(arm):.1%}" for arm in ("policy", *MEASURING))
    yield f"arms: {shares}"
    tried = policy.exploration
    yield f"explores by {tried.method}, epsilon {tried.epsilon:g}, no candidate below {tried.floor:g}"
    for budget in menu.budgets:
        every = f" every {budget.period_days:g} days" if budget.period_days else ""
        about = ", ".join(part for part in (budget.offer_id, budget.kind, budget.channel) if part)
        yield f"budget {budget.name}: {budget.limit:,.2f} of {budget.of}{every}{f' ({about})' if about else ''}"
    yield f"net values count the effect on {policy.effect_on}; do not disturb: {policy.do_not_disturb}"


def _doubtful(policy: Policy, menu: Menu) -> Iterator[str]:
    for arm in MEASURING:
        if menu.rules.arms.share(arm) == 0:
            yield f"nobody is in the arm {arm}: what it would measure cannot be told"
    if policy.exploration.epsilon == 0 == policy.exploration.floor and policy.exploration.method == "epsilon":
        yield "nothing is explored: no other policy can be judged on what this one logs"
    for budget in menu.budgets:
        if budget.limit == 0:
            yield f"budget {budget.name} is 0: nothing that it covers is ever made"
        if not (menu.fixed[menu.budgets.index(budget)] + menu.per_acceptance[menu.budgets.index(budget)]).any():
            yield f"budget {budget.name} covers no action"
    for offer in menu.offers:
        if offer.value <= offer.cost and policy.effect_on == "retention":
            yield f"offer {offer.offer_id} brings {offer.value:g} and costs {offer.cost:g}: only an effect can earn it"
