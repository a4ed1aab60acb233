"""Expressions: what they may do, what they say, and that they say it again."""

from __future__ import annotations

import subprocess
import sys

import cel
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configs.expressions import MOST_KNOWN, Expression, compiled, unknown
from decisioning.offers import Attribute
from tests.configs.expression_worlds import CONTEXT, OFFER, Facts, customers, outcome, texts

FACTS: Facts = {
    "customer": {"plan": "gold", "age": 30.0, "vip": True, "income": None, "first name": "Ann"},
    "offer": {"offer_id": "o1", "kind": "A", "cost": 1.0},
    "context": {"page": "cart", "device": None},
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('customer.plan == "gold"', True),
        ("customer . age < 18", False),
        ('customer["plan"] == "gold"', True),
        ("customer['first name'].startsWith('A')", True),
        ("has(customer.phone)", False),
        ("!has(customer.phone) || customer.phone == 1.0", True),
        ("customer.income == null", True),
        ("has(customer.income)", True),
        ('offer.kind == "A" && context.device == null', True),
        ("customer.vip", True),
        ("customer.age >= 18.0 ? context.page in ['cart', 'home'] : false", True),
        ("int(customer.age) % 2 == 0 && size(customer.plan) == 4", True),
        ("string(offer.cost) == '1' && double('2.5') > offer.cost", True),
        (r"customer.plan.matches(r'^g\w+d$')", True),
        ("customer.plan.contains('(') || customer.plan == 'client.map(x)' // not( a ' call", False),
        ("customer.age + 1.0 - offer.cost * 2.0", 29.0),
    ],
)
def test_an_expression_sees_what_it_names(text: str, expected: object) -> None:
    assert compiled(text)(FACTS) == expected


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("customer.phone == 1.0", KeyError, "phone"),
        ("customer.income > 1.0", TypeError, "No such overload"),
        ("customer.plan > 3.0", TypeError, "No such overload"),
        ("1 / 0 == 1", ZeroDivisionError, "division by zero"),
        ("double(customer.plan) > 1.0", RuntimeError, "float literal"),
        ("[1][5] == 1", IndexError, "out of bounds"),
        ("int(1e300) > 1", OverflowError, "overflow"),
    ],
)
def test_what_cannot_be_decided_is_raised_each_time(text: str, error: type[Exception], message: str) -> None:
    expression = compiled(text)
    for _ in range(2):
        with pytest.raises(error, match=message):
            expression(FACTS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("customer.age >", r"line 1, character 15: mismatched input '<EOF>' expecting"),
        ("", r"line 1, character 1: mismatched input"),
        ("customer.age\n> 3 3", r"line 2, character 5: extraneous input '3'"),
        ("9223372036854775808 > 1", "line 1, character 1: invalid int literal"),
        ("customer.plan.matches('(')", r"^'\(' is not a pattern: error: unclosed group$"),
        (r"customer.plan.matches('\\w{1000}')", "is not a pattern: Compiled regex exceeds size limit"),
        ("customer.plan.matches('[') && customer.plan.matches(')')", r"^'\[' is not a pattern.*; '\)' is not"),
        ("client.age > 3.0", "^client is unknown; customer, offer and context are allowed$"),
    ],
)
def test_what_is_no_expression_is_said(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        compiled(text)


DEEP = """
import sys, threading
from configs.expressions import compiled

SHAPES = {
    "round": lambda n: "(" * n + "1" + ")" * n, "square": lambda n: "[" * n + "1" + "]" * n,
    "curly": lambda n: "{1:" * n + "1" + "}" * n, "open": lambda n: "(" * n,
    "call": lambda n: "size(" * n + "1" + ")" * n,
    "not": lambda n: "!" * n + "true", "sign": lambda n: "- " * n + "1", "sum": lambda n: "1" + "+1" * n,
    "equal": lambda n: "1" + "==1" * n, "or": lambda n: "true" + "||true" * n, "and": lambda n: "true" + "&&true" * n,
    "then": lambda n: "true?" * n + "1" + ":1" * n, "else": lambda n: "true?1:" * n + "1",
    "index": lambda n: "[[1]]" + "[0]" * n, "method": lambda n: "'a'" + ".size()" * n,
    "in": lambda n: "1" + " in [1]" * n,
    "list": lambda n: "[1" + ",1" * n + "]", "part": lambda n: "customer.a" + ".a" * n,
    "both": lambda n: ("1+" * 7 + "(") * (n // 8) + "1" + ")" * (n // 8), "quotes": lambda n: "'" * n,
}

def ask():
    for name, shape in SHAPES.items():
        for levels in (1, 20, 31, 32, 33, 90, 600, 1900, 100_000):
            try:
                compiled(shape(levels)).ask({"customer": {}, "offer": {}, "context": {}})
            except (ValueError, LookupError, TypeError, RuntimeError) as error:
                assert len(str(error)) < 2000, error
            print(name, levels)

threading.stack_size(256 * 1024)
thread = threading.Thread(target=ask)
thread.start()
thread.join()
"""


def test_no_depth_or_length_ends_the_process_even_on_a_small_stack() -> None:
    done = subprocess.run([sys.executable, "-c", DEEP], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 20 * 9


def test_an_expression_names_what_it_asks_for() -> None:
    one = compiled("customer.age > 1.0 && customer['plan'] == offer.kind && has(context.page) && customer.age < 9.0")
    assert (one.customer, one.offer, one.context) == ({"age", "plan"}, {"kind"}, {"page"})
    assert (one.text[:18], dict(one.cuts)) == ("customer.age > 1.0", {"age": (1.0, 9.0)})
    assert one == compiled(one.text) != compiled("customer.age > 1.0")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("customer.age > 1.0 && offer.kind == 'A' && context.anything", []),
        ("customer.agee > 1.0", ["customer.agee is unknown; did you mean customer.age?"]),
        ("customer.zzz > 1.0", ["customer.zzz is unknown"]),
        (
            "customer['loyalty__teir'] == 'x'",
            ["customer.loyalty__teir is unknown; did you mean customer.loyalty__tier?"],
        ),
        (
            "offer.kin == 'A' && customer.x && customer.ag > 2.0",
            [
                "customer.ag is unknown; did you mean customer.age?",
                "customer.x is unknown",
                "offer.kin is unknown; did you mean offer.kind?",
            ],
        ),
    ],
)
def test_attributes_that_nobody_has_are_named_with_what_may_have_been_meant(text: str, expected: list[str]) -> None:
    assert list(unknown(compiled(text), customer={"age", "loyalty__tier"}, offer=["kind", "cost"])) == expected


