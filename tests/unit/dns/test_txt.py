import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omi_core.dns.record import parse_data
from omi_core.dns.txt import Txt
from omi_core.errors import InputError


@pytest.mark.parametrize(
    ("written", "octets"),
    [
        ('"v=spf1 -all"', b"v=spf1 -all"),
        ('"v=DKIM1; " "p=abc"', b"v=DKIM1; p=abc"),
        ('"a""b"', b"ab"),
        ("  v=spf1 -all", b"  v=spf1 -all"),
        (r'"say \"hi\" \\ \200\;"', b'say "hi" \\ \xc8;'),
        ('""', b""),
        ("", b""),
        ('"müller"', "müller".encode()),
        ('"half \ud800"', b"half \xed\xa0\x80"),
    ],
)
def test_both_forms_that_are_found_in_the_wild_are_read(written: str, octets: bytes) -> None:
    assert Txt.parse(written).octets == octets


@pytest.mark.parametrize("written", ['"open', '"a" b', r'"\256"', '"ends in \\"'])
def test_what_cannot_be_txt_is_refused_in_one_sentence(written: str) -> None:
    with pytest.raises(InputError, match="TXT data"):
        Txt.parse(written)


def test_octets_are_cut_into_strings_only_at_the_edge() -> None:
    key = Txt(b"x" * 600)
    assert [len(string) for string in key.strings] == [255, 255, 90]
    assert str(key).count('"') == 6
    assert Txt(b"").strings == (b"",)
    assert Txt(b"\xff").text == "\ufffd"


@given(st.binary(max_size=1000))
def test_octets_survive_master_file_form(octets: bytes) -> None:
    assert Txt.parse(str(Txt(octets))) == Txt(octets)


@given(st.text())
def test_junk_gives_octets_or_the_documented_error(written: str) -> None:
    with contextlib.suppress(InputError):
        assert isinstance(Txt.parse(written).octets, bytes)


@given(st.sampled_from(["A", "AAAA", "CNAME", "TXT", "MX"]), st.text())
def test_junk_of_every_type_gives_data_or_the_documented_error(kind: str, written: str) -> None:
    with contextlib.suppress(InputError):
        assert parse_data(kind, written) is not None
