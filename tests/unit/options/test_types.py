"""The Python types: exact under repr, pickle, copy and JSON, and open to unknown bits."""

import copy
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

import omi_core.options
from omi_core.options import FAMILIES, LinkClass, LinkOption, LinkType, SendOption

TYPES = sorted({one.type for one in FAMILIES.values()}, key=lambda one: one.__name__)
numbers = st.integers(0, 2**32 - 1)


def test_options_read_well() -> None:
    value = LinkOption.NOT_TRACK_OPEN | LinkOption.NOT_TRACK_ALL_LINK

    assert value == LinkOption(192) == 192
    assert repr(value) == "LinkOption.NOT_TRACK_OPEN | LinkOption.NOT_TRACK_ALL_LINK"
    assert f"X-LinkOption: {value}" == "X-LinkOption: 192"


@pytest.mark.parametrize("kind", TYPES, ids=lambda one: one.__name__)
@given(number=numbers)
def test_every_number_survives_repr_pickle_copy_and_json(kind: type[int], number: int) -> None:
    value = kind(number)

    assert value == number
    assert hash(value) == hash(number)
    assert eval(repr(value), vars(omi_core.options)) == value  # the promise itself
    assert pickle.loads(pickle.dumps(value)) == value
    assert type(pickle.loads(pickle.dumps(value))) is kind
    assert copy.deepcopy(value) == value
    assert json.loads(json.dumps(value)) == number


def test_clearing_a_bit_keeps_those_without_a_name() -> None:
    value = LinkOption(64 | 128 | 1 << 31)

    assert value & ~LinkOption.NOT_TRACK_OPEN == 128 | 1 << 31


def test_a_bit_is_asked_for_with_in() -> None:
    assert LinkOption.NOT_TRACK_OPEN in LinkOption(192)
    assert LinkOption.ADD_BASE_TO_URL not in LinkOption(192)


@pytest.mark.parametrize("wrong", [2**32, -(2**33), "64", 1.5, None])
def test_what_is_no_32_bit_number_is_a_value_error(wrong: object) -> None:
    for kind in TYPES:
        with pytest.raises(ValueError, match="must be a number from 0 to 4294967295"):
            kind(wrong)  # type: ignore[call-overload]


def test_a_value_without_a_name_is_kept() -> None:
    assert SendOption(7) == 7
    assert repr(SendOption(7)) == "SendOption(7)"
    assert SendOption(2) is SendOption.SEND_SUB_LIST_FIRST


def test_a_link_type_gives_its_class() -> None:
    value = LinkType.MERGE_LINK | LinkClass.UNSUBSCRIBE_LINK

    assert isinstance(value, LinkType)
    assert value == 260
    assert value.link_class is LinkClass.UNSUBSCRIBE_LINK


def test_combinations_are_not_remembered() -> None:
    """A relay meets 2^32 of them in hostile mail, and must not grow with each."""
    known = len(LinkOption._value2member_map_)

    for number in range(1000, 3000):
        LinkOption(number)

    assert len(LinkOption._value2member_map_) == known