def known(expression: Expression) -> int:
    return len(expression._known)


def test_what_was_said_of_facts_that_fare_alike_is_not_asked_again() -> None:
    expression = compiled("customer.age >= 25.0 && offer.kind == 'A' && context.page != 'home'")
    for age in (25.5, 26.0, 99.0, float("inf")):
        assert expression({**FACTS, "customer": {"age": age, "plan": age}})
    assert known(expression) == 1
    assert expression({**FACTS, "customer": {"age": 25.0}})
    assert not expression({**FACTS, "customer": {"age": 24.0}})
    assert not expression({**FACTS, "offer": {"kind": "B", "offer_id": "o1"}})
    assert not expression({**FACTS, "context": {"page": "home"}})
    assert known(expression) == 5


def test_what_is_equal_and_of_another_type_is_asked_again() -> None:
    expression = compiled("customer.age == true || customer.age == null")
    said = [expression({**FACTS, "customer": {"age": age}}) for age in (1.0, True, "1", 1, None, float("nan"))]
    assert said == [False, True, False, False, True, True]


def test_a_zero_has_no_sign() -> None:
    expression = compiled("1.0 / customer.age > 0.0")
    assert [expression({**FACTS, "customer": {"age": age}}) for age in (-0.0, 0.0)] == [True, True]


def test_what_is_known_is_bounded() -> None:
    expression = compiled("customer.age + 1.0 > 2.0")
    for age in range(MOST_KNOWN + 10):
        expression({**FACTS, "customer": {"age": float(age)}})
    assert known(expression) == 10


@settings(deadline=None)
@given(texts, st.lists(customers, min_size=1, max_size=8), st.booleans())
def test_an_expression_says_what_cel_says_of_all_facts(
    text: str, people: list[dict[str, Attribute]], offered: bool
) -> None:
    program, expression = cel.compile(text), compiled(text)
    for person in [*people, *people]:
        facts: Facts = {"customer": person, "offer": OFFER if offered else {}, "context": CONTEXT}
        clear = {name: None if value != value else value for name, value in person.items()}
        clear = {name: value + 0.0 if isinstance(value, float) else value for name, value in clear.items()}
        assert outcome(expression, facts) == outcome(program.execute, {**facts, "customer": clear})
