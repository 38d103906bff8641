from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omi_core.errors import InputError
from omi_core.mailauth.spf.record import SpfRecord, SpfTerm, is_spf
from omi_core.names import Fqdn

OURS = Fqdn.parse("_spf.itpison.com")
INCLUDE = "include:_spf.itpison.com"


@pytest.mark.parametrize(
    ("published", "merged"),
    [
        ("v=spf1 mx -all", f"v=spf1 mx {INCLUDE} -all"),
        ("v=spf1", f"v=spf1 {INCLUDE}"),
        ("V=SPF1 A ~ALL", f"v=spf1 A {INCLUDE} ~ALL"),
        ("v=spf1 -all mx", f"v=spf1 {INCLUDE} -all mx"),
        ("v=spf1 redirect=_spf.x.example", f"v=spf1 {INCLUDE} redirect=_spf.x.example"),
        ("v=spf1 redirect=x.example mx", f"v=spf1 {INCLUDE} redirect=x.example mx"),
        ("v=spf1 exp=e.x.example ?all", f"v=spf1 exp=e.x.example {INCLUDE} ?all"),
        ("v=spf1 foo:bar exists:%{i}.x -all", f"v=spf1 foo:bar exists:%{{i}}.x {INCLUDE} -all"),
        # never doubled, and put right where it could not pass
        (f"v=spf1 mx {INCLUDE} -all", f"v=spf1 mx {INCLUDE} -all"),
        (f"v=spf1 {INCLUDE} mx -all", f"v=spf1 {INCLUDE} mx -all"),
        ("v=spf1 +INCLUDE:_SPF.ItPison.com. -all", "v=spf1 +INCLUDE:_SPF.ItPison.com. -all"),
        (f"v=spf1 {INCLUDE} {INCLUDE} -all", f"v=spf1 {INCLUDE} -all"),
        (f"v=spf1 ?{INCLUDE} -all", f"v=spf1 {INCLUDE} -all"),
        (f"v=spf1 -all {INCLUDE}", f"v=spf1 {INCLUDE} -all"),
        # a name that only looks like ours
        ("v=spf1 include:x_spf.itpison.com", f"v=spf1 include:x_spf.itpison.com {INCLUDE}"),
    ],
)
def test_the_include_is_merged_and_everything_else_is_kept(published: str, merged: str) -> None:
    record = SpfRecord.parse(published).including(OURS)
    assert str(record) == merged
    assert record.authorises(OURS)
    assert record.including(OURS) is record


@pytest.mark.parametrize(
    "text", ["v=spf10 -all", "v=spf2.0 -all", "", "spf1", "v=spf1 a\tmx", "v=spf1 ü"]
)
def test_what_is_no_spf_record_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="SPF"):
        SpfRecord.parse(text)


def test_relays_are_authorised_by_address_and_nobody_else() -> None:
    addresses = [ip_address(a) for a in ("2001:db8::1", "192.0.2.10", "192.0.2.9", "192.0.2.10")]
    expected = "v=spf1 ip4:192.0.2.9 ip4:192.0.2.10 ip6:2001:db8::1 -all"
    assert str(SpfRecord.sending_from(addresses)) == expected
    assert str(SpfRecord.sending_from([])) == "v=spf1 -all"


def test_a_record_is_recognised_by_its_version_only() -> None:
    assert is_spf(b"v=spf1")
    assert is_spf(b"V=spf1 -all")
    assert not is_spf(b"v=spf1-all")
    assert not is_spf(b" v=spf1 -all")


TERM = st.builds(
    SpfTerm,
    st.sampled_from(["", "+", "-", "~", "?"]),
    st.sampled_from(["a", "mx", "all", "include", "ip4", "redirect", "unheard-of"]),
    st.sampled_from(["", ":x.example", "/24", "=x.example", ":_spf.itpison.com", ":%{d}"]),
)
RECORD = st.builds(SpfRecord, st.lists(TERM, max_size=8).map(tuple))


@given(RECORD)
def test_text_and_value_are_the_same_record(record: SpfRecord) -> None:
    assert SpfRecord.parse(str(record)) == record


@given(RECORD)
def test_merging_keeps_every_foreign_term_in_order_and_settles_at_once(record: SpfRecord) -> None:
    merged = record.including(OURS)
    assert [t for t in merged.terms if not t.includes(OURS)] == [
        t for t in record.terms if not t.includes(OURS)
    ]
    assert sum(term.includes(OURS) for term in merged.terms) == 1
    assert merged.authorises(OURS)
    assert merged.including(OURS) == merged


@given(st.text().map(lambda junk: "v=spf1 " + junk) | st.text())
def test_junk_gives_a_record_or_the_documented_error(text: str) -> None:
    try:
        record = SpfRecord.parse(text)
    except InputError:
        return
    assert SpfRecord.parse(str(record)) == record
