"""The stages let the same pass whether customers are decided for one by one or as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configs.expressions import compiled
from decisioning.arbitration import Preference
from decisioning.arms import Arms
from decisioning.contact_policy import Cap
from decisioning.eligibility import Circumstances, Contact
from decisioning.menu import Menu
from decisioning.offers import Offer
from decisioning.policy import PolicyRules
from decisioning.shortlist import shortlist
from features.vectors import FeatureVector, Value
from serving.attributes import attributes
from serving.making import consents
from serving.stages import possible, preferences
from tests.configs.expression_worlds import numbers, texts
from tests.decisioning.worlds import CHANNELS, CONTACTS, DAY, NOW, OFFERS, RULES

COLUMNS = {
    "profile__age": pa.float64(),
    "profile__spent": pa.float64(),
    "profile__plan": pa.string(),
    "profile__vip": pa.bool_(),
    "profile__mixed": pa.string(),
    "profile__prefers": pa.string(),
    **{f"consent__{channel}": pa.float64() for channel in CHANNELS},
}


@dataclass(frozen=True)
class Person:
    """Features, and contacts made and refused."""

    features: Mapping[str, Value]
    made: Sequence[Contact] = ()
    refused: Sequence[Contact] = ()


def one_by_one(menu: Menu, people: Sequence[Person]) -> list[list[bool]]:
    """As a request in real time."""
    found = []
    for number, person in enumerate(people):
        vector = FeatureVector(str(number), NOW, {**dict.fromkeys(COLUMNS), **person.features})
        circumstances = Circumstances(
            vector.customer_id,
            NOW,
            attributes(vector),
            consents=consents(vector),
            contacts=person.made,
            refusals=person.refused,
        )
        listed = shortlist(menu, circumstances).index
        found.append([at in listed for at in range(len(menu.actions))])
    return found


def as_a_table(menu: Menu, people: Sequence[Person]) -> list[list[bool]]:
    """As a campaign."""
    made = {str(number): person.made for number, person in enumerate(people) if person.made}
    refused = {str(number): person.refused for number, person in enumerate(people) if person.refused}
    return possible(menu, table(people), NOW, made, refused).tolist()


def table(people: Sequence[Person]) -> pa.Table:
    columns = {name: pa.array([one.features.get(name) for one in people], kind) for name, kind in COLUMNS.items()}
    return pa.table({"customer_id": pa.array([str(number) for number in range(len(people))]), **columns})


def offer(offer_id: str, text: str = "", *channels: str, **changes: object) -> Offer:
    made = Offer(offer_id, offer_id, "gift", 1.0, 5.0, channels or ("email",), eligibility=text)
    return replace(made, eligible=compiled(text) if text else None, **changes)


def menu(*offers: Offer, **changes: object) -> Menu:
    rules = PolicyRules(Arms("s"), consent_default="granted")
    return Menu.of(offers, replace(rules, **changes))


ANN = Person({"profile__age": 30.0, "profile__plan": "gold", "profile__vip": True, "consent__email": 1.0})
BOB = Person({"profile__age": 17.0, "profile__vip": False, "profile__prefers": "sms", "consent__email": 0.0})
EVE = Person({"profile__prefers": ""}, made=[Contact("o", "gift", "sms", NOW - DAY)])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (menu(offer("o")), [True, False, True]),
        (menu(offer("o"), consent_default="refused"), [True, False, False]),
        (menu(offer("o", "customer.age > 18.0")), [True, False, False]),
        (menu(offer("o", "customer.vip", "sms")), [True, False, False]),
        (menu(offer("o", "customer.vip == 1.0", "sms")), [False, False, False]),
        (menu(offer("o", "customer.plan == null", "sms")), [False, True, True]),
        (menu(offer("o", "customer.gone == null", "sms")), [False, False, False]),
        (menu(offer("o", "!has(customer.gone)", "sms")), [True, True, True]),
        (menu(offer("o", "!has(context.page)", "sms")), [True, True, True]),
        (menu(offer("o", "offer.theme == 'x'", "sms", attributes={"theme": "x"})), [True, True, True]),
        (menu(offer("o", "customer.age", "sms")), [False, False, False]),
        (menu(offer("o", "", "sms", valid_to=NOW)), [False, False, False]),
        (menu(offer("o", "", "sms"), caps=(Cap("any", 1, 7),)), [True, True, False]),
        (menu(offer("o", "", "phone"), preference=Preference("prefers", 1.0, True)), [True, False, True]),
    ],
)
def test_who_passes(given: Menu, expected: list[bool]) -> None:
    people = [ANN, BOB, EVE]
    assert as_a_table(given, people) == [[one] for one in expected]
    assert one_by_one(given, people) == [[one] for one in expected]


PEOPLE = st.lists(
    st.builds(
        Person,
        st.fixed_dictionaries(
            {
                "profile__age": st.none() | numbers,
                "profile__spent": numbers,
                "profile__plan": st.sampled_from(["gold", "g", "", None]),
                "profile__vip": st.none() | st.booleans(),
                "profile__mixed": st.sampled_from(["1", "true", None]),
                "profile__prefers": st.sampled_from([*CHANNELS, "fax", "", None]),
                **{f"consent__{channel}": st.sampled_from([0.0, 1.0, None]) for channel in CHANNELS},
            }
        ),
        CONTACTS,
        CONTACTS,
    ),
    max_size=6,
)


@settings(deadline=None, max_examples=50)
@given(OFFERS, texts, RULES, PEOPLE)
def test_a_table_fares_as_its_customers_one_by_one(
    offers: list[Offer], text: str, rules: PolicyRules, people: list[Person]
) -> None:
    expression = compiled(text)
    offers = [replace(one, eligible=expression if one.eligible else None) for one in offers]
    made = Menu.of(offers, replace(rules, arms=Arms("s"), quiet_hours=()))
    assert as_a_table(made, people) == one_by_one(made, people)


def test_the_preferred_channel_adds_its_amount() -> None:
    given = menu(offer("o", "", "sms", "email"), preference=Preference("prefers", 2.0))
    assert np.asarray(preferences(given, table([ANN, BOB, EVE]))).tolist() == [[0, 0], [2, 0], [0, 0]]
    assert preferences(menu(offer("o")), table([ANN])) == 0.0
    unheard = menu(offer("o"), preference=Preference("gone", 2.0))
    assert np.asarray(preferences(unheard, table([ANN]))).tolist() == [[0]]


def test_a_predicate_that_is_no_expression_is_refused() -> None:
    barred = menu(replace(offer("o"), eligible=lambda facts: False))
    with pytest.raises(TypeError, match=r"o: .*lambda.* cannot be asked about a table; an expression can"):
        as_a_table(barred, [ANN])


def test_all_of_a_large_table_is_asked_at_once() -> None:
    """Every customer another age and spending: one by one that takes half a minute."""
    count = 200_000
    ages = np.random.default_rng(0).uniform(0, 90, count)
    people = pa.table(
        {"customer_id": pa.array(np.arange(count).astype(str)), "profile__age": ages, "profile__spent": ages[::-1]}
    )
    given = menu(offer("o", "customer.age >= 18.0 && customer.spent < 45.0"))
    passed = possible(given, people, NOW, {}, {})
    assert passed[:, 0].tolist() == ((ages >= 18) & (ages[::-1] < 45)).tolist()
