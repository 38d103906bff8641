"""CAA as RFC 8659 says, before there is an order."""

from collections.abc import Callable

import pytest

from omi_core.certificates.issuers.acme.caa import Caa, why_forbidden
from omi_core.names import Fqdn

SMTP = Fqdn.parse("smtp.itpison.com")
US = ("letsencrypt.org",)


def zone(**records: list[tuple[int, str, str]]) -> Callable[[Fqdn], tuple[Caa, ...]]:
    """Records by the first label of their name."""

    def ask(name: Fqdn) -> tuple[Caa, ...]:
        found = records.get(name.text.split(".")[0], [])
        return tuple(Caa(flags=flags, tag=tag, value=value) for flags, tag, value in found)

    return ask


@pytest.mark.parametrize(
    ("ask", "identities"),
    [
        (zone(), US),
        (zone(com=[(0, "issue", "letsencrypt.org")]), US),
        (zone(itpison=[(0, "issue", "LetsEncrypt.org; validationmethods=dns-01")]), US),
        (zone(smtp=[(0, "issue", "letsencrypt.org")], itpison=[(0, "issue", ";")]), US),
        (zone(itpison=[(0, "iodef", "mailto:a@b.example")]), US),
        (zone(itpison=[(0, "issuewild", ";")]), US),
        (zone(itpison=[(0, "issue", "other.example")]), ()),
    ],
)
def test_what_does_not_forbid(ask: Callable[..., tuple[Caa, ...]], identities: tuple[str]) -> None:
    assert why_forbidden([SMTP], identities, ask) is None


@pytest.mark.parametrize(
    ("ask", "identities", "reason"),
    [
        (zone(itpison=[(0, "issue", "other.example")]), US, "it names other.example"),
        (zone(itpison=[(0, "issue", ";")]), US, "it names no CA"),
        (zone(itpison=[(0, "issue", ";")]), (), "it names no CA"),
        (zone(itpison=[(128, "unheard", "x")]), US, "the critical property unheard"),
        (zone(smtp=[(0, "issue", "")], com=[(0, "issue", US[0])]), US, "CAA at smtp.itpison.com"),
    ],
)
def test_what_forbids_is_said_with_the_place(
    ask: Callable[..., tuple[Caa, ...]], identities: tuple[str], reason: str
) -> None:
    said = why_forbidden([SMTP], identities, ask)
    assert said is not None
    assert reason in said
