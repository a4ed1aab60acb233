"""Random expressions and the customers they are asked about."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from decisioning.eligibility import UNDECIDABLE
from decisioning.offers import Attribute

Facts = dict[str, dict[str, Attribute]]
OFFER: dict[str, Attribute] = {"offer_id": "o1", "kind": "A", "cost": 1.5, "value": 10.0, "theme": None}
CONTEXT: dict[str, Attribute] = {"page": "cart", "basket": 40.0}

LITERALS = ("0", "-0.0", "1", "1.0", "2u", "0x2", "-2.5", "3e0", "'gold'", '"g"', "true", "null", "9007199254740993")
WHERE = ("customer.age", "customer . spent", 'customer["plan"]', "customer.vip", "customer.gone")
OTHERS = ("offer.value", "offer.theme", "context.basket", "context.page", "context.lost")
COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")

numbers = st.one_of(
    st.sampled_from([0.0, -0.0, 1.0, 2.0, -2.5, 3.0, float("nan"), float("inf"), 9007199254740992.0]),
    st.floats(-5, 5),
)
customers = st.fixed_dictionaries(
    {
        "age": numbers,
        "spent": numbers,
        "plan": st.sampled_from(["gold", "g", "", None]),
        "vip": st.booleans(),
        "mixed": st.sampled_from(["gold", 1.0, True, 0.0, False, None]),
    }
)


def _atoms() -> st.SearchStrategy[str]:
    held, literal = st.sampled_from((*WHERE, "customer.mixed")), st.sampled_from(LITERALS)
    sign, other = st.sampled_from(COMPARISONS), st.sampled_from((*WHERE, *OTHERS))
    return st.one_of(
        st.builds("{} {} {}".format, held, sign, literal),
        st.builds("{} {} {}".format, literal, sign, held),
        st.builds("{} {} {}".format, held, sign, other),
        st.builds("{} {} {} + {}".format, held, sign, literal, other),
        st.builds("!{} {} {}".format, held, sign, literal),
        st.builds("1.0 / {} {} {}".format, held, sign, literal),
        st.builds("{} in [{}, {}]".format, held, literal, literal),
        st.builds("has(customer.{})".format, st.sampled_from(["age", "plan", "gone"])),
        st.builds("string({}) == '{}'".format, held, st.sampled_from(["0", "-0", "1", "true"])),
        st.builds("size({}) {} {}".format, held, sign, literal),
        st.builds("{}.{}({})".format, held, st.sampled_from(["startsWith", "contains"]), st.sampled_from(["'g'", "1"])),
        st.builds('{}.matches("^g.*")'.format, held),
        held,
        literal,
    )


def _joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("{} {} {}".format, inner, st.sampled_from(["&&", "||", "==", "<", "-"]), inner),
        st.builds("({})".format, inner),
        st.builds("!({})".format, inner),
        st.builds("{} ? {} : {}".format, inner, inner, inner),
    )


texts = st.recursive(_atoms(), _joined, max_leaves=5)


def outcome(asked: Callable[[Facts], object], facts: Facts) -> tuple[type, object]:
    """What is said, with its type: True is not 1; the kind of error where it cannot be decided."""
    try:
        said = asked(facts)
    except UNDECIDABLE as error:
        return type(error), None
    return type(said), repr(said)
