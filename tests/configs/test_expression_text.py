"""What the text of an expression names, and what it may not."""

from __future__ import annotations

import pytest

from configs.expression_text import read

FUNCTIONS = "contains, double, endsWith, has, int, matches, size, startsWith, string are allowed"


@pytest.mark.parametrize(
    ("text", "customer", "offer", "context"),
    [
        ("true", (), (), ()),
        ("customer.age > 3", ("age",), (), ()),
        ("customer.b == customer.a && customer.b > 1", ("b", "a"), (), ()),
        ("customer . // of them\n age > offer\t.cost", ("age",), ("cost",), ()),
        ("customer[ 'first name' ] == context[\"page\"]", ("first name",), (), ("page",)),
        ("has(customer.age) && !has(offer.theme)", ("age",), ("theme",), ()),
        ("customer.plan == 'customer.not' // customer.neither", ("plan",), (), ()),
        ("customer.customer == offer.context", ("customer",), ("context",), ()),
        ("customer.matches > 3.0 && customer.map == 1.0", ("matches", "map"), (), ()),
        ("{'offer': 1}.offer == 1 && customer.plan.size() == 3", ("plan",), (), ()),
        ("customer.age in [1, 2] ? customer.x : customer.y", ("age", "x", "y"), (), ()),
    ],
)
def test_names(text: str, customer: tuple[str, ...], offer: tuple[str, ...], context: tuple[str, ...]) -> None:
    assert read(text).names == {"customer": customer, "offer": offer, "context": context}


@pytest.mark.parametrize(
    ("text", "flat"),
    [
        ("true || false", "true || false"),
        ("customer.b>customer.a", " customer_0 > customer_1 "),
        ("customer['x']in[1]", " customer_0 in[1]"),
        ("has(customer.a) && customer.a > 1 // customer.a", " true &&  customer_0 > 1 // customer.a"),
        ("!has ( offer.kind ) || context.page == 'customer.a'", "! true ||  context_0 == 'customer.a'"),
    ],
)
def test_flat_text_asks_for_variables(text: str, flat: str) -> None:
    assert read(text).flat == flat


def test_patterns_are_the_literals_that_matches_is_given() -> None:
    assert read(r"""customer.a.matches("^x") || customer.b . matches ( r'\d' )""").patterns == ('"^x"', r"r'\d'")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("person.age > 3.0", "person is unknown; customer, offer and context are allowed"),
        ("person.age > x && y", "person is unknown; customer, offer and context are allowed; x is unknown; "),
        ("lookup(customer.age)", f"lookup() is unknown; {FUNCTIONS}"),
        ("timestamp('2024-01-01T00:00:00Z') < customer.a", f"timestamp() is unknown; {FUNCTIONS}"),
        ("has || true", "has is unknown; customer, offer and context are allowed"),
        ("customer.tags.map(t, t + 1.0) == []", "map() is not allowed: an expression compares values, it does not go"),
        ("customer.tags . exists ( customer, true)", "exists() is not allowed: an expression compares values, it"),
        ("customer.tags.filter // x\n (customer, true)", "filter() is not allowed"),
        ("size(customer) == 3", "customer as a whole is not allowed; one attribute of it is, as in customer.name"),
        ("'age' in customer", "customer as a whole is not allowed"),
        ("customer.size() == 3", "customer as a whole is not allowed"),
        ("customer['a' + offer.kind] == 3", "customer as a whole is not allowed"),
        (r"customer['a\x62'] == 3", "customer as a whole is not allowed"),
        (
            "(true ? customer : offer).age",
            "customer as a whole is not allowed; one attribute of it is, as in customer.name",
        ),
        ("customer.age.years > 3", ".years at character 13 is not allowed: an attribute is a value without parts"),
        (".customer.age > 3", "the dot at character 1 is of nothing"),
        ("true && in .x", "the dot at character 12 is of nothing"),
        ("Offer{cost: 3}.cost == 3", "Offer{} is not allowed: there are no types to build"),
        ("customer.a.matches(context.b)", 'matches() takes a pattern in quotes, as in customer.name.matches("^A");'),
        ("customer.a.matches('a' + context.b)", "matches() takes a pattern in quotes"),
        ("matches(customer.a, 'a')", "matches() takes a pattern in quotes"),
        ("customer.b.has(customer.a)", f"has() is unknown; {FUNCTIONS}"),
        ("matches(", "matches() takes a pattern in quotes"),
        ("customer.a == 1.0 " + " " * 2000, "2,018 characters; at most 2,000 are allowed"),
        ("(" * 33 + "true" + ")" * 33, "nested 33 levels deep; at most 32 are allowed"),
    ],
)
def test_what_no_expression_may_do_is_named(text: str, message: str) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011 the message is held against more than a pattern
        read(text)
    assert str(raised.value).startswith(message)


def test_all_problems_are_named_at_once_and_each_once() -> None:
    with pytest.raises(
        ValueError, match=r"^a is unknown; .* allowed; b\(\) is unknown; .* allowed; offer as a whole is"
    ):
        read("a > b(a) && a && offer")
