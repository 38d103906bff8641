"""The grammar of SPF by the letters of RFC 7208 12: what receivers take, and what they refuse."""

from ipaddress import ip_network

import pytest

from omi_core.mailauth.spf.syntax import (
    Directive,
    SpfProgram,
    SpfSyntaxError,
    check_explanation,
    parse,
)


def one(term: str) -> Directive:
    [directive] = parse(f"v=spf1 {term}").directives
    return directive


@pytest.mark.parametrize(
    ("term", "parts"),
    [
        ("all", ("+", "all", "", 32, 128)),
        ("-ALL", ("-", "all", "", 32, 128)),
        ("~a", ("~", "a", "", 32, 128)),
        ("?a:x.example", ("?", "a", "x.example", 32, 128)),
        ("+a/24", ("+", "a", "", 24, 128)),
        ("a//64", ("+", "a", "", 32, 64)),
        ("a:x.example/0//0", ("+", "a", "x.example", 0, 0)),
        ("MX:x.example/32//128", ("+", "mx", "x.example", 32, 128)),
        ("mx:%{d}/9", ("+", "mx", "%{d}", 9, 128)),
        ("ptr", ("+", "ptr", "", 32, 128)),
        ("ptr:x.example", ("+", "ptr", "x.example", 32, 128)),
        ("include:x.example.", ("+", "include", "x.example.", 32, 128)),
        ("exists:%{i}._spf.%{d2}", ("+", "exists", "%{i}._spf.%{d2}", 32, 128)),
        ("exists:%{l1r+-.,/_=}", ("+", "exists", "%{l1r+-.,/_=}", 32, 128)),
        ("exists:a/b/99.example", ("+", "exists", "a/b/99.example", 32, 128)),
        ("a:a%%b%_c%-d.example", ("+", "a", "a%%b%_c%-d.example", 32, 128)),
        ("a:xn--p1ai.xn--p1ai", ("+", "a", "xn--p1ai.xn--p1ai", 32, 128)),
        ("a:1.2c", ("+", "a", "1.2c", 32, 128)),
    ],
)
def test_a_mechanism_is_read_into_its_parts(
    term: str, parts: tuple[str, str, str, int, int]
) -> None:
    assert one(term) == Directive(*parts, None, term)


@pytest.mark.parametrize(
    ("term", "network"),
    [
        ("ip4:192.0.2.1", "192.0.2.1/32"),
        ("IP4:192.0.2.1/24", "192.0.2.0/24"),
        ("-ip4:192.0.2.1/0", "0.0.0.0/0"),
        ("ip6:2001:db8::1", "2001:db8::1/128"),
        ("ip6:2001:db8::1/64", "2001:db8::/64"),
        ("ip6:::/0", "::/0"),
        ("ip6:::ffff:192.0.2.1", "::ffff:192.0.2.1/128"),
    ],
)
def test_a_network_is_read_whatever_its_host_bits(term: str, network: str) -> None:
    read = one(term)
    assert read.network == ip_network(network)
    assert (read.domain, read.prefix4, read.prefix6, read.text) == ("", 0, 0, term)
    assert read.qualifier == ("-" if term.startswith("-") else "+")


def test_terms_are_parted_by_any_number_of_spaces_and_modifiers_may_stand_anywhere() -> None:
    program = parse("v=spf1   a  exp=E.example   mx REDIRECT=r.example  x=%{d}  x= -all ")
    assert [each.text for each in program.directives] == ["a", "mx", "-all"]
    assert (program.explanation, program.redirect) == ("E.example", "r.example")
    assert parse("v=spf1") == parse("V=SPF1 ") == SpfProgram(())


