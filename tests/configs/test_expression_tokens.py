"""Tokens, and how deep they nest."""

from __future__ import annotations

import pytest

from configs.expression_tokens import Token, depth_of, tokens_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \t\n\f// nothing ( ' \" here", []),
        ("customer.age>=18u", ["customer", ".", "age", ">=", "18u"]),
        ("a&&!b||-c", ["a", "&&", "!", "b", "||", "-", "c"]),
        ("1.5e-3 .5 0x1F 1.e", ["1.5e-3", ".5", "0x1F", "1", ".", "e"]),
        ("'a\\'b' \"c'd\" r'\\' R\"x\"", ["'a\\'b'", '"c\'d"', "r'\\'", 'R"x"']),
        ("'// no comment' // a comment\r still\n1", ["'// no comment'", "1"]),
        ("rb.r", ["rb", ".", "r"]),
        ("'' + ''", ["''", "+", "''"]),
        ("{'a':1}[0]?x:y", ["{", "'a'", ":", "1", "}", "[", "0", "]", "?", "x", ":", "y"]),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    tokens = list(tokens_of(text))
    assert [token.text for token in tokens] == expected
    assert all(text[token.at :].startswith(token.text) for token in tokens)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a @ b", "^@ at character 3 is not allowed$"),
        ("é == 1", "^é at character 1 is not allowed$"),
        ("a & b", "^& at character 3 is not allowed$"),
        ("`a`", "^` at character 1 is not allowed$"),
        ("a == 'x", "^' at character 6 is not allowed; strings are in single or double quotes, closed on their line$"),
        ("'a\nb'", "^' at character 1 is not allowed; strings"),
        ("1 + '''a'''", "^''' at character 5 is not allowed; strings"),
        ('r"""a"""', '^r""" at character 1 is not allowed; strings'),
        ("b'a'", "^b' at character 1 is not allowed; strings"),
        ('bR"a"', '^bR" at character 1 is not allowed; strings'),
        ("Rb'a'", "^Rb' at character 1 is not allowed; strings"),
    ],
)
def test_what_begins_no_token_is_named(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        list(tokens_of(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", 0),
        ("a.b > 1", 1),
        ("a.b.c.d", 3),
        ("a.b > c.d.e", 3),
        ("(a)", 1),
        ("(((a)))", 3),
        ("'((('", 0),
        ("(a) + (b)", 2),
        ("(a) && (b) && (c)", 1),
        ("a || b && c || d", 0),
        ("1 + 2 - 3 * 4", 3),
        ("1 + 2 && 3 + 4", 1),
        ("a in [1, 2, 3]", 2),
        ("!!!a", 3),
        ("- -a", 2),
        ("a ? b : c", 1),
        ("a ? b : c ? d : e", 2),
        ("(a ? b : c) && (d ? e : f)", 2),
        ("[a ? b : c, d ? e : f]", 2),
        ("x[0][0]", 3),
        ("x[0][0].size()", 5),
        ("f(g(h(1)))", 6),
        ("((", 2),
        ("))((", 3),
    ],
)
def test_depth(text: str, expected: int) -> None:
    side = Token("side", "", 0)
    assert depth_of([side, *tokens_of(text), side]) == expected
