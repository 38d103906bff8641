"""Damage to texts: recognised, and never seen where there is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omi_core.mailauth.mangled import Damage, damage_of, kind_of, repaired

SOUND = (
    "v=spf1 include:_spf.example.com ~all",
    "V=SPF1 a mx -all",
    "v=DMARC1; p=none; rua=mailto:a@example.com",
    "v=DMARC1;p=none",
    "v=DKIM1; k=rsa; p=MIIBIjANBgkq",
    "google-site-verification=abc",
    "v=verifydomain MS=123",
    "some \u201cquoted\u201d words",
)


@pytest.mark.parametrize("text", SOUND)
def test_a_sound_text_has_no_damage(text: str) -> None:
    assert damage_of(text) is None


@pytest.mark.parametrize(
    ("text", "damage", "meant"),
    [
        ('"v=spf1 -all"', Damage.QUOTES_DOUBLED, "v=spf1 -all"),
        ("'v=spf1 -all'", Damage.QUOTES_DOUBLED, "v=spf1 -all"),
        ("v=DMARC1\\; p=none", Damage.SEMICOLON_ESCAPED, "v=DMARC1; p=none"),
        ("\u300cv=spf1 -all\u300d", Damage.SMART_QUOTES, "v=spf1 -all"),
        ("v=spf1\u3000-all", Damage.INVISIBLE, "v=spf1 -all"),
        ("v=spf1\u2028-all", Damage.INVISIBLE, "v=spf1 -all"),
        ("v=spf1\u2029-all", Damage.INVISIBLE, "v=spf1 -all"),
        ("\ufeffv=spf1 -all", Damage.INVISIBLE, "v=spf1 -all"),
        ("v=DMARC1\uff1b p=none", Damage.INVISIBLE, "v=DMARC1; p=none"),
        (
            'v=spf1 in" "clude:a.example -all',
            Damage.STRINGS_JOINED,
            "v=spf1 include:a.example -all",
        ),
    ],
)
def test_a_damage_is_named_and_undone(text: str, damage: Damage, meant: str) -> None:
    assert damage_of(text) is damage
    assert repaired(text) == meant
    assert damage_of(repaired(text)) is None


@given(st.text(max_size=100))
def test_any_text_can_be_looked_at(text: str) -> None:
    damage_of(text)
    assert kind_of(repaired(text)) == kind_of(text) or not kind_of(text)
