"""Names and addresses: one canonical form, and a sentence for everything that is none."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from omi_core.errors import InputError
from omi_core.names import Address, Fqdn


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("smtp.itpison.com", "smtp.itpison.com."),
        ("SMTP.ItPison.Com.", "smtp.itpison.com."),
        ("  shop.example  ", "shop.example."),
        ("localhost", "localhost."),
        ("_dmarc.shop.example", "_dmarc.shop.example."),
        ("omi1._domainkey.shop.example", "omi1._domainkey.shop.example."),
        ("例子.測試", "xn--fsqu00a.xn--g6w251d."),
        ("例子。測試", "xn--fsqu00a.xn--g6w251d."),  # the full stop of a Chinese keyboard
        ("BÜCHER.example", "xn--bcher-kva.example."),
        ("faß.example", "xn--fa-hia.example."),  # IDNA 2008, where 2003 had fass
        ("4.3.2.1.in-addr.arpa", "4.3.2.1.in-addr.arpa."),
        ("a" * 63 + ".example", "a" * 63 + ".example."),
    ],
)
def test_a_name_has_one_canonical_form(written: str, canonical: str) -> None:
    assert str(Fqdn.parse(written)) == canonical


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("", "empty part"),
        (".", "empty part"),
        ("a..b", "empty part"),
        (".a.b", "empty part"),
        ("-a.example", "no hyphen at an end"),
        ("a-.example", "no hyphen at an end"),
        ("*.example", "may hold only letters"),
        ("a b.example", "may hold only letters"),
        ("a\nb.example", "may hold only letters"),
        ("a;b.example", "may hold only letters"),
        ("a" * 64 + ".example", "longer than 63"),
        (".".join(["a" * 49] * 5) + ".example", "longer than the 253"),
        ("\u200d.example", "Joiner"),
        ("192.0.2.25", "is an address, not a name"),
        ("xn--" + "a" * 60, "longer than 63"),
    ],
)
def test_what_is_no_name_is_refused_with_the_reason(written: str, fault: str) -> None:
    with pytest.raises(InputError, match=fault):
        Fqdn.parse(written)


def test_a_name_of_253_characters_is_the_longest() -> None:
    longest = ".".join(["a" * 49] * 5) + ".abc"
    assert len(longest) == 253
    assert Fqdn.parse(longest).relative == longest


@given(st.text(max_size=80))
@example("ⅷ.\uff0e\uff61")
@example("xn--")
@example("xn--a.xn--\x80")
@example("ͅ.com")
@example("\u2488com")  # a digit and a full stop in one character
def test_any_text_is_a_name_that_reads_back_as_itself_or_an_input_error(written: str) -> None:
    try:
        name = Fqdn.parse(written)
    except InputError:
        return
    assert Fqdn.parse(str(name)) == name
    assert Fqdn.parse(name.relative) == name
    assert str(name).isascii()
    assert not any(unicodedata.category(character) == "Cc" for character in str(name))


@given(st.lists(st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True), max_size=5))
def test_a_plain_name_means_the_same_in_any_case_and_with_or_without_its_dot(
    labels: list[str],
) -> None:
    written = ".".join([*labels, "example"])
    assert Fqdn.parse(written.upper() + ".") == Fqdn.parse(written)


def test_a_name_knows_what_it_is_within() -> None:
    zone = Fqdn.parse("shop.example")
    assert zone.within(zone)
    assert Fqdn.parse("a.b.shop.example").within(zone)
    assert not Fqdn.parse("workshop.example").within(zone)
    assert not Fqdn.parse("example").within(zone)
    assert zone.child("omi1._domainkey") == Fqdn.parse("omi1._domainkey.shop.example")
    assert zone.parent == Fqdn.parse("example")
    assert str(Fqdn.parse("example").parent) == "."


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("Alice@Shop.Example", "Alice@shop.example"),
        ("o'brien+tag@shop.example", "o'brien+tag@shop.example"),
        ("alice@例子.測試", "alice@xn--fsqu00a.xn--g6w251d"),
        ("a" * 64 + "@shop.example", "a" * 64 + "@shop.example"),
    ],
)
def test_an_address_keeps_its_local_part_and_folds_its_domain(written: str, canonical: str) -> None:
    assert str(Address.parse(written)) == canonical


@pytest.mark.parametrize(
    "written",
    [
        "",
        "@",
        "alice",
        "@shop.example",
        "alice@",
        "a@b@shop.example",
        "a..b@shop.example",
        ".a@shop.example",
        '"a b"@shop.example',
        "a b@shop.example",
        "a\n@shop.example",
        "é@shop.example",
        "a" * 65 + "@shop.example",
        "alice@[192.0.2.1]",
        "alice@192.0.2.1",
    ],
)
def test_what_is_no_address_is_refused(written: str) -> None:
    with pytest.raises(InputError):
        Address.parse(written)


@given(st.one_of(st.text(max_size=40), st.emails()))
def test_any_text_is_an_address_that_reads_back_as_itself_or_an_input_error(written: str) -> None:
    try:
        address = Address.parse(written)
    except InputError:
        return
    assert Address.parse(str(address)) == address
    assert not any(unicodedata.category(character) == "Cc" for character in str(address))
