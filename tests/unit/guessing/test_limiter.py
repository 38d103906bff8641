"""Who may have a password checked, and who may not; what is told of it, and that it is bounded."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omi_core.guessing import limiter as module
from omi_core.guessing.limiter import WINDOW_S, Attempt, Event, Limiter, lines, network_of
from omi_core.guessing.memory import read_memory, written_memory

KEY = b"k" * 32
HERE = "192.0.2.7"


def made(most: int = 20) -> Limiter:
    return Limiter(KEY, most)


def attempt(secret: str, login: str = "alice", address: str = HERE) -> Attempt:
    return Attempt(address=address, login=login, secret=secret)


def tries(one: Limiter, what: Attempt, right: str = "right", now: float = 0.0) -> str:
    """What becomes of a login: "refused" unseen, else "right" or "wrong" as Dovecot finds."""
    if not one.allows(what, now)[0]:
        return "refused"
    is_right = what.secret == right
    one.learn(what, now, is_right=is_right)
    return "right" if is_right else "wrong"


def test_an_address_has_twenty_wrong_passwords_an_hour() -> None:
    one = made()
    found = [tries(one, attempt(f"{each}"), now=each) for each in range(100)]
    assert found == ["wrong"] * 20 + ["refused"] * 80
    assert [tries(one, attempt(f"later {n}"), now=WINDOW_S + 50) for n in range(21)] == [
        *["wrong"] * 20,
        "refused",
    ]


def test_guesses_that_are_checked_at_the_same_time_count_before_they_are_known_to_be_wrong() -> (
    None
):
    one = made()
    assert sum(one.allows(attempt(f"{each}"), 0.0)[0] for each in range(100)) == 20


def test_who_logged_in_rightly_goes_on_beside_a_guesser() -> None:
    one = made()
    assert tries(one, attempt("right")) == "right"
    for each in range(50):
        tries(one, attempt(f"{each}"))
        assert tries(one, attempt("right")) == "right"


def test_beyond_the_bound_a_right_guess_fails_like_a_wrong_one() -> None:
    one = made()
    tries(one, attempt("right"))
    for each in range(20):
        tries(one, attempt(f"{each}"))
    assert tries(one, attempt("right", login="bob")) == "refused"
    assert tries(one, attempt("wrong", login="bob")) == "refused"
    assert tries(one, attempt("wrong")) == "refused"  # nor is who is known there guessed at


def test_a_printer_with_an_old_password_shuts_nobody_out() -> None:
    one = made()
    assert [tries(one, attempt("old"), now=each) for each in range(1000)] == ["wrong"] * 1000
    assert tries(one, attempt("right", login="new colleague")) == "right"


def test_forty_right_logins_at_once_are_one_guess() -> None:
    one = made()
    assert all(one.allows(attempt("right"), 0.0)[0] for _ in range(40))


def test_a_password_that_is_no_longer_right_is_a_guess() -> None:
    one = made(1)
    tries(one, attempt("right"))
    assert tries(one, attempt("right"), right="another") == "wrong"
    assert tries(one, attempt("x")) == "refused"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::9%eth0", "2001:db8:1:2::/64"),
        ("", "unknown"),
        ("nonsense", "unknown"),
    ],
)
def test_an_address_is_an_ipv4_address_or_a_network_of_ipv6(address: str, network: str) -> None:
    assert network_of(address) == network


def test_one_password_on_many_accounts_is_told_once_and_not_shown() -> None:
    one = made(5)
    told: list[Event] = []
    for number in range(15):
        tried = attempt("s3cret", login=f"user-{number}", address=f"192.0.2.{number}")
        assert one.allows(tried, 0.0) == (True, ())
        told += one.learn(tried, 0.0, is_right=False)
    (line,) = lines(told)
    assert re.fullmatch(
        r"event=password-on-many-accounts network=192\.0\.2\.9 login=user-9"
        r" password=[0-9a-f]{24} count=10",
        line,
    )
    assert "s3cret" not in line


def test_the_digest_of_a_password_is_another_on_another_host() -> None:
    digests = set()
    for key in (KEY, b"q" * 32):
        one = Limiter(key, 0)
        ((event,)) = one.allows(attempt("s3cret"), 0.0)[1]
        digests.add(event.password)
    assert len(digests) == 2


def test_many_addresses_on_one_account_are_told() -> None:
    one = made()
    told: list[Event] = []
    for number in range(12):
        tried = attempt(f"{number}", address=f"2001:db8:0:{number:x}::1")
        told += one.learn(tried, 0.0, is_right=False)
    assert [(each.name, each.count) for each in told] == [("account-from-many-addresses", 10)]


def test_an_address_over_the_bound_is_told_once_an_hour() -> None:
    one = made(1)
    told: list[Event] = []
    for number in range(5):
        told += one.allows(attempt(f"{number}"), 0.0)[1]
    assert [each.name for each in told] == ["address-over-limit"]


@given(st.text(max_size=300))
def test_a_hostile_login_stays_within_its_place_in_a_line(login: str) -> None:
    event = Event(name="x", network="n", login=login, password="p", count=1)
    (line,) = lines([event])
    assert len(line.splitlines()) == 1
    assert [each.partition("=")[0] for each in line.split(" ")] == [
        "event",
        "network",
        "login",
        "password",
        "count",
    ]


def test_memory_is_bounded_whatever_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NETWORKS", 50)
    monkeypatch.setattr(module, "PAIRS", 50)
    one = made()
    for number in range(500):
        tried = attempt(f"{number}", login="x" * number, address=f"10.0.{number // 250}.{number}")
        one.learn(tried, 0.0, is_right=bool(number % 2))
        one.allows(tried, 0.0)
    assert len(written_memory(one)) < 20_000


def test_a_new_process_knows_what_the_old_one_knew() -> None:
    one = made()
    tries(one, attempt("right"))
    for each in range(20):
        tries(one, attempt(f"{each}"), now=5)
    octets = written_memory(one)
    assert b"right" not in octets
    again = read_memory(octets, 20)
    assert tries(again, attempt("right"), now=6) == "right"
    assert tries(again, attempt("x"), now=6) == "refused"
    assert tries(again, attempt("x"), now=5 + WINDOW_S) == "wrong"


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"key": 1, "guesses": {}, "known": {}}',
        b'{"key": "00", "guesses": {"n": {"zz": 1}}, "known": {}}',
        b'{"key": "00", "guesses": {"n": {"00": "nan"}}, "known": {}}',
        b'{"key": "00", "guesses": {"n": 1}, "known": {}}',
        b'{"key": "", "guesses": {}, "known": {}}',
        json.dumps({"key": "00" * 65, "guesses": {}, "known": {}}).encode(),
        b"[" * 100_000,
        json.dumps({"key": "00", "guesses": {}, "known": {"00": 1}}).encode(),
    ],
)
def test_half_a_file_is_no_memory(octets: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the kinds of ValueError do not matter
        read_memory(octets, 20)


def test_a_guess_of_the_future_shuts_nobody_out() -> None:
    """As in a file of another clock."""
    one = made(1)
    assert tries(one, attempt("x"), now=1e12) == "wrong"
    again = read_memory(written_memory(one), 1)
    assert tries(again, attempt("y"), now=5) == "wrong"
    assert tries(again, attempt("z"), now=6) == "refused"


def test_a_login_that_no_utf8_holds_is_a_login() -> None:
    assert tries(made(), attempt("x", login="\ud800")) == "wrong"


def test_an_operator_sees_which_events_are_of_one_password() -> None:
    one = made(0)
    told: list[Event] = []
    for number in range(12):
        tried = attempt("s3cret", login=f"user-{number}", address=f"192.0.2.{number}")
        told += one.allows(tried, 0.0)[1]
    told += one.allows(attempt("other", address="192.0.2.99"), 0.0)[1]
    *same, other = told
    assert len({each.password for each in same}) == 1
    assert {each.name for each in same} == {"address-over-limit", "password-on-many-accounts"}
    assert other.password != same[0].password


def test_each_of_many_addresses_and_names_has_its_own_event() -> None:
    one = made(0)
    told: list[Event] = []
    for number in range(12):
        tried = attempt(f"{number}", login=HERE, address=f"192.0.2.{number}")
        told += one.allows(tried, 0.0)[1]
    names = [each.name for each in told]
    assert names.count("address-over-limit") == 12
    assert names.count("account-from-many-addresses") == 1
    assert "password-on-many-accounts" not in names


def test_one_address_with_many_passwords_for_many_accounts_is_no_spray_of_one() -> None:
    one = made()
    told: list[Event] = []
    for number in range(15):
        told += one.learn(attempt(f"{number}", login=f"user-{number}"), 0.0, is_right=False)
    assert told == []


def test_as_many_networks_are_remembered_as_there_is_room_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "NETWORKS", 3)
    one = made(1)
    for number in range(3):
        assert tries(one, attempt("x", address=f"192.0.2.{number}")) == "wrong"
    for number in range(3):
        assert tries(one, attempt("y", address=f"192.0.2.{number}")) == "refused"
