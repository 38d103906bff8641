"""No bit is lost between numbers, names and text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omi_core.errors import InputError
from omi_core.options import FAMILIES, decode, encode, read_number

numbers = st.one_of(
    st.integers(0, 2**32 - 1),
    st.lists(st.integers(0, 31), max_size=8).map(lambda bits: sum({1 << bit for bit in bits})),
    st.integers(0, 500),
)


@pytest.mark.parametrize("key", FAMILIES)
@given(number=numbers)
def test_encoding_what_was_decoded_gives_the_number_back(key: str, number: int) -> None:
    decoded = decode(key, number)

    assert encode(key, decoded.names, decoded.unknown) == number
    assert encode(key, decoded.constants, decoded.unknown) == number
    assert decoded.typed == number


@pytest.mark.parametrize("key", FAMILIES)
@given(number=numbers)
def test_an_unknown_part_is_reported_as_an_error(key: str, number: int) -> None:
    decoded = decode(key, number)
    undefined = [one for one in decoded.findings if one.id.startswith("option-undefined")]

    assert bool(decoded.unknown) is bool(undefined)


@given(number=numbers)
def test_a_written_number_is_read_back(number: int) -> None:
    assert read_number(str(number), subject="X-JobOption").value == number


@pytest.mark.parametrize("key", FAMILIES)
@given(names=st.lists(st.text(max_size=40), max_size=5))
def test_names_give_a_number_or_the_documented_error(key: str, names: list[str]) -> None:
    try:
        number = encode(key, names)
    except InputError:
        return
    assert 0 <= number < 2**32


@pytest.mark.parametrize("key", FAMILIES)
def test_a_name_given_twice_counts_once(key: str) -> None:
    for member in FAMILIES[key].members():
        assert encode(key, [member.constant, member.constant]) == member
