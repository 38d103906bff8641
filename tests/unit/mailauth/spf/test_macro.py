"""Macros of SPF by the letters of RFC 7208 7."""

import time
from ipaddress import ip_address

import pytest

from omi_core.mailauth.spf.macro import Mail, expand


@pytest.mark.parametrize(
    ("macro", "expanded"),
    [
        ("%{s}", "strong-bad@email.example.com"),
        ("%{o}", "email.example.com"),
        ("%{d4}", "email.example.com"),
        ("%{d2}", "example.com"),
        ("%{d1}", "com"),
        ("%{dr}", "com.example.email"),
        ("%{d2r}", "example.email"),
        ("%{l}", "strong-bad"),
        ("%{l-}", "strong.bad"),
        ("%{lr}", "strong-bad"),
        ("%{lr-}", "bad.strong"),
        ("%{l1r-}", "strong"),
        ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
        ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
        ("%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"),
    ],
)
def test_macros_expand_as_in_rfc_7208_section_7_4(macro: str, expanded: str) -> None:
    mail = Mail.of(ip_address("192.0.2.3"), "strong-bad@email.example.com", "mx.example.org")
    assert expand(macro, mail, "email.example.com") == expanded


def test_an_ipv6_address_becomes_dotted_nibbles() -> None:
    mail = Mail.of(ip_address("2001:db8::cb01"), "a@b.example", "h")
    expected = "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6"
    assert expand("%{ir}.%{v}", mail, "x") == expected


@pytest.mark.parametrize(
    ("ip", "sender", "helo", "expanded"),
    [
        ("192.0.2.3", "", "mx.example.org", "postmaster@mx.example.org|postmaster|mx.example.org"),
        ("192.0.2.3", "example.com", "h", "postmaster@example.com|postmaster|example.com"),
        ("192.0.2.3", "@example.com", "h", "postmaster@example.com|postmaster|example.com"),
        ("192.0.2.3", "a@b@example.com", "h", "a@b@example.com|a@b|example.com"),
    ],
)
def test_a_mail_without_a_local_part_is_postmasters(
    ip: str, sender: str, helo: str, expanded: str
) -> None:
    """RFC 7208 2.4, 4.3."""
    assert expand("%{s}|%{l}|%{o}", Mail.of(ip_address(ip), sender, helo), "d.example") == expanded


@pytest.mark.parametrize(
    ("ip", "macro", "expanded"),
    [
        ("192.0.2.3", "%{c}", "192.0.2.3"),
        ("2001:db8::1", "%{c}", "2001:db8::1"),
        ("::ffff:192.0.2.3", "%{i} %{v}", "192.0.2.3 in-addr"),
        ("2001:db8::1", "%{v}", "ip6"),
        ("192.0.2.3", "%{r}", "unknown"),
        ("192.0.2.3", "%{p}", "unknown"),
        ("192.0.2.3", "%{h}", "mx.example.org"),
        ("192.0.2.3", "%%%_%-", "% %20"),
        ("192.0.2.3", "%{S}", "a%2Bb%40Example.com"),
        ("192.0.2.3", "%{L}-._~", "a%2Bb-._~"),
        ("192.0.2.3", "%{l+}", "a.b"),
        ("192.0.2.3", "%{l+r}", "%{l+r}"),
        ("192.0.2.3", "%{lr+}", "b.a"),
        ("192.0.2.3", "%{l1+}", "b"),
        ("192.0.2.3", "%{d1}", "example"),
        ("192.0.2.3", "%{d0002}", "c.example"),
        ("192.0.2.3", "%{d9999}", "b.c.example"),
        ("192.0.2.3", "%{O}", "Example.com"),
    ],
)
def test_each_macro_stands_for_what_rfc_7208_section_7_2_says(
    ip: str, macro: str, expanded: str
) -> None:
    mail = Mail.of(ip_address(ip), "a+b@Example.com", "mx.example.org")
    assert expand(macro, mail, "b.c.example") == expanded


def test_the_time_is_a_number_of_seconds() -> None:
    mail = Mail.of(ip_address("192.0.2.3"), "a@b.example", "h")
    before = int(time.time())
    assert before <= int(expand("%{t}", mail, "x")) <= int(time.time())
