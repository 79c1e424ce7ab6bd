"""Text of others in Markdown, read back by a real parser of CommonMark with GitHub's tables."""

import re
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from data_platform.markdown import code, escaped, plain, table

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
PIECES = st.sampled_from(
    [
        *(
            "![a](http://evil.example/x.png)",
            "[a](javascript:1)",
            "[a]: http://evil.example",
            "[a]",
            "<img src=x>",
            "<!--",
        ),
        *(
            "http://evil.example",
            "HTTPS://EVIL.EXAMPLE/a_b",
            "www.evil.example",
            "a@evil.example",
            "mailto:a@evil.example",
        ),
        *(
            "<http://evil.example>",
            "`",
            "```",
            "~~~",
            "*a*",
            "__a__",
            "~~a~~",
            "# a",
            "> a",
            "- a",
            "1. a",
            "1) a",
            "    a",
        ),
        *(
            "|",
            "\\",
            "\\|",
            "---",
            "===",
            "&lt;",
            "&#60;",
            "&amp;",
            "\n",
            "\r",
            "\t",
            "  \n",
            "\u2028",
            "\x00",
            "\x1b[31m",
        ),
        *(
            "\u202e",
            "\u2066",
            "\u200b",
            "\ufeff",
            "\ud800",
            ":smile:",
            "@everyone",
            "#1",
            "[^1]",
            "$a$",
            "ftp://evil.example",
        ),
    ]
)
TEXTS = st.lists(PIECES | st.text(max_size=6), max_size=8).map("".join)
# What renderers still look for when escapes are gone: remark-gfm, which Dagster's UI uses, and GitHub.
ADDRESSES = re.compile(
    r"https?://|ftp://|www\.|[-.\w+]+@[-\w]+(\.[-\w]+)+|(?<!\w)@\w|#\d|:[a-z_+-][\w+-]*:|(?<!\d):\d[\w+-]*:",
    re.IGNORECASE,
)
PLAIN = {"paragraph_open", "paragraph_close", "inline"}


def leaves(tokens: list[Token]) -> list[Token]:
    return [leaf for token in tokens for leaf in (leaves(token.children) if token.children else [token])]


def shown(tokens: list[Token]) -> str:
    """What a reader sees: the text, without spaces of no width."""
    return "".join(token.content for token in leaves(tokens)).replace("\u200b", "")


def without_joints(text: str) -> str:
    return text.replace("\u200b", "")


@given(TEXTS)
@example("http\\://evil.example")
@example("a\\@evil.example")
@example("![i](http://127.0.0.1:9/x.png)")
def test_any_text_is_shown_as_it_is_and_nothing_else_comes_of_it(text: str) -> None:
    tokens = PARSER.parse(escaped(text))
    assert {token.type for token in tokens} <= PLAIN
    assert {leaf.type for leaf in leaves(tokens)} <= {"text", "inline", *PLAIN}
    assert shown(tokens) == plain(text)


@given(TEXTS)
def test_no_renderer_finds_an_address_in_it_once_escapes_are_gone(text: str) -> None:
    rendered = "".join(token.content for token in leaves(PARSER.parse(escaped(text))))
    assert ADDRESSES.search(rendered) is None


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=3), st.tuples(TEXTS, TEXTS))
def test_a_table_has_its_rows_and_columns_whatever_is_in_them(
    rows: list[tuple[str, str]], names: tuple[str, str]
) -> None:
    tokens = PARSER.parse(table(names, rows))
    cells = [shown([inline]) for before, inline in pairwise(tokens) if before.type in {"td_open", "th_open"}]
    assert cells == [plain(text) for row in (names, *rows) for text in row]
    assert tokens[0].type == "table_open"
    assert tokens[-1].type == "table_close"
    allowed = {
        "text",
        *(f"{part}_{end}" for part in ("table", "thead", "tbody", "tr", "th", "td") for end in ("open", "close")),
    }
    assert {leaf.type for leaf in leaves(tokens)} <= allowed | {"inline"}


@given(TEXTS)
def test_code_is_code_or_text_and_stays_in_its_cell(text: str) -> None:
    [head, *_] = table(["a"], []).splitlines()
    tokens = PARSER.parse(f"{head}\n| --- |\n| {code(text)} |")
    assert tokens[-1].type == "table_close"
    assert shown(tokens) == "a" + plain(text)
    assert {leaf.type for leaf in leaves(tokens) if leaf.content} <= {"text", "code_inline"}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (" two\n words\t", "two words"),
        ("right\u202eto left", "right\ufffdto left"),
        ("\x1b[31mred\x00", "\ufffd[31mred\ufffd"),
        ("half \ud800", "half \ufffd"),
        ("family \U0001f468\u200d\U0001f469", "family \U0001f468\u200d\U0001f469"),
        ("Bj\u00f6rk \u2013 \u4e2d\u6587", "Bj\u00f6rk \u2013 \u4e2d\u6587"),
    ],
)
def test_a_line_keeps_words_and_shows_where_something_unseen_was(text: str, line: str) -> None:
    assert plain(text) == line


def test_numbers_and_times_of_day_are_left_as_they_are() -> None:
    assert "\u200b" not in escaped("2026-11-29T10:15:00+01:00 5.50 EUR, 3:4, C# 50%")


def test_a_cut_line_has_no_more_characters_than_asked_for() -> None:
    assert plain("abcdef", 6) == "abcdef"
    assert plain("abcdefg", 6) == "abcde…"
    assert without_joints(escaped("*" * 7, 6)) == "\\*" * 5 + "…"
