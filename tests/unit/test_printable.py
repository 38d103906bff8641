"""Foreign text: nothing in it acts, turns or hides where it is shown, and plain text stays."""

import json
import re
from unicodedata import category

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from omi_core.printable import (
    control_character,
    printable,
    printable_but_colours,
    printable_json,
    printable_lines,
)
from tests.unseen import HOSTILE, unseen

# Letters to Unicode's categories which draw nothing.
FILLERS = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0"
SELECTORS = "".join(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
ANY = st.text(st.one_of(st.characters(), st.sampled_from(HOSTILE + FILLERS + SELECTORS + "❤👩葛")))
PLAIN = st.text(
    st.characters(
        categories=("L", "N", "P", "S", "Mn"),
        exclude_characters=FILLERS + SELECTORS,
        include_characters=" \u3000",
    )
)


@given(ANY)
@example(HOSTILE)
@example("a\ufe0f\u200d❤")
@example("\U0001f12f\u200d\U0001fffe\u200d❤")
def test_no_character_of_a_line_is_unseen(text: str) -> None:
    assert unseen(printable(text)) == ""


@given(ANY)
def test_of_lines_only_the_breaks_and_tabs_stay(text: str) -> None:
    assert unseen(printable_lines(text), "\n\t") == ""
    assert printable_lines(text).count("\n") == text.count("\n")


@given(PLAIN)
def test_plain_text_of_any_script_is_not_changed(text: str) -> None:
    assert printable(text) == printable_lines(text) == text


@given(ANY)
def test_what_was_made_printable_stays_as_it_is(text: str) -> None:
    """A backslash is not doubled, so it may pass two sinks."""
    for make in (printable, printable_lines, printable_but_colours):
        assert make(make(text)) == make(text)


JSON = st.recursive(
    st.none() | st.integers() | ANY, lambda of: st.lists(of) | st.dictionaries(ANY, of)
)


@given(JSON, st.sampled_from([None, 2]))
def test_json_shows_no_unseen_character_and_holds_the_same_values(
    value: object, indent: int | None
) -> None:
    shown = printable_json(json.dumps(value, ensure_ascii=False, indent=indent))
    assert unseen(shown, "\n") == ""
    assert json.loads(shown) == value


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;t\x07\x1b[2J", r"\x1b]0;t\x07\x1b[2J"),
        ("\x00\x7f\x85\x9b31m", r"\x00\x7f\x85\x9b31m"),
        ("a\r\n\tb", r"a\r\n\tb"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("\u061c\u200e\u200f\u2066\u2069", r"\u061c\u200e\u200f\u2066\u2069"),
        ("pay\u200bpal\ufeff\u00ad\u2060", r"pay\u200bpal\ufeff\xad\u2060"),
        ("\u2028\u2029", r"\u2028\u2029"),
        ("\ud800\uffff\U0010ffff\ue000", r"\ud800\uffff\U0010ffff\ue000"),
        ("\U000e0041", r"\U000e0041"),
        ("v=spf1\u00a0mx", r"v=spf1\xa0mx"),
        ("v=spf1\ufe0f mx", r"v=spf1\ufe0f mx"),
        ("a\u200db 葛\U000e0100\U000e0100", "a\\u200db 葛\U000e0100\\U000e0100"),
    ],
)
def test_an_escape_says_which_character_it_was(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        *(
            "名稱：王小明\u3000（全形）",
            "\uff26\uff55\uff4c\uff4c\u3000\uff57\uff49\uff44\uff54\uff48",
            "Žluťoučký kůň, naïve e\u0301",
            "שלום مرحبا ไทย",
        ),
        *(
            "❤\ufe0f ✔\ufe0f",
            "👨\u200d👩\u200d👧",
            "🏳\ufe0f\u200d🌈",
            "👩🏽\u200d💻",
            "葛\U000e0100城",
        ),
        *(r"C:\new\x1b", r"\"v=spf1\;\""),
    ],
)
def test_what_people_write_stays(text: str) -> None:
    assert printable(text) == text


def test_what_draws_nothing_is_shown_wherever_it_hides() -> None:
    hidden = [each for each in FILLERS + SELECTORS if printable(f"a{each}b") == f"a{each}b"]
    assert hidden == []
    assert printable("\u3164") == r"\u3164"


def test_a_program_s_own_colours_stay_and_nothing_else_that_acts() -> None:
    said = "\x1b[31m\x1b[1mred\x1b[0m \x1b]0;title\x07\x1b[2J\x1b[31\x9b0m\n"
    assert printable_but_colours(said) == (
        "\x1b[31m\x1b[1mred\x1b[0m \\x1b]0;title\\x07\\x1b[2J\\x1b[31\\x9b0m\n"
    )


@given(ANY)
def test_of_control_characters_the_first_is_named(text: str) -> None:
    assert control_character(text) == next((each for each in text if category(each) == "Cc"), "")


def test_an_ordinary_line_is_returned_without_a_copy() -> None:
    """Bulk runs print tens of thousands of them."""
    line = "shop.example: fine, 0.2 s; " + "x" * 100
    assert printable(line) is line
    assert printable_lines(lines := f"{line}\n網域：正確\n") is lines
    assert not re.search(r"\\", printable(line))
