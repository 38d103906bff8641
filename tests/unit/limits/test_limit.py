"""Limits as people write them, laid over one another, and on their way to a relay."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omi_core.errors import InputError
from omi_core.limits.limit import (
    HIGHEST,
    KEYS,
    AccountLimits,
    SendLimits,
    parse_limit,
    read_account_limits,
    read_limits,
    written_account_limits,
)


@pytest.mark.parametrize(
    ("written", "octets"),
    [("10 MiB", 10485760), ("10MiB", 10485760), ("1 KiB", 1024), (52_428_800, 52428800)],
)
def test_a_size_is_octets_or_has_its_unit(written: object, octets: int) -> None:
    assert parse_limit("message_size", written) == octets


@pytest.mark.parametrize(
    "written", ["10 MB", "10", "0 MiB", "1 GiB GiB", "9 GiB", "-1 MiB", 0, True, 1.5, None, []]
)
def test_what_is_no_size_is_refused_with_one_that_is(written: object) -> None:
    with pytest.raises(InputError, match="10 MiB"):
        parse_limit("message_size", written)


@pytest.mark.parametrize("written", [0, -1, True, "500", "10 MiB", 1.0, None, HIGHEST + 1])
def test_what_counts_is_a_whole_number(written: object) -> None:
    with pytest.raises(InputError, match="whole number from 1 to 1000000000"):
        parse_limit("mails_per_hour", written)


@pytest.mark.parametrize("name", KEYS)
def test_each_limit_can_be_lifted(name: str) -> None:
    underneath = SendLimits(**dict.fromkeys(KEYS, 5))
    lifted = underneath.with_said({name: parse_limit(name, "unlimited")})
    assert set(lifted.said()) == set(KEYS) - {name}


said = st.dictionaries(st.sampled_from(KEYS), st.integers(1, HIGHEST))


@given(said, said, st.text(max_size=20))
def test_what_is_written_for_the_relay_is_what_it_reads(
    own: dict[str, int], shared: dict[str, int], customer: str
) -> None:
    limits = AccountLimits(
        customer=customer, of="shop.example", own=SendLimits(**own), shared=SendLimits(**shared)
    )
    said = json.loads(json.dumps(written_account_limits(limits)))
    assert read_account_limits(said, customer) == limits
    assert bool(limits) == bool(own or shared)
    assert limits.needs_counter == bool({*own, *shared} - {"message_size"})


@pytest.mark.parametrize(
    "said", [None, [], {"mails": 1}, {"sessions": "1"}, {"sessions": 0}, {"sessions": True}]
)
def test_a_relay_takes_no_other_limits(said: object) -> None:
    with pytest.raises(ValueError, match="limits"):
        read_limits(said)