@pytest.mark.parametrize(
    ("term", "why"),
    [
        ("foo", "'foo' is not a mechanism that SPF knows"),
        ("-foo:x.example", "'-foo:x.example' is not a mechanism that SPF knows"),
        ("--all", "'--all' is not a mechanism"),
        ("1a", "'1a' is not a mechanism"),
        ("a,mx", "'a,mx' is not a mechanism"),
        ("all:x.example", "'all:x.example' is not how all is written"),
        ("all/24", "'all/24' is not how all is written"),
        ("include", "'include' is not how include is written"),
        ("exists", "'exists' is not how exists is written"),
        ("include/24", "'include/24' is not how include is written"),
        ("include:", "'include:' names no domain"),
        ("ptr/24", "'ptr/24' is not how ptr is written"),
        ("ptr:", "'ptr:' names no domain"),
        ("a:", "'a:' names no domain"),
        ("a/", "'a/' is not how a is written"),
        ("a/024", "'a/024' is not how a is written"),
        ("a/33", "'a/33' has a prefix that is too long"),
        ("a//129", "'a//129' has a prefix that is too long"),
        ("mx/99//1", "'mx/99//1' has a prefix that is too long"),
        ("a:localhost", "'a:localhost' names no domain"),
        ("a:x.example..", "'a:x.example..' names no domain"),
        ("a:192.0.2.1", "'a:192.0.2.1' names no domain"),
        ("a:x.-example", "'a:x.-example' names no domain"),
        ("a:x.example-", "'a:x.example-' names no domain"),
        ("a:x.exa_mple", "'a:x.exa_mple' names no domain"),
        ("a:%{d}example", "'a:%{d}example' names no domain"),
        ("a:%{d}.1", "'a:%{d}.1' names no domain"),
        ("a:x.example%%", "'a:x.example%%' names no domain"),
        ("a:\u00fc.example", ("'a:\u00fc.example' holds a character or a macro that SPF does not"
         " know")),
        ("a:%.example", "'a:%.example' holds a character or a macro that SPF does not know"),
        ("a:%{x}.example", "'a:%{x}.example' holds a character or a macro that SPF does not know"),
        ("a:%{d}.%", "'a:%{d}.%' holds a character or a macro that SPF does not know"),
        ("x=%", "'x=%' holds a character or a macro that SPF does not know"),
        ("a:%{d00}.example", "'a:%{d00}.example' keeps zero parts of a macro"),
        ("exists:%{c}.example", "'exists:%{c}.example' uses %{c}, which is for explanations"),
        ("exists:%{R}.example", "'exists:%{R}.example' uses %{R}, which is for explanations"),
        ("x=%{t}", "'x=%{t}' uses %{t}, which is for explanations"),
        ("redirect=", "'redirect=' names no domain"),
        ("redirect=localhost", "'redirect=localhost' names no domain"),
        ("exp=localhost", "'exp=localhost' names no domain"),
        ("exp=a.example EXP=b.example", "exp= is there twice"),
        ("redirect=a.example redirect=a.example", "redirect= is there twice"),
        ("ip4", "'ip4' holds no IPv4 network"),
        ("ip4:", "'ip4:' holds no IPv4 network"),
        ("ip4/24", "'ip4/24' holds no IPv4 network"),
        ("ip4:2001:db8::1", "'ip4:2001:db8::1' holds no IPv4 network"),
        ("ip4:192.0.2", "'ip4:192.0.2' holds no IPv4 network"),
        ("ip4:192.0.2.1/", "'ip4:192.0.2.1/' holds no IPv4 network"),
        ("ip4:192.0.2.1/33", "'ip4:192.0.2.1/33' holds no IPv4 network"),
        ("ip4:192.0.2.1/024", "'ip4:192.0.2.1/024' holds no IPv4 network"),
        ("ip4:192.0.2.1/255.255.255.0", "'ip4:192.0.2.1/255.255.255.0' holds no IPv4 network"),
        ("ip6:192.0.2.1", "'ip6:192.0.2.1' holds no IPv6 network"),
        ("ip6:2001:db8::1/129", "'ip6:2001:db8::1/129' holds no IPv6 network"),
        ("ip6:fe80::1%eth0", "'ip6:fe80::1%eth0' holds no IPv6 network"),
        ("ip4=192.0.2.1%", "'ip4=192.0.2.1%' holds a character or a macro that SPF does not know"),
    ],
)  # fmt: skip
def test_what_receivers_refuse_is_named_with_the_reason(term: str, why: str) -> None:
    with pytest.raises(SpfSyntaxError) as caught:
        parse(f"v=spf1 {term}")
    assert str(caught.value) == why


@pytest.mark.parametrize(
    "term", ["foo", "--", "a:x..", "all:", "ip4:", "x=%", "a:%{d0}", "exists:%{c}.", "a/99 a:"]
)
def test_of_a_long_term_the_first_forty_characters_are_named(term: str) -> None:
    with pytest.raises(SpfSyntaxError) as caught:
        parse(f"v=spf1 {term.replace(' ', '')}{'y' * 100}%")
    written = (term.replace(" ", "") + "y" * 100)[:40]
    assert str(caught.value).startswith(repr(written))


@pytest.mark.parametrize("text", ["", "words, and spaces.", "%{c} %{r} %{t} %%", "%{i}: see x"])
def test_an_explanation_may_hold_spaces_and_the_macros_for_it(text: str) -> None:
    check_explanation(text)


@pytest.mark.parametrize("text", ["100% sure", "%{x}", "%{d0}", "caf\u00e9", "tab\t"])
def test_an_explanation_that_cannot_be_expanded_is_refused(text: str) -> None:
    with pytest.raises(SpfSyntaxError):
        check_explanation(text)
