import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omi_core.dns.client.server import Server
from omi_core.errors import InputError


@pytest.mark.parametrize(
    ("written", "server", "shown"),
    [
        ("198.18.0.2", Server("198.18.0.2"), "198.18.0.2"),
        ("198.18.0.2:5300", Server("198.18.0.2", 5300), "198.18.0.2:5300"),
        ("2001:DB8::53", Server("2001:db8::53"), "2001:db8::53"),
        ("[2001:db8::53]", Server("2001:db8::53"), "2001:db8::53"),
        ("[2001:db8::53]:5300", Server("2001:db8::53", 5300), "[2001:db8::53]:5300"),
        ("NS1.Example.net.", Server("ns1.example.net"), "ns1.example.net"),
        (" ns1.example.net:54 ", Server("ns1.example.net", 54), "ns1.example.net:54"),
    ],
)
def test_servers_are_read_as_people_write_them(written: str, server: Server, shown: str) -> None:
    assert Server.parse(written) == server
    assert str(server) == shown
    assert Server.parse(shown) == server


@pytest.mark.parametrize("written", ["", "a b", "x:", "x:0", "x:65536", "x:dns", "1:2:3", "[x"])
def test_what_is_no_server_is_refused(written: str) -> None:
    with pytest.raises(InputError):
        Server.parse(written)


@given(st.text())
def test_junk_gives_a_server_or_the_documented_error(written: str) -> None:
    with contextlib.suppress(InputError):
        assert Server.parse(written).host
