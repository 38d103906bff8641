"""The dependencies, redundancies and contradictions between bits, one case for each rule."""

import pytest

from omi_core.findings.finding import Finding, Severity
from omi_core.language import ZH_TW
from omi_core.options import FAMILIES, decode

BYPASS = 65536


def _findings(key: str, value: int) -> list[tuple[str, str]]:
    return [(one.id, one.text.en) for one in decode(key, value).findings]


def _only(key: str, value: int) -> Finding:
    [finding] = decode(key, value).findings
    return finding


@pytest.mark.parametrize(
    ("broken", "kept", "needs"),
    [
        (2 + 1, 2, "ConvertLink (1) clear"),
        (4, 4 + 1, "ConvertLink (1) set"),
        (8, 8 + 2, "Authenticate (2) set"),
        (16, 16 + 2, "Authenticate (2) set and TrackLink (4) clear"),
        (32, 32 + 1, "ConvertLink (1) set"),
    ],
    ids=["2nd-bit", "3rd-bit", "4th-bit", "5th-bit", "6th-bit"],
)
def test_an_attach_bit_without_what_it_depends_on_is_a_warning(
    broken: int, kept: int, needs: str
) -> None:
    finding = _only("attach", broken)

    assert (finding.id, finding.severity) == ("option-dependency", Severity.WARNING)
    assert finding.expected.en == needs
    assert decode("attach", kept).findings == ()


def test_the_fifth_attach_bit_needs_the_third_to_be_clear() -> None:
    needs = [one.expected.en for one in decode("attach", 16 + 4 + 2).findings]

    assert "Authenticate (2) set and TrackLink (4) clear" in needs


def test_the_second_and_third_attach_bits_can_never_both_have_an_effect() -> None:
    for first in (0, 1):
        assert "option-dependency" in dict(_findings("attach", first + 2 + 4))


@pytest.mark.parametrize(
    ("key", "bit", "beside", "shorter"),
    [
        ("link", 512, 128, 128),
        ("link", 256, 128, 128),
        ("former-list", 4, 2, 2),
        ("former-list", 4096, 8, 8),
        ("list", 524288, BYPASS, BYPASS),
        ("list", 1048576, BYPASS, BYPASS),
    ],
)
def test_a_bit_that_adds_nothing_is_said_with_the_shorter_number(
    key: str, bit: int, beside: int, shorter: int
) -> None:
    finding = _only(key, bit + beside)

    assert (finding.id, finding.severity) == ("option-redundant", Severity.INFO)
    assert finding.remedy.en == f"{shorter} says the same"
    assert decode(key, bit).findings == decode(key, beside).findings == ()


@pytest.mark.parametrize(
    ("key", "one", "other"),
    [
        ("launch", 32, 64),
        ("job", 8, 262144),
        ("link", 1024, 128),
        ("link", 16384, 128),
        ("list", 1024, 2048),
        *[("list", bit, BYPASS) for bit in (8, 32, 64, 128, 256, 512, 131072, 262144)],
        ("attach", 512, 1024),
    ],
)
def test_two_bits_that_contradict_one_another_are_a_warning(key: str, one: int, other: int) -> None:
    finding = _only(key, one + other)

    assert (finding.id, finding.severity) == ("option-contradiction", Severity.WARNING)
    assert finding.remedy.en == f"write {other} or {one}"
    assert decode(key, one).findings == decode(key, other).findings == ()


def test_an_undefined_bit_is_an_error_that_names_its_number() -> None:
    finding = _only("link", 192 + 32768 + 65536)

    assert (finding.id, finding.severity) == ("option-undefined-bit", Severity.ERROR)
    assert "32768 + 65536" in finding.text.en
    assert "32768 + 65536" in finding.text.in_(ZH_TW)
    assert finding.remedy.en.startswith("write 192")


@pytest.mark.parametrize("value", range(5, 16))
def test_a_send_option_from_5_to_15_is_not_defined(value: int) -> None:
    decoded = decode("send", value)

    assert [one.id for one in decoded.findings] == ["option-undefined-value"]
    assert (decoded.names, decoded.unknown) == ((), value)


def test_a_send_option_above_15_has_an_undefined_bit() -> None:
    decoded = decode("send", 16 + 2)

    assert decoded.names == ("SendSubListFirst",)
    assert [one.id for one in decoded.findings] == ["option-undefined-bit"]


@pytest.mark.parametrize(
    ("key", "value"),
    [("link-position", 6), ("link-class", 18), ("deliver-type-email", 2), ("link-type", 20)],
)
def test_a_value_that_no_table_has_is_an_error(key: str, value: int) -> None:
    assert _only(key, value).id == "option-undefined-value"
    assert decode(key, value).unknown == value


def test_a_finding_speaks_of_the_header_it_is_about() -> None:
    [finding] = decode("link", 32768, subject="X-LinkOption").findings

    assert finding.subject == "X-LinkOption"


@pytest.mark.parametrize("key", FAMILIES)
def test_every_rule_of_every_family_can_be_broken(key: str) -> None:
    rules = FAMILIES[key].rules

    found = {
        (one.id, one.text.en)
        for first in FAMILIES[key].flags or ()
        for second in FAMILIES[key].flags or ()
        for one in decode(key, int(first) | int(second)).findings
    }

    assert len(found) >= len({rule.bit for rule in rules})
